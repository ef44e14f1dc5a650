# Passing on a post: the form, and what its card says.
share-do = مشاركة
share-title = مشاركة هذا المنشور
share-text = ما تقوله عنه
share-text-hint = يمكنك ترك هذا فارغًا. عندها يظهر المنشور نفسه في قناتك، باسم من كتبه.
share-send = شاركه
share-back = عودة من دون مشاركة
share-closed = لا يُشارَك إلا منشور يستطيع الجميع قراءته. هذا لبعض الناس فقط.
share-reply = لا يُشارَك الرد وحده. شارك المنشور الذي ينتمي إليه.
share-gone = لم يبقَ من هذا المنشور ما يُشارَك.
share-no-edit = هذا ينقل ما كتبه شخص آخر، فلا يمكنك تغييره. يمكنك حذفه.
card-shared = مُشارَك من { $channel }
card-quoted = عن منشور في { $channel }
