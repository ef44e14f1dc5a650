# Who can read something: in the composer, and beside a post.
readers-open = Może to przeczytać każdy, także bez konta.
readers-closed = Mogą to przeczytać tylko osoby dopuszczone przez właściciela kanału.
readers-contacts = Mogą to przeczytać tylko kontakty właściciela kanału.
readers-followers = Mogą to przeczytać tylko obserwujący dopuszczeni przez właściciela kanału.
readers-members = Mogą to przeczytać tylko członkowie kanału.
readers-own-contacts = Mogą to przeczytać tylko twoje kontakty: osoby, które mogą widzieć, kiedy jesteś online.
readers-own-followers = Mogą to przeczytać tylko dopuszczeni przez ciebie obserwujący.
readers-own-members = Możesz to przeczytać tylko ty i wskazane przez ciebie osoby.
