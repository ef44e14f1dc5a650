# Drafts: in the composer, and their list.
drafts-title = Tus borradores
drafts-where = Están en tu propio servidor y solo tú puedes leerlos.
drafts-none = No tienes borradores.
drafts-no-words = Sin texto
drafts-for = para { $channel }, guardado el { $when }
drafts-go-on = Seguir escribiendo
drafts-remove = Descartar
drafts-keep = Guardar como borrador
drafts-list = Tus borradores
drafts-full = No caben más borradores. Publica o descarta uno antes.
