//! What a session does of its own accord: listening to channels, fetching what events announce.

use jid::Jid;

use super::Session;
use super::command::Command;
use super::live::Action;
use super::reading::NEWEST;
use super::state::Deed;
use crate::dialect::{Dialect, Following, Microblog};

/// Does one deed and reports back. Ends in bounded time: every request has a deadline.
pub(super) async fn run(deed: Deed, session: Session, bound: Jid) {
    let wire = session.wire();
    let command = match deed {
        Deed::Live(Action::Subscribe(channel)) => {
            let outcome = match Microblog.subscribe(wire, &bound, &channel).await {
                Ok(Following::Subscribed) => Ok(()),
                Ok(Following::Pending) => Err(()),
                Err(error) => {
                    tracing::debug!(channel.id = %channel, reason = %error, "a channel does not send events, it is looked at instead");
                    Err(())
                }
            };
            Command::Subscribed { channel, outcome }
        }
        Deed::Live(Action::Unsubscribe(channel)) => {
            // Whether the server agrees does not matter: nobody listens any more.
            let _ = Microblog.unsubscribe(wire, &bound, &channel).await;
            return;
        }
        Deed::Live(Action::Poll(channel)) => {
            let page = Microblog.posts(wire, &channel, None, NEWEST).await;
            Command::Polled { channel, posts: page.ok().map(|page| page.posts) }
        }
        Deed::Fetch(at) => Command::Fetched(Microblog.post(wire, &at).await.ok().flatten().map(Box::new)),
        Deed::Forget(channel) => {
            session.forget(&channel);
            return;
        }
        Deed::ReadFollows => Command::FollowsRead(session.read_follows().await),
    };
    // The session may have ended meanwhile.
    let _ = wire.tell(command).await;
}
