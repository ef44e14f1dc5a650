//! The people of the demo.
