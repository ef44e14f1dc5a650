# How pages look: the form at /account.
looks-language = اللغة
looks-language-auto = ما يطلبه هذا المتصفح
looks-theme = الألوان
looks-theme-device = كما في هذا الجهاز
looks-theme-light = فاتحة
looks-theme-dark = داكنة
looks-theme-contrast = تباين عالٍ
looks-text = حجم النص
looks-text-normal = عادي
looks-text-larger = أكبر
looks-text-largest = الأكبر
looks-posts = منشورات الصفحة
