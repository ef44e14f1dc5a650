//! What people say about themselves, and what this person says.

use futures::future::join3;

use super::view::Follow;
use super::writing::within;
use super::{Error, Session};
use crate::channel::profile::{Audience, Profile};
use crate::channel::{About, Address};
use crate::dialect::microblog::list;
use crate::dialect::profile;

/// A person as this session may see them.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// What they say about themselves; `None` if nothing, or nothing to us.
    pub profile: Option<Profile>,
    /// Where the wide picture above it is, unchecked.
    pub banner: Option<String>,
    /// The channels that they show to follow.
    pub follows: Vec<Follow>,
}

impl Session {
    /// A person; refused where this person has blocked them.
    pub async fn person(&self, who: &Address) -> Result<Person, Error> {
        self.touch();
        self.learn_blocks().await;
        if self.hides(who) {
            return Err(Error::Blocked);
        }
        let wire = &self.wire().unhurried();
        let (profile, banner, follows) =
            join3(profile::read(wire, who), profile::banner(wire, who), list::shown(wire, who)).await;
        let blocks = self.blocks();
        let follows =
            follows.unwrap_or_default().into_iter().filter(|followed| !blocks.hides(&followed.channel.address));
        let follow = |followed: crate::dialect::Followed| {
            let about = About { title: followed.title, ..About::unknown(followed.channel) };
            Follow { about, is_pending: false, invited_by: None }
        };
        Ok(Person { profile: profile?, banner, follows: follows.map(follow).collect() })
    }

    /// What this person says about themselves, and to whom; `None` if nothing was ever said.
    pub async fn own_profile(&self) -> Result<(Profile, Option<Audience>), Error> {
        let me = self.me()?;
        Ok(profile::own(self.wire(), me).await?)
    }

    /// Says something else from now on.
    pub async fn set_profile(&self, said: &Profile, audience: Audience) -> Result<(), Error> {
        let me = self.me()?;
        within(profile::write(self.wire(), me, said, audience)).await
    }
}
