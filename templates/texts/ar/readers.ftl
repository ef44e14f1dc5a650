# Who can read something: in the composer, and beside a post.
readers-open = يمكن للجميع قراءة هذا، حتى من دون حساب.
readers-closed = لا يقرأ هذا إلا من يسمح لهم مالك القناة.
readers-contacts = لا يقرأ هذا إلا جهات اتصال مالك القناة.
readers-followers = لا يقرأ هذا إلا المتابعون الذين سمح لهم مالك القناة.
readers-members = لا يقرأ هذا إلا أعضاء القناة.
readers-own-contacts = لا يقرأ هذا إلا جهات اتصالك: من يمكنهم رؤية وقت اتصالك.
readers-own-followers = لا يقرأ هذا إلا المتابعون الذين سمحت لهم.
readers-own-members = لا يقرأ هذا إلا أنت ومن سمّيتهم.
