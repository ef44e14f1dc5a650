//! Any order of requests, losses and answers between a BOSH client and its server: each payload comes once and in order.

#![no_main]

use cirrus::window::world::{Step, World};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((&first, rest)) = input.split_first() else { return };
    let mut world = World::new(2 + usize::from(first & 1), 1);
    for byte in rest.iter().take(400) {
        let which = usize::from(byte >> 3);
        world.take(match byte & 7 {
            0 => Step::Write,
            1 => Step::Say,
            2 => Step::Arrive(which),
            3 => Step::Vanish(which),
            4 => Step::Break(which),
            5 => Step::BreakUnseen(which),
            6 => Step::Read(which),
            _ => Step::Lose(which),
        });
    }
    world.check();
});
