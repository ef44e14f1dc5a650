# Passing on a post: the form, and what its card says.
share-do = Udostępnij
share-title = Udostępnij ten wpis
share-text = Co o nim mówisz
share-text-hint = Możesz zostawić to pole puste. Wtedy w twoim kanale pojawi się sam wpis z nazwą osoby, która go napisała.
share-send = Udostępnij
share-back = Wróć bez udostępniania
share-closed = Udostępnić można tylko wpis, który może przeczytać każdy. Ten jest tylko dla niektórych.
share-reply = Odpowiedzi nie można udostępnić osobno. Udostępnij wpis, do którego należy.
share-gone = Z tego wpisu nie zostało nic, co można by udostępnić.
share-no-edit = To przekazuje dalej cudze słowa, więc nie możesz ich zmienić. Możesz je usunąć.
card-shared = Udostępnione z { $channel }
card-quoted = O wpisie w { $channel }
