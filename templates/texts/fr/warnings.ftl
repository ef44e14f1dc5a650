# Content warnings: in the composer and on cards.
warning-label = Avertissement sur le contenu
warning-hint = Si vous en écrivez un, on ne voit que cette ligne et on ouvre le reste soi-même. Laissez vide pour une publication ordinaire.
warning-some = Tout le monde ne souhaite pas voir ceci
