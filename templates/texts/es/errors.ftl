# What went wrong.
error-typed = Lo que has escrito
error-typed-part = Lo que has escrito, hasta donde ha llegado
error-sign-in-tab = Iniciar sesión en otra pestaña
error-then-here = – luego vuelve aquí y envíalo otra vez.
error-send-again = Enviar otra vez
error-address = Dirección
error-again = Intentarlo de nuevo
error-to-channel = Volver al canal
error-home = Ir al inicio
connection-lost = Se ha perdido la conexión con el servidor XMPP. Intentándolo de nuevo; lo que ves puede no estar al día.
connection-up = Conexión recuperada.
error-not-whole = Este formulario no ha llegado entero.
error-field-missing = Falta un campo de este formulario.
files-too-many = Como máximo se pueden enviar { $most } archivos a la vez.
files-too-large = Un archivo puede tener { $each } MB, y todos juntos { $all } MB.
error-then-again = – luego envía esto otra vez.
error-no-longer = Tu servidor ya no acepta la contraseña guardada. Inicia sesión de nuevo.
title-not-found = No encontrado
title-not-allowed = No permitido
title-not-signed-in = Sin sesión
title-too-often = Demasiadas veces
title-too-large = Demasiado grande
title-no-answer = Sin respuesta
title-failed = No ha funcionado
title-wrong-here = Algo ha ido mal

# What a server or the connection to it says.
session-not-found = Aquí no hay nada, o no es público.
session-forbidden = El servidor no lo permite.
session-timeout = El servidor no ha respondido a tiempo.
session-disconnected = Se ha perdido la conexión con el servidor; intentándolo de nuevo.
session-remote-unreachable = No se alcanza el servidor que guarda este canal.
session-unsupported = El servidor no sabe hacer esto.
session-taken = Ya hay un canal con ese nombre.
session-too-large = Es más de lo que acepta el servidor.
session-refused = El servidor lo ha rechazado: { $words }
session-ended = La sesión ha terminado.
sign-in-refused = La dirección o la contraseña no es correcta.
sign-in-domain = Las personas de ese servidor no pueden iniciar sesión aquí.
sign-in-unreachable = No se alcanza el servidor.
sign-in-timeout = El servidor no responde.
sign-in-certificate = El certificado del servidor no vale para este dominio.
sign-in-unencrypted = El servidor no ofrece una conexión cifrada.
sign-in-mechanism = El servidor no ofrece una forma segura de iniciar sesión.
sign-in-protocol = El servidor no respeta el protocolo.
sign-in-full = En este momento hay demasiadas sesiones abiertas aquí.
register-closed = Este servidor no permite crear cuentas desde aquí.
register-elsewhere = Este servidor crea las cuentas en su propia página: { $page }
register-taken = Ese nombre ya está ocupado.
register-not-acceptable = El servidor no lo ha aceptado: { $words }
register-not-allowed = El servidor no lo permite: { $words }
register-wait = El servidor no crea más cuentas por ahora, inténtalo más tarde.
account-unsupported = Tu servidor no puede hacer esto aquí; quizá tenga una página propia para ello.
account-not-allowed = Tu servidor no lo permite.
account-not-allowed-because = Tu servidor no lo permite: { $words }
account-not-acceptable = Tu servidor no lo ha aceptado.
account-not-acceptable-because = Tu servidor no lo ha aceptado: { $words }
account-wait = Tu servidor no admite un cambio así por ahora, inténtalo más tarde.
account-sign-in-failed = La contraseña ha cambiado, pero no se ha podido iniciar sesión con ella. { $reason }
name-empty = El nombre está vacío.
name-too-long = El nombre tiene más de { $most } bytes.
name-control = El nombre tiene un carácter de control.
name-no-address = Esto no es una dirección XMPP.
opml-too-large = El archivo es demasiado grande.
opml-not-opml = El archivo no es OPML.
opml-empty = El archivo no nombra ningún canal con una dirección xmpp:.
opml-too-many = El archivo nombra más de { $most } canales.
file-forbidden = De esa dirección no se obtiene nada.
file-unreachable = El sitio no responde.
file-refused = El sitio no entrega el archivo.
file-too-large = El archivo es demasiado grande.
file-unfit = Este tipo de archivo no se muestra.
file-busy = Hay demasiadas cosas en marcha en este momento.

# What this gateway says.
error-not-found = No hay ninguna página en esta dirección.
error-method = Esta dirección no admite ese tipo de petición.
error-signed-out = No has iniciado sesión.
error-sign-in-ended = Tu sesión ha terminado.
error-no-guests = Los canales públicos no se pueden leer aquí sin iniciar sesión.
error-cross-site = Este formulario venía de otro sitio, así que no se ha hecho nada.
error-stale = Este formulario es demasiado antiguo, o has iniciado o cerrado sesión desde entonces, así que no se ha hecho nada. Envíalo otra vez.
error-no-cookie = Tu navegador no ha enviado ninguna cookie, así que no se ha hecho nada. Permite las cookies de este sitio y recarga la página.
error-too-large = Es más de lo que cabe en un formulario.
error-too-often = Demasiados intentos. Espera { $wait } e inténtalo de nuevo.
error-wait-seconds =
    { $seconds ->
        [one] un segundo
       *[other] { $seconds } segundos
    }
error-wait-minutes =
    { $minutes ->
        [one] un minuto
       *[other] { $minutes } minutos
    }
error-too-many-streams = Hay demasiadas páginas de esta cuenta en directo a la vez.
error-only-json = Esto solo se ofrece como JSON.
error-busy = El servidor está ocupado. Inténtalo de nuevo en un momento.
error-timeout = Ha tardado demasiado.
error-internal = Algo ha ido mal aquí. Ha quedado anotado.
error-incomplete = Esta petición no está completa.
error-address-hint = { $problem } Debe ser como name@example.org.
