# Blocking people: the list at /account/blocked, and the page of somebody who is blocked.
blocking-title = Personas bloqueadas
blocking-lead = De las personas que bloqueas no ves nada aquí: ni publicaciones, ni respuestas, ni «me gusta». No pueden escribirte ni ver cuándo estás en línea, en ninguno de tus programas. No se les avisa. Lo que está abierto a todo el mundo lo pueden seguir leyendo.
blocking-label = Bloquear a una persona o un servidor entero
blocking-block = Bloquear
blocking-hint = Una persona, como { $person }, o todas las de un servidor, como { $server }.
blocking-list = Has bloqueado
blocking-nobody = No has bloqueado a nadie.
blocking-unblock = Desbloquear
blocking-unblock-whom = Desbloquear { $who }
blocking-left-out =
    { $count ->
        [one] No se muestra una dirección más.
       *[other] No se muestran { $count } direcciones más.
    }
blocking-unsupported = Tu servidor no guarda una lista de personas bloqueadas, así que aquí no se puede bloquear a nadie. Quien lo administra puede activarlo.
blocking-no-address = Esto no es una dirección. Debe ser como name@example.org, o como example.org para un servidor entero.
blocking-yourself = No puedes bloquearte a ti.
blocking-own-server = Es tu propio servidor, sin el cual nada funciona. Bloquea mejor a personas concretas de él.
blocking-is-blocked = Has bloqueado esta dirección, así que no se muestra nada de ella.
blocking-is-blocked-with-server = Has bloqueado a todo el mundo en { $server }, así que no se muestra nada de esta dirección.
blocking-changed = Has cambiado a quién bloqueas.
blocking-reload = Recargar la página
blocking-whom = Bloquear { $who }…
session-blocked = Has bloqueado esta dirección o todo su servidor.
