# How pages look: the form at /account.
looks-language = Langue
looks-language-auto = celle que demande ce navigateur
looks-theme = Couleurs
looks-theme-device = comme sur cet appareil
looks-theme-light = clair
looks-theme-dark = sombre
looks-theme-contrast = contraste élevé
looks-text = Taille du texte
looks-text-normal = normale
looks-text-larger = plus grande
looks-text-largest = la plus grande
looks-posts = Publications par page
