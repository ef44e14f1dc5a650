//! Atom entries (RFC 4287) as the social web of XMPP writes them (XEP-0277, XEP-0472).
