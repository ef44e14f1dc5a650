# Blocking people: the list at /account/blocked, and the page of somebody who is blocked.
blocking-title = Personnes bloquées
blocking-lead = Vous ne voyez ici plus rien des personnes que vous bloquez : ni publications, ni réponses, ni mentions « j’aime ». Elles ne peuvent ni vous écrire ni voir quand vous êtes en ligne, dans aucun de vos logiciels. Elles n’en sont pas averties. Ce qui est ouvert à tout le monde leur reste lisible.
blocking-label = Bloquer une personne ou tout un serveur
blocking-block = Bloquer
blocking-hint = Une personne, comme { $person }, ou toutes celles d’un serveur, comme { $server }.
blocking-list = Vous avez bloqué
blocking-nobody = Vous n’avez bloqué personne.
blocking-unblock = Débloquer
blocking-unblock-whom = Débloquer { $who }
blocking-left-out =
    { $count ->
        [one] Une autre adresse n’est pas affichée.
       *[other] { $count } autres adresses ne sont pas affichées.
    }
blocking-unsupported = Votre serveur ne tient pas de liste de personnes bloquées : on ne peut donc bloquer personne ici. La personne qui l’administre peut activer cette fonction.
blocking-no-address = Ce n’est pas une adresse. Elle ressemble à name@example.org, ou à example.org pour tout un serveur.
blocking-yourself = Vous ne pouvez pas vous bloquer vous-même.
blocking-own-server = C’est votre propre serveur, sans lequel rien ne fonctionne. Bloquez plutôt certaines de ses personnes.
blocking-is-blocked = Vous avez bloqué cette adresse : rien d’elle n’est affiché.
blocking-is-blocked-with-server = Vous avez bloqué tout le monde sur { $server } : rien de cette adresse n’est affiché.
blocking-changed = Votre liste de blocage a changé.
blocking-reload = Recharger la page
blocking-whom = Bloquer { $who }…
session-blocked = Vous avez bloqué cette adresse ou tout son serveur.
