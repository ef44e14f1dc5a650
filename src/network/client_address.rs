//! Which address a request really comes from, behind trusted proxies.
