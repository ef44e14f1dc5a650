# The frame around every page, Home and the front page.
frame-following = المتابَعة
frame-following-news = { $count } فيها جديد
frame-account = الحساب { $address }
frame-skip = انتقل إلى المحتوى
frame-home = الرئيسية
frame-channels = القنوات
frame-own = قناتي
frame-sign-out = تسجيل الخروج
frame-looks = المظهر
frame-sign-in = تسجيل الدخول
frame-places = القائمة الرئيسية
frame-about = يعرض Cirrus قنوات XMPP الاجتماعية. منشوراتك وما تتابعه محفوظة على خادمك.
channel-newest = أحدث المنشورات
welcome-title = قنوات الناس، على خوادمهم
welcome-lead = اقرأ واكتب وتابع عبر XMPP. تسجّل الدخول بالحساب الذي لديك؛ ولا يُحفظ هنا شيء يخصك.
register-title = إنشاء حساب
welcome-channels = القنوات المعروفة هنا
home-hint-open = يُنشر في قناتك، وهي مفتوحة: يقرؤها الجميع، بتسجيل دخول أو من دونه.
home-first-post = منشورك الأول ينشئ قناتك. وهي مفتوحة: يقرؤها الجميع، بتسجيل دخول أو من دونه.
hint-open = هذه القناة مفتوحة: يقرؤها الجميع، بتسجيل دخول أو من دونه.
hint-unknown = الخادم هو من يقرر من يقرأ هذه القناة.

# A moment, to the minute, in universal time.
moment =
    { $day } { $month ->
        [1] يناير
        [2] فبراير
        [3] مارس
        [4] أبريل
        [5] مايو
        [6] يونيو
        [7] يوليو
        [8] أغسطس
        [9] سبتمبر
        [10] أكتوبر
        [11] نوفمبر
       *[12] ديسمبر
    } { $year }، { $time } UTC

# What the page's script says. The number comes in where $count stands.
script-posts = اعرض المنشورات الجديدة ({ $count })
script-replies = اعرض الردود الجديدة ({ $count })
script-still = لم تعد هذه الصفحة مباشرة.
script-many = صفحات كثيرة مباشرة في الوقت نفسه. تصبح هذه مباشرة حين تُغلق أخرى.
script-lost = لا اتصال. تظهر المنشورات الجديدة حين يعود.
script-size = { $now } من { $most } بايت
script-sending = جارٍ إرسال الملفات
script-failed = لم يصل هذا، ولم يضِع شيء: حاول مجددًا بعد لحظة.
