//! The small loopback XMPP server of the demo and the tests.
