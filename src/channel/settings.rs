//! What the owner of a channel decides about it.

use super::role::{Access, Role};

/// A channel that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChannel {
    /// Its name, as a person types it: `balcony`, or with the domain of a service that has several `balcony@topics.capulet.lit`.
    pub name: String,
    /// How it is to be.
    pub settings: Settings,
}

/// How a channel is to be. What is `None` stays as it is, or for a new channel as the service likes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// What it is called; at most 50 characters are sure to be taken.
    pub title: Option<String>,
    /// A few sentences about it; at most 200 characters are sure to be taken.
    pub description: Option<String>,
    /// Who may read it: `Open` or `Restricted`.
    pub access: Option<Access>,
    /// What new followers become: `Follower` or `Publisher`.
    pub default_role: Option<Role>,
}
