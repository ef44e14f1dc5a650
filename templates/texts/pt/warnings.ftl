# Content warnings: in the composer and on cards.
warning-label = Aviso de conteúdo
warning-hint = Se você escrever um, quem lê vê só esta linha e abre o resto por si. Deixe vazio para uma publicação comum.
warning-some = Nem todos querem ver isto
