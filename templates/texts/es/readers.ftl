# Who can read something: in the composer, and beside a post.
readers-open = Todo el mundo puede leer esto, también sin cuenta.
readers-closed = Solo pueden leer esto las personas que admite quien posee el canal.
readers-contacts = Solo pueden leer esto los contactos de quien posee el canal.
readers-followers = Solo pueden leer esto los seguidores admitidos por quien posee el canal.
readers-members = Solo pueden leer esto los miembros del canal.
readers-own-contacts = Solo pueden leer esto tus contactos: quienes pueden ver cuándo estás en línea.
readers-own-followers = Solo pueden leer esto los seguidores que has admitido.
readers-own-members = Solo podéis leer esto tú y las personas que has nombrado.
