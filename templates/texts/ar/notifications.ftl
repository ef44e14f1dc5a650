# What somebody is told of: the page, and the bell in the frame of every page.
notifications-title = الإشعارات
notifications-count =
    { $count ->
        [zero] لا إشعارات جديدة
        [one] إشعار جديد واحد
        [two] إشعاران جديدان
        [few] { $count } إشعارات جديدة
        [many] { $count } إشعارًا جديدًا
       *[other] { $count } إشعار جديد
    }
notifications-new = جديد
notifications-unverified = غير موثّق
notifications-somebody = شخص ما
notifications-empty = لا شيء هنا بعد. حين يرد عليك أحد أو يذكرك أو يعجبه منشورك أو يتابعك أو يطلب ذلك، يظهر هنا. { $post }، أو { $follow }.
notifications-empty-post = اكتب منشورًا
notifications-empty-follow = تابع أحدًا
notifications-replied = { $who } رد عليك
notifications-posted = { $who } كتب في قناتك
notifications-mentioned = { $who } ذكرك
notifications-liked = { $who } أعجبه منشورك
notifications-liked-by-two = { $who } و{ $other } أعجبهما منشورك
notifications-liked-by-many =
    { $count ->
        [zero] { $who } و{ $other } أعجبهما منشورك
        [one] { $who } و{ $other } وشخص آخر أعجبهم منشورك
        [two] { $who } و{ $other } وشخصان آخران أعجبهم منشورك
        [few] { $who } و{ $other } و{ $count } أشخاص آخرين أعجبهم منشورك
        [many] { $who } و{ $other } و{ $count } شخصًا آخر أعجبهم منشورك
       *[other] { $who } و{ $other } و{ $count } شخص آخر أعجبهم منشورك
    }
notifications-followed = { $who } يتابعك
notifications-followed-by-two = { $who } و{ $other } يتابعانك
notifications-followed-by-many =
    { $count ->
        [zero] { $who } و{ $other } يتابعانك
        [one] { $who } و{ $other } وشخص آخر يتابعونك
        [two] { $who } و{ $other } وشخصان آخران يتابعونك
        [few] { $who } و{ $other } و{ $count } أشخاص آخرين يتابعونك
        [many] { $who } و{ $other } و{ $count } شخصًا آخر يتابعونك
       *[other] { $who } و{ $other } و{ $count } شخص آخر يتابعونك
    }
notifications-requested = { $who } يطلب متابعة { $channel }
notifications-invited = { $who } يدعوك إلى متابعة { $channel }
notifications-approve = قبول
notifications-approve-who = قبول { $who }
notifications-deny = رفض
notifications-deny-who = رفض { $who }
