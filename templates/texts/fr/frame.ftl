# The frame around every page, Home and the front page.
frame-following = Suivis
frame-following-news = { $count } avec du nouveau
frame-account = Compte { $address }
frame-skip = Aller au contenu
frame-home = Accueil
frame-channels = Canaux
frame-own = Mon canal
frame-sign-out = Se déconnecter
frame-looks = Apparence
frame-sign-in = Se connecter
frame-places = Menu principal
frame-about = Cirrus montre les canaux sociaux de XMPP. Vos publications et ce que vous suivez restent sur votre propre serveur.
channel-newest = Publications les plus récentes
welcome-title = Des canaux de personnes, sur leurs propres serveurs
welcome-lead = Lisez, écrivez et suivez grâce à XMPP. Connectez-vous avec le compte que vous avez déjà ; rien de vous n’est conservé ici.
register-title = Créer un compte
welcome-channels = Canaux connus ici
home-hint-open = Cela va dans votre canal, qui est ouvert : tout le monde peut le lire, connecté ou non.
home-first-post = Votre première publication crée votre canal. Il est ouvert : tout le monde peut le lire, connecté ou non.
hint-open = Ce canal est ouvert : tout le monde peut le lire, connecté ou non.
hint-unknown = Le serveur décide qui peut lire ce canal.

# A moment, to the minute, in universal time.
moment =
    { $day } { $month ->
        [1] janv.
        [2] févr.
        [3] mars
        [4] avr.
        [5] mai
        [6] juin
        [7] juil.
        [8] août
        [9] sept.
        [10] oct.
        [11] nov.
       *[12] déc.
    } { $year }, { $time } UTC

# What the page's script says. The number comes in where $count stands.
script-posts = Afficher les nouvelles publications ({ $count })
script-replies = Afficher les nouvelles réponses ({ $count })
script-still = Cette page n’est plus en direct.
script-many = Trop de pages sont en direct en même temps. Celle-ci le sera quand une autre sera fermée.
script-lost = Pas de connexion. Les nouvelles publications apparaîtront à son retour.
script-size = { $now } octets sur { $most }
script-sending = Envoi des fichiers
script-failed = L’envoi n’a pas abouti, mais rien n’est perdu : réessayez dans un instant.
