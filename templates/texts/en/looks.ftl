# How pages look: the form at /account.
looks-language = Language
looks-language-auto = the one this browser asks for
looks-theme = Colours
looks-theme-device = as this device has them
looks-theme-light = light
looks-theme-dark = dark
looks-theme-contrast = high contrast
looks-text = Size of the text
looks-text-normal = normal
looks-text-larger = larger
looks-text-largest = largest
looks-posts = Posts on a page
