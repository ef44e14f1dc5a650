# Content warnings: in the composer and on cards.
warning-label = Aviso de contenido
warning-hint = Si escribes uno, quien lee solo ve esta línea y abre el resto por su cuenta. Déjalo vacío para una publicación normal.
warning-some = No todo el mundo quiere ver esto
