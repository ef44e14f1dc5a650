# Passing on a post: the form, and what its card says.
share-do = 共有
share-title = この投稿を共有
share-text = コメント
share-text-hint = 空欄のままでもかまいません。その場合、元の投稿が投稿者の名前とともにあなたのチャンネルに表示されます。
share-send = 共有する
share-back = 共有せずに戻る
share-closed = 共有できるのは、誰でも読める投稿だけです。この投稿を読める人は限られています。
share-reply = 返信だけを共有することはできません。元の投稿を共有してください。
share-gone = この投稿には、共有できる内容が残っていません。
share-no-edit = ほかの人の投稿を共有したものなので、編集はできません。削除はできます。
card-shared = { $channel }から共有
card-quoted = { $channel }の投稿について
