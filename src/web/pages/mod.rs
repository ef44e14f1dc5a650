//! One noun a file: what each page shows and what each form does.

pub mod home;
pub mod channels;
pub mod channel;
pub mod threads;
mod closed;
pub mod people;
pub mod settings;
pub mod deletion;
pub mod new_channel;
pub mod live;
pub mod posts;
pub mod compose;
pub mod likes;
pub mod notices;
pub mod own;
pub mod search;
pub mod follow;
pub mod follows;
pub mod sign_in;
pub mod sign_out;
pub mod register;
pub mod account;
#[cfg(test)]
mod samples;
