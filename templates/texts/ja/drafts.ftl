# Drafts: in the composer, and their list.
drafts-title = 下書き
drafts-where = 下書きはあなたのサーバーに保存され、あなただけが読めます。
drafts-none = 下書きはありません。
drafts-no-words = 本文なし
drafts-for = 投稿先：{ $channel }、保存：{ $when }
drafts-go-on = 続きを書く
drafts-remove = 破棄
drafts-keep = 下書きに保存
drafts-list = 下書き
drafts-full = これ以上下書きを保存できません。先にどれかを投稿するか、破棄してください。
