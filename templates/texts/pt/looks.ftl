# How pages look: the form at /account.
looks-language = Idioma
looks-language-auto = o que este navegador pede
looks-theme = Cores
looks-theme-device = as deste dispositivo
looks-theme-light = claras
looks-theme-dark = escuras
looks-theme-contrast = alto contraste
looks-text = Tamanho do texto
looks-text-normal = normal
looks-text-larger = maior
looks-text-largest = o maior
looks-posts = Publicações por página
