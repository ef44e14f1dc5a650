//! XMPP over WebSocket (RFC 7395), spoken through the gateway's door with clients that keep to the rules and others.

mod framing;
mod hostile;
mod trouble;
mod socket;
