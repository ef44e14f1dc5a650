# Who can read something: in the composer, and beside a post.
readers-open = アカウントがない人も含め、誰でも読めます。
readers-closed = チャンネルのオーナーが承認した人だけが読めます。
readers-contacts = チャンネルのオーナーの連絡先の人だけが読めます。
readers-followers = チャンネルのオーナーが承認したフォロワーだけが読めます。
readers-members = チャンネルのメンバーだけが読めます。
readers-own-contacts = あなたの連絡先の人（あなたのオンライン状態を見られる人）だけが読めます。
readers-own-followers = あなたが承認したフォロワーだけが読めます。
readers-own-members = あなたと、あなたが指定した人だけが読めます。
