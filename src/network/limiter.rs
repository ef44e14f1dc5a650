//! How often an address or an account may try something.
