# The emoji that people attach to a post.
reactions-label = التفاعلات
reactions-add = تفاعل
reactions-any = أي رمز تعبيري واحد
reactions-send = أضفه
reactions-of =
    { $count ->
        [zero] { $emoji } من لا أحد
        [one] { $emoji } من شخص واحد
        [two] { $emoji } من شخصين
        [few] { $emoji } من { $count } أشخاص
        [many] { $emoji } من { $count } شخصًا
       *[other] { $emoji } من { $count } شخص
    }
reactions-not-one = اختر رمزًا تعبيريًا واحدًا فقط.
