//! The whole gateway, tested through its doors. One binary, so that it links once.

mod house;
