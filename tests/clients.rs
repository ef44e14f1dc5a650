//! Chat clients that others wrote, in a browser, on a page from another origin, through nginx with TLS.

mod strophe;
mod converse;
mod chat;
mod door;
