# What went wrong.
error-typed = ما كتبته
error-typed-part = ما كتبته، بقدر ما وصل
error-sign-in-tab = سجّل الدخول في لسان جديد
error-then-here = – ثم عد إلى هنا وأرسله مجددًا.
error-send-again = أرسل مجددًا
error-address = العنوان
error-again = حاول مجددًا
error-to-channel = عودة إلى القناة
error-home = إلى الرئيسية
connection-lost = انقطع الاتصال بخادم XMPP. تجري المحاولة مجددًا؛ قد يكون ما تراه قديمًا.
connection-up = عاد الاتصال.
error-not-whole = لم يصل هذا النموذج كاملًا.
error-field-missing = حقل ناقص في هذا النموذج.
files-too-many = يمكن إرسال { $most } ملفات دفعة واحدة على الأكثر.
files-too-large = حجم الملف حتى { $each } ميغابايت، وكلها معًا { $all } ميغابايت.
error-then-again = – ثم أرسل هذا مجددًا.
error-no-longer = لم يعد خادمك يقبل كلمة المرور المحفوظة. سجّل الدخول مجددًا.
title-not-found = غير موجود
title-not-allowed = غير مسموح
title-not-signed-in = لم تسجّل الدخول
title-too-often = محاولات كثيرة
title-too-large = كبير جدًا
title-no-answer = لا جواب
title-failed = لم ينجح هذا
title-wrong-here = حدث خطأ ما

# What a server or the connection to it says.
session-not-found = لا شيء هنا، أو أنه ليس عامًا.
session-forbidden = لا يسمح الخادم بهذا.
session-timeout = لم يجب الخادم في الوقت المناسب.
session-disconnected = انقطع الاتصال بالخادم؛ تجري المحاولة مجددًا.
session-remote-unreachable = لا يمكن الوصول إلى الخادم الذي يحفظ هذه القناة.
session-unsupported = لا يستطيع الخادم هذا.
session-taken = توجد قناة بهذا الاسم.
session-too-large = هذا أكثر مما يقبله الخادم.
session-refused = رفض الخادم: { $words }
session-ended = انتهت الجلسة.
sign-in-refused = العنوان أو كلمة المرور خطأ.
sign-in-domain = لا يمكن لأهل هذا الخادم تسجيل الدخول هنا.
sign-in-unreachable = لا يمكن الوصول إلى الخادم.
sign-in-timeout = الخادم لا يجيب.
sign-in-certificate = شهادة الخادم غير صالحة لهذا النطاق.
sign-in-unencrypted = لا يقدم الخادم اتصالًا مشفّرًا.
sign-in-mechanism = لا يقدم الخادم طريقة آمنة لتسجيل الدخول.
sign-in-protocol = لا يتبع الخادم البروتوكول.
sign-in-full = عدد كبير من الناس سجّلوا الدخول هنا الآن.
register-closed = لا يسمح هذا الخادم بإنشاء حسابات هنا.
register-elsewhere = ينشئ هذا الخادم الحسابات على صفحته: { $page }
register-taken = هذا الاسم محجوز.
register-not-acceptable = لم يقبل الخادم هذا: { $words }
register-not-allowed = لا يسمح الخادم بهذا: { $words }
register-wait = لا ينشئ الخادم مزيدًا من الحسابات الآن، حاول لاحقًا.
account-unsupported = لا يستطيع خادمك هذا هنا؛ قد تكون له صفحة خاصة به.
account-not-allowed = لا يسمح خادمك بهذا.
account-not-allowed-because = لا يسمح خادمك بهذا: { $words }
account-not-acceptable = لم يقبل خادمك هذا.
account-not-acceptable-because = لم يقبل خادمك هذا: { $words }
account-wait = لا يقبل خادمك تغييرًا كهذا الآن، حاول لاحقًا.
account-sign-in-failed = تغيّرت كلمة المرور، لكن تسجيل الدخول بها لم ينجح. { $reason }
name-empty = الاسم فارغ.
name-too-long = الاسم أطول من { $most } بايت.
name-control = في الاسم محرف تحكم.
name-no-address = هذا ليس عنوان XMPP.
opml-too-large = الملف كبير جدًا.
opml-not-opml = الملف ليس OPML.
opml-empty = لا يسمّي الملف أي قناة بعنوان xmpp:.
opml-too-many = يسمّي الملف أكثر من { $most } قناة.
file-forbidden = لا يُجلب شيء من هذا العنوان.
file-unreachable = الموقع لا يجيب.
file-refused = لا يعطي الموقع الملف.
file-too-large = الملف كبير جدًا.
file-unfit = هذا النوع من الملفات لا يُعرض.
file-busy = أعمال كثيرة جارية الآن.

# What this gateway says.
error-not-found = لا صفحة على هذا العنوان.
error-method = لا يقبل هذا العنوان طلبًا كهذا.
error-signed-out = لم تسجّل الدخول.
error-sign-in-ended = انتهى دخولك.
error-no-guests = لا تُقرأ القنوات العامة هنا من دون تسجيل الدخول.
error-cross-site = جاء هذا النموذج من موقع آخر، فلم يُفعل شيء.
error-stale = هذا النموذج قديم، أو أنك سجّلت الدخول أو الخروج بعده، فلم يُفعل شيء. أرسله مجددًا.
error-no-cookie = لم يرسل متصفحك ملف تعريف ارتباط، فلم يُفعل شيء. اسمح بها لهذا الموقع وأعد تحميل الصفحة.
error-too-large = هذا أكثر مما يتسع له النموذج.
error-too-often = محاولات كثيرة. انتظر { $wait } ثم حاول مجددًا.
error-wait-seconds =
    { $seconds ->
        [zero] لحظة
        [one] ثانية
        [two] ثانيتين
        [few] { $seconds } ثوانٍ
        [many] { $seconds } ثانية
       *[other] { $seconds } ثانية
    }
error-wait-minutes =
    { $minutes ->
        [zero] لحظة
        [one] دقيقة
        [two] دقيقتين
        [few] { $minutes } دقائق
        [many] { $minutes } دقيقة
       *[other] { $minutes } دقيقة
    }
error-too-many-streams = صفحات كثيرة من هذا الحساب مباشرة في الوقت نفسه.
error-only-json = يُقدَّم هذا بصيغة JSON فقط.
error-busy = الخادم مشغول. حاول مجددًا بعد لحظة.
error-timeout = استغرق هذا وقتًا طويلًا.
error-internal = حدث خطأ هنا، وقد سُجّل.
error-incomplete = هذا الطلب ناقص.
error-address-hint = { $problem } ينبغي أن يشبه name@example.org.
