# How pages look: the form at /account.
looks-language = Sprache
looks-language-auto = wie es dieser Browser wünscht
looks-theme = Farben
looks-theme-device = wie auf diesem Gerät
looks-theme-light = hell
looks-theme-dark = dunkel
looks-theme-contrast = hoher Kontrast
looks-text = Schriftgröße
looks-text-normal = normal
looks-text-larger = größer
looks-text-largest = am größten
looks-posts = Beiträge pro Seite
