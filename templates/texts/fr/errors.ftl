# What went wrong.
error-typed = Ce que vous avez écrit
error-typed-part = Ce que vous avez écrit, pour ce qui est arrivé
error-sign-in-tab = Se connecter dans un nouvel onglet
error-then-here = – puis revenez ici et renvoyez-le.
error-send-again = Renvoyer
error-address = Adresse
error-again = Réessayer
error-to-channel = Retour au canal
error-home = Aller à l’accueil
connection-lost = La connexion au serveur XMPP est perdue. Nouvel essai en cours ; ce que vous voyez n’est peut-être plus à jour.
connection-up = Connexion rétablie.
error-not-whole = Ce formulaire n’est pas arrivé en entier.
error-field-missing = Il manque un champ à ce formulaire.
files-too-many = On peut envoyer au plus { $most } fichiers à la fois.
files-too-large = Un fichier peut avoir { $each } Mo, et tous ensemble { $all } Mo.
error-then-again = – puis renvoyez ceci.
error-no-longer = Votre serveur n’accepte plus le mot de passe enregistré. Reconnectez-vous.
title-not-found = Introuvable
title-not-allowed = Non autorisé
title-not-signed-in = Non connecté
title-too-often = Trop souvent
title-too-large = Trop grand
title-no-answer = Pas de réponse
title-failed = Cela n’a pas fonctionné
title-wrong-here = Un problème est survenu

# What a server or the connection to it says.
session-not-found = Il n’y a rien ici, ou ce n’est pas public.
session-forbidden = Le serveur ne le permet pas.
session-timeout = Le serveur n’a pas répondu à temps.
session-disconnected = La connexion au serveur est perdue ; nouvel essai en cours.
session-remote-unreachable = Le serveur qui héberge ce canal est injoignable.
session-unsupported = Le serveur ne sait pas faire cela.
session-taken = Un canal de ce nom existe déjà.
session-too-large = C’est plus que ce que le serveur accepte.
session-refused = Le serveur a refusé : { $words }
session-ended = La session est terminée.
sign-in-refused = L’adresse ou le mot de passe est incorrect.
sign-in-domain = Les personnes de ce serveur ne peuvent pas se connecter ici.
sign-in-unreachable = Le serveur est injoignable.
sign-in-timeout = Le serveur ne répond pas.
sign-in-certificate = Le certificat du serveur n’est pas valable pour ce domaine.
sign-in-unencrypted = Le serveur ne propose pas de connexion chiffrée.
sign-in-mechanism = Le serveur ne propose pas de moyen sûr de se connecter.
sign-in-protocol = Le serveur ne respecte pas le protocole.
sign-in-full = Trop de personnes sont connectées ici en ce moment.
register-closed = Ce serveur ne permet pas de créer des comptes ici.
register-elsewhere = Ce serveur crée les comptes sur sa propre page : { $page }
register-taken = Ce nom est déjà pris.
register-not-acceptable = Le serveur n’a pas accepté ceci : { $words }
register-not-allowed = Le serveur ne le permet pas : { $words }
register-wait = Le serveur ne crée plus de comptes pour le moment, réessayez plus tard.
account-unsupported = Votre serveur ne sait pas le faire ici ; il a peut-être sa propre page pour cela.
account-not-allowed = Votre serveur ne le permet pas.
account-not-allowed-because = Votre serveur ne le permet pas : { $words }
account-not-acceptable = Votre serveur ne l’a pas accepté.
account-not-acceptable-because = Votre serveur ne l’a pas accepté : { $words }
account-wait = Votre serveur n’accepte pas ce changement pour le moment, réessayez plus tard.
account-sign-in-failed = Le mot de passe est changé, mais la connexion avec le nouveau a échoué. { $reason }
name-empty = Le nom est vide.
name-too-long = Le nom dépasse { $most } octets.
name-control = Le nom contient un caractère de contrôle.
name-no-address = Ce n’est pas une adresse XMPP.
opml-too-large = Le fichier est trop grand.
opml-not-opml = Le fichier n’est pas de l’OPML.
opml-empty = Le fichier ne nomme aucun canal par une adresse xmpp:.
opml-too-many = Le fichier nomme plus de { $most } canaux.
file-forbidden = Rien n’est récupéré à cette adresse.
file-unreachable = Le site ne répond pas.
file-refused = Le site ne donne pas le fichier.
file-too-large = Le fichier est trop grand.
file-unfit = Ce type de fichier n’est pas affiché.
file-busy = Trop d’opérations sont en cours pour le moment.

# What this gateway says.
error-not-found = Il n’y a pas de page à cette adresse.
error-method = Cette adresse n’accepte pas ce genre de requête.
error-signed-out = Vous n’êtes pas connecté.
error-sign-in-ended = Votre connexion est terminée.
error-no-guests = Les canaux publics ne peuvent pas être lus ici sans se connecter.
error-cross-site = Ce formulaire venait d’un autre site, rien n’a donc été fait.
error-stale = Ce formulaire est trop ancien, ou vous vous êtes connecté ou déconnecté depuis ; rien n’a donc été fait. Renvoyez-le.
error-no-cookie = Votre navigateur n’a envoyé aucun cookie, rien n’a donc été fait. Autorisez les cookies pour ce site et rechargez la page.
error-too-large = C’est plus que ce qu’un formulaire peut contenir.
error-too-often = Trop de tentatives. Attendez { $wait } et réessayez.
error-wait-seconds =
    { $seconds ->
        [one] une seconde
       *[other] { $seconds } secondes
    }
error-wait-minutes =
    { $minutes ->
        [one] une minute
       *[other] { $minutes } minutes
    }
error-too-many-streams = Trop de pages de ce compte sont en direct en même temps.
error-only-json = Ceci n’est proposé qu’en JSON.
error-busy = Le serveur est occupé. Réessayez dans un instant.
error-timeout = Cela a pris trop de temps.
error-internal = Un problème est survenu ici. Il a été noté.
error-incomplete = Cette requête est incomplète.
error-address-hint = { $problem } Elle devrait ressembler à name@example.org.
