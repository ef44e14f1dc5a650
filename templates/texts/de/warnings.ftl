# Content warnings: in the composer and on cards.
warning-label = Inhaltswarnung
warning-hint = Wenn hier etwas steht, sehen Lesende nur diese Zeile und öffnen den Rest selbst. Für einen gewöhnlichen Beitrag lass es leer.
warning-some = Nicht alle möchten das sehen
