//! One command: home server and gateway, seeded and alive.
