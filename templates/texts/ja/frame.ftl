# The frame around every page, Home and the front page.
frame-following = フォロー中
frame-following-news = { $count }件に新着あり
frame-account = アカウント{ $address }
frame-skip = 本文へ移動
frame-home = ホーム
frame-channels = チャンネル
frame-own = マイチャンネル
frame-sign-out = ログアウト
frame-looks = 表示設定
frame-sign-in = ログイン
frame-places = メインメニュー
frame-about = Cirrusは、XMPPのソーシャルチャンネルを読み書きするためのサイトです。投稿やフォローは、あなた自身のサーバーに保存されます。
channel-newest = 新しい投稿
welcome-title = それぞれのサーバーから広がる、みんなのチャンネル
welcome-lead = XMPPで読んで、書いて、フォロー。お持ちのアカウントでログインでき、あなたのデータがここに残ることはありません。
register-title = アカウントを作成
welcome-channels = ここで読めるチャンネル
home-hint-open = あなたのチャンネルに投稿されます。公開チャンネルなので、ログインしていない人も含め、誰でも読めます。
home-first-post = 最初の投稿をすると、あなたのチャンネルができます。公開チャンネルなので、ログインしていない人も含め、誰でも読めます。
hint-open = 公開チャンネルです。ログインしていない人も含め、誰でも読めます。
hint-unknown = このチャンネルを誰が読めるかは、サーバーが決めます。

# A moment, to the minute, in universal time.
moment = { $year }年{ $month }月{ $day }日 { $time } UTC

# What the page's script says. The number comes in where $count stands.
script-posts = 新しい投稿を表示（{ $count }）
script-replies = 新しい返信を表示（{ $count }）
script-still = このページの自動更新は止まっています。
script-many = 同時に開いているライブページが多すぎます。ほかのページを閉じると、このページも自動更新されます。
script-lost = 接続がありません。回復すると新しい投稿が表示されます。
script-size = { $now } / { $most }バイト
script-sending = ファイルを送信しています
script-failed = 送信できませんでした。内容は失われていません。少し待ってからもう一度お試しください。
