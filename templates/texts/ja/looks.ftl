# How pages look: the form at /account.
looks-language = 言語
looks-language-auto = ブラウザーの設定に合わせる
looks-theme = 配色
looks-theme-device = 端末の設定に合わせる
looks-theme-light = ライト
looks-theme-dark = ダーク
looks-theme-contrast = ハイコントラスト
looks-text = 文字サイズ
looks-text-normal = 標準
looks-text-larger = 大
looks-text-largest = 特大
looks-posts = 1ページの投稿数
