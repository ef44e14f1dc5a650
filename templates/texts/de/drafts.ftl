# Drafts: in the composer, and their list.
drafts-title = Deine Entwürfe
drafts-where = Sie liegen auf deinem eigenen Server, und nur du kannst sie lesen.
drafts-none = Du hast keine Entwürfe.
drafts-no-words = Ohne Worte
drafts-for = für { $channel }, gespeichert am { $when }
drafts-go-on = Weiterschreiben
drafts-remove = Verwerfen
drafts-keep = Als Entwurf speichern
drafts-list = Deine Entwürfe
drafts-full = Mehr Entwürfe gehen nicht. Veröffentliche oder verwirf zuerst einen davon.
