//! One noun a file: what each page shows and what each form does.

pub mod home;
pub mod channels;
pub mod channel;
pub mod threads;
mod closed;
pub mod people;
pub mod person;
pub mod settings;
pub mod deletion;
pub mod new_channel;
pub mod live;
pub mod posts;
pub mod feed;
pub mod oembed;
pub mod sitemap;
pub mod compose;
mod readers;
pub mod likes;
pub mod drafts;
pub mod share;
pub mod tags;
pub mod notices;
pub mod notifications;
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

use crate::channel::{About, Access};
use crate::session;
use crate::web::error::Error;

/// What goes out to other programs is of open channels only, even where the guest is let into another.
fn only_open(about: &About) -> Result<(), Error> {
    if about.access == Access::Open { Ok(()) } else { Err(session::Error::Forbidden.into()) }
}
