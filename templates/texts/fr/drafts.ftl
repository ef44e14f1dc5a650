# Drafts: in the composer, and their list.
drafts-title = Vos brouillons
drafts-where = Ils sont conservés sur votre propre serveur, et vous seul·e pouvez les lire.
drafts-none = Vous n’avez aucun brouillon.
drafts-no-words = Sans texte
drafts-for = pour { $channel }, conservé le { $when }
drafts-go-on = Continuer à écrire
drafts-remove = Jeter
drafts-keep = Garder comme brouillon
drafts-list = Vos brouillons
drafts-full = Impossible de garder plus de brouillons. Publiez-en ou jetez-en un d’abord.
