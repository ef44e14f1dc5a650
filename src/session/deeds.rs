//! What a session does of its own accord: listening to channels, fetching what events announce.

use jid::Jid;

use super::Session;
use super::command::{Command, Done};
use super::languages::Language;
use super::live::Action;
use super::reading::NEWEST;
use super::state::Deed;
use super::wire::Wire;
use crate::channel::{ChannelId, Post, PostRef};
use crate::dialect::{Dialect, Following, Page};
use crate::xmpp::AskError;

/// Does one deed and reports back. Ends in bounded time: every request has a deadline. `stream` is the number of the
/// stream that it belongs to.
pub(super) async fn run(deed: Deed, stream: u64, session: Session, bound: Jid) {
    let wire = &session.wire().unhurried();
    let done = match deed {
        Deed::Live(Action::Subscribe(channel)) => {
            let outcome = match subscribe(&session, wire, &bound, &channel).await {
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
            if let Ok(language @ Language::Microblog(_)) = session.language(&channel).await {
                let _ = language.unsubscribe(wire, &bound, &channel).await;
            }
            return;
        }
        Deed::Live(Action::Poll(channel)) => {
            let page = newest(&session, wire, &channel).await;
            Done::Polled { channel, page: page.ok().map(|page| (page.posts, page.older.is_none())) }
        }
        Deed::Fetch(at) => {
            let post = match post(&session, wire, &at).await {
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
        Deed::ReadReplies(at) => match replies(&session, wire, &at).await {
            Ok(page) => Done::RepliesRead(page.posts),
            // It is looked at again soon.
            Err(_) => return,
        },
        Deed::CatchUp => {
            let replies = session.catch_up(wire).await;
            Done::RepliesRead(replies)
        }
        Deed::LookAtPeople(channel) => {
            session.look_at_people(wire, &channel).await;
            return;
        }
        Deed::ReadBlocks => {
            session.read_blocks().await;
            return;
        }
        Deed::Enrol => {
            session.enrol().await;
            return;
        }
        Deed::ReadFollows => Done::FollowsRead(session.read_follows().await),
    };
    // The session may have ended meanwhile.
    let _ = wire.tell(Command::Done { stream, done }).await;
}

/// A channel service sends news to whom it sees online, for the channels they follow; nothing is subscribed by the full
/// address there.
async fn subscribe(session: &Session, wire: &Wire, bound: &Jid, channel: &ChannelId) -> Result<Following, AskError> {
    if channel.is_buddycloud() {
        let is_own = session.address() == Some(&channel.address);
        let is_followed = is_own || session.is_following(channel).await;
        return Ok(if is_followed { Following::Subscribed } else { Following::Pending });
    }
    session.language(channel).await?.subscribe(wire, bound, channel).await
}

async fn newest(session: &Session, wire: &Wire, channel: &ChannelId) -> Result<Page, AskError> {
    session.read_posts(wire, channel, None, NEWEST).await
}

async fn post(session: &Session, wire: &Wire, at: &PostRef) -> Result<Option<Post>, AskError> {
    session.language(&at.channel).await?.post(wire, at).await
}

async fn replies(session: &Session, wire: &Wire, at: &PostRef) -> Result<Page, AskError> {
    let language = session.language(&at.channel).await?;
    match language.post(wire, at).await? {
        Some(post) => language.replies(wire, &post).await,
        None => Ok(Page::default()),
    }
}
