# The frame around every page, Home and the front page.
frame-following = Siguiendo
frame-following-news = { $count } con novedades
frame-account = Cuenta { $address }
frame-skip = Saltar al contenido
frame-home = Inicio
frame-channels = Canales
frame-own = Mi canal
frame-sign-out = Cerrar sesión
frame-looks = Aspecto
frame-sign-in = Iniciar sesión
frame-places = Menú principal
frame-about = Cirrus muestra los canales sociales de XMPP. Tus publicaciones y lo que sigues viven en tu propio servidor.
channel-newest = Publicaciones más recientes
welcome-title = Canales de personas, en sus propios servidores
welcome-lead = Lee, escribe y sigue a través de XMPP. Inicias sesión con la cuenta que ya tienes; aquí no se guarda nada tuyo.
register-title = Crear una cuenta
welcome-channels = Canales conocidos aquí
home-hint-open = Va a tu canal, que está abierto: cualquiera puede leerlo, con o sin sesión.
home-first-post = Tu primera publicación crea tu canal. Está abierto: cualquiera puede leerlo, con o sin sesión.
hint-open = Este canal está abierto: cualquiera puede leerlo, con o sin sesión.
hint-unknown = El servidor decide quién puede leer este canal.

# A moment, to the minute, in universal time.
moment =
    { $day } { $month ->
        [1] ene
        [2] feb
        [3] mar
        [4] abr
        [5] may
        [6] jun
        [7] jul
        [8] ago
        [9] sept
        [10] oct
        [11] nov
       *[12] dic
    } { $year }, { $time } UTC

# What the page's script says. The number comes in where $count stands.
script-posts = Mostrar publicaciones nuevas ({ $count })
script-replies = Mostrar respuestas nuevas ({ $count })
script-still = Esta página ya no está en directo.
script-many = Hay demasiadas páginas en directo a la vez. Esta lo estará cuando se cierre otra.
script-lost = Sin conexión. Las publicaciones nuevas aparecerán cuando vuelva.
script-size = { $now } de { $most } bytes
script-sending = Enviando los archivos
script-failed = No ha llegado, pero no se ha perdido nada: inténtalo de nuevo en un momento.
