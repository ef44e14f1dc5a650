# Blocking people: the list at /account/blocked, and the page of somebody who is blocked.
blocking-title = المحظورون
blocking-lead = لا ترى هنا شيئًا ممن تحظرهم: لا منشورات ولا ردود ولا إعجابات. ولا يمكنهم مراسلتك ولا رؤية وقت اتصالك في أي من برامجك. ولن يُخبَروا بذلك. وما هو مفتوح للجميع يبقى بإمكانهم قراءته.
blocking-label = احظر شخصًا أو خادمًا بأكمله
blocking-block = حظر
blocking-hint = شخص مثل { $person }، أو كل من على خادم مثل { $server }.
blocking-list = حظرتَ
blocking-nobody = لم تحظر أحدًا.
blocking-unblock = إلغاء الحظر
blocking-unblock-whom = إلغاء حظر { $who }
blocking-left-out =
    { $count ->
        [zero] لا عناوين أخرى خارج القائمة.
        [one] عنوان واحد آخر ليس في القائمة.
        [two] عنوانان آخران ليسا في القائمة.
        [few] { $count } عناوين أخرى ليست في القائمة.
        [many] { $count } عنوانًا آخر ليست في القائمة.
       *[other] { $count } عنوان آخر ليست في القائمة.
    }
blocking-unsupported = لا يحتفظ خادمك بقائمة للمحظورين، فلا يمكن حظر أحد هنا. يستطيع من يديره تفعيل ذلك.
blocking-no-address = هذا ليس عنوانًا. ينبغي أن يشبه name@example.org، أو example.org لخادم بأكمله.
blocking-yourself = لا يمكنك حظر نفسك.
blocking-own-server = هذا خادمك الذي لا يعمل شيء من دونه. احظر أشخاصًا منه بدلًا من ذلك.
blocking-is-blocked = لقد حظرت هذا العنوان، فلا يُعرض شيء منه.
blocking-is-blocked-with-server = لقد حظرت كل من على { $server }، فلا يُعرض شيء من هذا العنوان.
blocking-changed = لقد غيّرت من تحظرهم.
blocking-reload = أعد تحميل الصفحة
blocking-whom = حظر { $who }…
session-blocked = لقد حظرت هذا العنوان أو خادمه بأكمله.
