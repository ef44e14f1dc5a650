//! Cirrus.
fn main() {}
