# How pages look: the form at /account.
looks-language = Język
looks-language-auto = o jaki prosi ta przeglądarka
looks-theme = Kolory
looks-theme-device = jak na tym urządzeniu
looks-theme-light = jasne
looks-theme-dark = ciemne
looks-theme-contrast = wysoki kontrast
looks-text = Rozmiar tekstu
looks-text-normal = zwykły
looks-text-larger = większy
looks-text-largest = największy
looks-posts = Wpisów na stronie
