# The emoji that people attach to a post.
reactions-label = リアクション
reactions-add = リアクションする
reactions-any = 好きな絵文字を1つ
reactions-send = 追加
reactions-of = { $count }人が{ $emoji }でリアクション
reactions-not-one = 絵文字を1つだけ選んでください。
