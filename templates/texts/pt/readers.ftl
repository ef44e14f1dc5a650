# Who can read something: in the composer, and beside a post.
readers-open = Todos podem ler isto, também sem conta.
readers-closed = Só podem ler isto as pessoas que o dono do canal admite.
readers-contacts = Só podem ler isto os contatos do dono do canal.
readers-followers = Só podem ler isto os seguidores que o dono do canal admitiu.
readers-members = Só podem ler isto os membros do canal.
readers-own-contacts = Só podem ler isto os seus contatos: quem pode ver quando você está online.
readers-own-followers = Só podem ler isto os seguidores que você admitiu.
readers-own-members = Só podem ler isto você e as pessoas que você indicou.
