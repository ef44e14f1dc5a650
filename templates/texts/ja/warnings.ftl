# Content warnings: in the composer and on cards.
warning-label = 閲覧注意
warning-hint = ここに書くと、最初はこの一文だけが表示され、残りは読む人が自分で開きます。通常の投稿では空欄にしてください。
warning-some = 見たくない人がいるかもしれない内容です
