# Content warnings: in the composer and on cards.
warning-label = تحذير من المحتوى
warning-hint = إن كتبت شيئًا هنا فلن يرى القراء سوى هذا السطر ويفتحون الباقي بأنفسهم. اتركه فارغًا للمنشور العادي.
warning-some = لا يرغب الجميع في رؤية هذا
