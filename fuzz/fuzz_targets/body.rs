//! Any bytes as the body of a BOSH request: nothing panics, and what is let through stands for itself.

#![no_main]

use cirrus::body::Body;
use cirrus::xml::Limits;

libfuzzer_sys::fuzz_target!(|input: &[u8]| drop(Body::read(input, Limits::default())));
