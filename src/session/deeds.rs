//! What a session does of its own accord: listening to channels, fetching what events announce.

use jid::Jid;

use super::command::Command;
use super::live::Action;
use super::reading::NEWEST;
use super::state::Deed;
use super::wire::Wire;
use crate::dialect::{Dialect, Microblog, Subscribed};

/// Does one deed and reports back. Ends in bounded time: every request has a deadline.
pub(super) async fn run(deed: Deed, wire: Wire, bound: Jid) {
    let command = match deed {
        Deed::Live(Action::Subscribe(channel)) => {
            let outcome = match Microblog.subscribe(&wire, &bound, &channel).await {
                Ok(Subscribed::Accepted) => Ok(()),
                Ok(Subscribed::Pending) => Err(()),
                Err(error) => {
                    tracing::debug!(channel.id = %channel, reason = %error, "a channel does not send events, it is looked at instead");
                    Err(())
                }
            };
            Command::Subscribed { channel, outcome }
        }
        Deed::Live(Action::Unsubscribe(channel)) => {
            // Whether the server agrees does not matter: nobody listens any more.
            let _ = Microblog.unsubscribe(&wire, &bound, &channel).await;
            return;
        }
        Deed::Live(Action::Poll(channel)) => {
            let page = Microblog.posts(&wire, &channel, None, NEWEST).await;
            Command::Polled { channel, posts: page.ok().map(|page| page.posts) }
        }
        Deed::Fetch(at) => Command::Fetched(Microblog.post(&wire, &at).await.ok().flatten().map(Box::new)),
        Deed::ReadFollows => {
            let follows = Microblog.follows(&wire, &bound.to_bare()).await;
            if let Err(error) = &follows {
                tracing::warn!(account.jid = %bound.to_bare(), reason = %error, "the followed channels could not be read");
            }
            Command::FollowsRead(follows.ok().map(|follows| {
                follows.into_iter().map(super::view::Follow::from).collect()
            }))
        }
    };
    // The session may have ended meanwhile.
    let _ = wire.tell(command).await;
}
