# How pages look: the form at /account.
looks-language = Idioma
looks-language-auto = el que pide este navegador
looks-theme = Colores
looks-theme-device = los de este dispositivo
looks-theme-light = claros
looks-theme-dark = oscuros
looks-theme-contrast = contraste alto
looks-text = Tamaño del texto
looks-text-normal = normal
looks-text-larger = más grande
looks-text-largest = el más grande
looks-posts = Publicaciones por página
