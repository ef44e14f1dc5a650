# Drafts: in the composer, and their list.
drafts-title = مسوداتك
drafts-where = محفوظة على خادمك، ولا يقرؤها سواك.
drafts-none = ليست لديك مسودات.
drafts-no-words = بلا كلمات
drafts-for = إلى { $channel }، حُفظت في { $when }
drafts-go-on = متابعة الكتابة
drafts-remove = تخلّص منها
drafts-keep = احفظها مسودة
drafts-list = مسوداتك
drafts-full = لا يمكن حفظ مزيد من المسودات. انشر إحداها أو تخلّص منها أولًا.
