//! What a session does of its own accord: listening to channels, fetching what events announce.

use jid::Jid;

use super::Session;
use super::command::{Command, Done};
use super::live::Action;
use super::reading::NEWEST;
use super::state::Deed;
use crate::dialect::{Dialect, Following, Microblog};

/// Does one deed and reports back. Ends in bounded time: every request has a deadline. `stream` is the number of the
/// stream that it belongs to.
pub(super) async fn run(deed: Deed, stream: u64, session: Session, bound: Jid) {
    let wire = &session.wire().unhurried();
    let done = match deed {
        Deed::Live(Action::Subscribe(channel)) => {
            let outcome = match Microblog.subscribe(wire, &bound, &channel).await {
                Ok(Following::Subscribed) => Ok(()),
                Ok(Following::Pending) => Err(()),
                Err(error) => {
                    tracing::debug!(channel.id = %channel, reason = %error, "a channel does not send events, it is looked at instead");
                    Err(())
                }
            };
            Done::Subscribed { channel, outcome }
        }
        Deed::Live(Action::Unsubscribe(channel)) => {
            // Whether the server agrees does not matter: nobody listens any more.
            let _ = Microblog.unsubscribe(wire, &bound, &channel).await;
            return;
        }
        Deed::Live(Action::Poll(channel)) => {
            let page = Microblog.posts(wire, &channel, None, NEWEST).await;
            Done::Polled { channel, page: page.ok().map(|page| (page.posts, page.older.is_none())) }
        }
        Deed::Fetch(at) => {
            let post = match Microblog.post(wire, &at).await {
                Ok(post) => Ok(post.map(Box::new)),
                Err(error) => {
                    tracing::debug!(channel.id = %at.channel, reason = %error, "a post that was announced could not be read");
                    Err(())
                }
            };
            Done::Fetched { at, post }
        }
        Deed::Forget(channel) => {
            session.forget(&channel);
            return;
        }
        Deed::ReadFollows => Done::FollowsRead(session.read_follows().await),
    };
    // The session may have ended meanwhile.
    let _ = wire.tell(Command::Done { stream, done }).await;
}
