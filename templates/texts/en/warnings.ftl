# Content warnings: in the composer and on cards.
warning-label = Content warning
warning-hint = If you write one, readers see only this line and open the rest themselves. Leave it empty for an ordinary post.
warning-some = Not everybody wants to see this
