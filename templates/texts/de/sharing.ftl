# Passing on a post: the form, and what its card says.
share-do = Teilen
share-title = Beitrag teilen
share-text = Was du dazu sagst
share-text-hint = Du kannst das leer lassen. Dann erscheint der Beitrag selbst in deinem Kanal, mit dem Namen der Person, die ihn geschrieben hat.
share-send = Teilen
share-back = Zurück ohne zu teilen
share-closed = Teilen lässt sich nur, was alle lesen können. Dieser Beitrag ist nur für einige.
share-reply = Eine Antwort lässt sich nicht allein teilen. Teile den Beitrag, zu dem sie gehört.
share-gone = Von diesem Beitrag ist nichts mehr da, was sich teilen ließe.
share-no-edit = Hier gibst du weiter, was jemand anderes geschrieben hat, deshalb kannst du es nicht ändern. Löschen kannst du es.
card-shared = Geteilt aus { $channel }
card-quoted = Über einen Beitrag in { $channel }
