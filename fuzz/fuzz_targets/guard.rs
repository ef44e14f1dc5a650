//! Any bytes through guard, splitter and document: nothing panics, and every promise of the property tests holds.

#![no_main]

#[path = "../../tests/xml/property.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|input: &[u8]| property::check(input));
