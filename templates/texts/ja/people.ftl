# Followers, roles, requests.
followers-approve = 承認
followers-deny = 拒否
followers-part = { $person }さんの役割
followers-change = 変更
# Follows the button above, for those who do not see the row.
followers-change-whose = （{ $person }さんの役割）
followers-left-out = ここに表示しているのは{ $count }人だけです。
followers-let-in = アクセス禁止を解除
followers-requests = 承認待ち
followers-asks = フォローをリクエスト中
followers-banned = アクセス禁止中
followers-invite = 招待
followers-invited = 招待を送りました。
followers-address = 相手のアドレス
followers-invite-button = 招待
followers-invite-hint = 招待は、相手の「フォロー中」に表示されます。
followers-ban = アクセスの禁止
followers-ban-button = アクセスを禁止
followers-ban-hint = 相手はこのチャンネルを読むことも、書き込むこともできなくなります。
role-may-read = 読める
role-none = 役割なし
followers-page = { $channel }のフォロワー
followers-none = まだフォロワーはいません。
followers-count = フォロワー{ $count }人
error-no-such-part = そのような役割はチャンネルにありません。
error-address-form = アドレスの形式が正しくありません。name@example.orgのように入力してください。
