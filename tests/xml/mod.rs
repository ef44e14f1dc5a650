//! The guard against the W3C's suite, a foreign parser, floods, and under the streams that it is made for.

#![allow(clippy::unwrap_used)]

mod conformance;
mod expat;
mod floods;
mod properties;
mod property;
mod seeds;
mod shapes;
mod streams;
mod tree;
