//! The other end of the wire: a pubsub core, and the small home server of the demo and the tests.
