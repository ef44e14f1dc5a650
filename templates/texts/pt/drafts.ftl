# Drafts: in the composer, and their list.
drafts-title = Seus rascunhos
drafts-where = Eles ficam no seu próprio servidor, e só você pode lê-los.
drafts-none = Você não tem rascunhos.
drafts-no-words = Sem texto
drafts-for = para { $channel }, guardado em { $when }
drafts-go-on = Continuar a escrever
drafts-remove = Descartar
drafts-keep = Guardar como rascunho
drafts-list = Seus rascunhos
drafts-full = Não cabem mais rascunhos. Publique ou descarte um deles primeiro.
