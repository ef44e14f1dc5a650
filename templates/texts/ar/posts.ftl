# Cards of posts, and the pages of a post.
card-place = في { $place }
likes =
    { $count ->
        [zero] لم يعجب هذا أحدًا.
        [one] أعجب هذا شخصًا واحدًا.
        [two] أعجب هذا شخصين.
        [few] أعجب هذا { $count } أشخاص.
        [many] أعجب هذا { $count } شخصًا.
       *[other] أعجب هذا { $count } شخص.
    }
card-claims = يدّعي أنه { $name }
card-edited = عُدّل في { $when }
card-channel = في { $channel }
card-taken-away = أُزيل هذا المنشور. تبقى ردوده.
card-pictures = صور
card-tags = وسوم
card-links = روابط ومرفقات
card-read-on = تابع القراءة
card-replies = الردود
card-unverified = غير موثّق
card-edit = تعديل
card-delete = حذف
card-gone = أُزيل هذا المنشور.
timeline-left-out =
    { $count ->
        [zero] لم يُترك شيء.
        [one] تعذرت قراءة عنصر واحد هنا فتُرك.
        [two] تعذرت قراءة عنصرين هنا فتُركا.
        [few] تعذرت قراءة { $count } عناصر هنا فتُركت.
        [many] تعذرت قراءة { $count } عنصرًا هنا فتُركت.
       *[other] تعذرت قراءة { $count } عنصر هنا فتُركت.
    }
timeline-channels-left-out =
    { $count ->
        [zero] قُرئت كل القنوات.
        [one] تعذرت قراءة قناة واحدة؛ تأتي في صفحة لاحقة.
        [two] تعذرت قراءة قناتين؛ تأتيان في صفحة لاحقة.
        [few] تعذرت قراءة { $count } قنوات؛ تأتي في صفحة لاحقة.
        [many] تعذرت قراءة { $count } قناة؛ تأتي في صفحة لاحقة.
       *[other] تعذرت قراءة { $count } قناة؛ تأتي في صفحة لاحقة.
    }
timeline-beginning = هذه هي البداية.
timeline-look-around = انظر القنوات
timeline-older = منشورات أقدم
threads-shown = أحدث { $shown } من { $count } ردود
threads-latest = أحدث الردود
timeline-empty = لا منشورات بعد.
threads-older = محادثات أقدم
post-left-out =
    { $count ->
        [zero] لم يُترك أي رد.
        [one] تعذرت قراءة رد واحد فتُرك.
        [two] تعذرت قراءة ردين فتُركا.
        [few] تعذرت قراءة { $count } ردود فتُركت.
        [many] تعذرت قراءة { $count } ردًا فتُركت.
       *[other] تعذرت قراءة { $count } رد فتُركت.
    }
post-follow-to-reply = { $follow } لترد.
post-follow = تابع القناة
post-sign-in-to-reply = { $sign-in } لترد.
post-uri = لبرامج XMPP الأخرى: { $uri }
post-title = المنشور والردود
post-like = أعجبني
post-unlike = اسحب إعجابك
post-replies = الردود
post-replies-hidden = لا تُقرأ الردود: الخادم الذي يحفظها لا يجيب، أو لا يسمح لك.
post-no-replies = لا ردود بعد.
post-feed = خلاصة
edit-reply = عدّل ردك
edit-post = عدّل منشورك
edit-text = النص
edit-hint = سيرى كل من يقرؤه أنه عُدّل.
edit-keep = اتركه كما كان
edit-save = حفظ
remove-reply = حذف هذا الرد؟
remove-post = حذف هذا المنشور؟
remove-reply-means = يُزال الرد من الخادم الذي يحفظه. قد تبقى نسخ صنعها آخرون.
remove-post-means = يُزال المنشور وردوده من الخادم الذي يحفظها. قد تبقى نسخ صنعها آخرون.
remove-button = حذف
remove-keep = أبقِه
card-name-unverified = { $name } (غير موثّق)
card-somebody-else = شخص آخر
card-picture = صورة
link-attachment = مرفق
link-related = ذو صلة
link-via = عبر
reply-hint = كل من يقرأ المنشور يقرأ ردك.
post-up = كل منشورات { $channel }
post-somebody = شخص ما
post-by = منشور من { $author }
post-by-begins = { $author }: { $words }
post-answered = المنشور الذي يرد عليه هذا
