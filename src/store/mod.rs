//! The database of hosting: open, migrate; all SQL lives here.
