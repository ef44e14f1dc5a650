//! The guard: every byte of XML from outside passes here before any parser or tree sees it.
