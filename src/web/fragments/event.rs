//! What happened, as HTML that finds its own place in an open page.

use askama::Template;

use super::bell::Notified;
use super::card::{Place, card, rendered};
use crate::channel::{Post, PostRef};
use crate::session::{Connection, Event, Scope};
use crate::web::filters;
use crate::web::urls;

/// A piece of HTML that htmx puts somewhere.
#[derive(Template)]
#[template(
    ext = "html",
    source = "<hx-partial data-hx-target=\"{{ target }}\" data-hx-swap=\"{{ swap }}\">{{ content }}</hx-partial>"
)]
struct Partial {
    target: String,
    swap: &'static str,
    content: crate::web::markup::SafeHtml,
}

#[derive(Template)]
#[template(ext = "html", source = "<li class=\"entry\">{{ card }}</li>")]
struct Arrival {
    card: crate::web::markup::SafeHtml,
}

#[derive(Template)]
#[template(ext = "html", source = "<i></i>")]
struct Mark;

#[derive(Template)]
#[template(path = "fragments/gone.html")]
struct Gone {
    id: String,
}

#[derive(Template)]
#[template(path = "fragments/likes.html")]
struct Likes {
    likes: usize,
}

#[derive(Template)]
#[template(path = "fragments/connection.html")]
struct ConnectionLine {
    connection: Connection,
}

#[derive(Template)]
#[template(path = "fragments/blocks_changed.html")]
struct BlocksChanged;

/// An event as a page with this scope shows it; `None` if it shows nothing. The same for every viewer.
pub fn event(event: &Event, scope: &Scope) -> Option<String> {
    let partial = match (event, scope) {
        (Event::Posted(post), Scope::Home | Scope::Channel(_)) if !post.is_like() => arrival(post, Place::Post),
        // The session sends a thread only what stands in its own place of replies, which other posts may name too.
        (Event::Replied { reply, .. }, Scope::Thread(_)) if !reply.is_like() => arrival(reply, Place::Reply),
        (Event::Liked { likes, .. }, Scope::Thread(_)) => {
            Partial { target: "#likes".to_owned(), swap: "innerHTML", content: rendered(&Likes { likes: *likes }) }
        }
        (Event::Posted(_) | Event::Replied { .. } | Event::Liked { .. }, _) => return None,
        (Event::Edited(post), scope) => Partial {
            target: format!("#{}", urls::card_id(&post.at)),
            swap: "outerHTML",
            content: card(post, place(&post.at, scope)),
        },
        (Event::Removed(at), _) => Partial {
            target: format!("#{}", urls::card_id(at)),
            swap: "outerHTML",
            content: rendered(&Gone { id: urls::card_id(at) }),
        },
        (Event::Notified(count), _) => {
            let content = Notified { count: *count }.html();
            Partial { target: "#notified".to_owned(), swap: "innerHTML", content }
        }
        (Event::Resync, _) => Partial { target: "#resync".to_owned(), swap: "innerHTML", content: rendered(&Mark) },
        (Event::BlocksChanged, _) => {
            Partial { target: "#status".to_owned(), swap: "innerHTML", content: rendered(&BlocksChanged) }
        }
        (Event::Connection(connection), _) => Partial {
            target: "#status".to_owned(),
            swap: "innerHTML",
            content: rendered(&ConnectionLine { connection: *connection }),
        },
    };
    Some(rendered(&partial).to_string())
}

/// What is new waits where it moves nothing, until the reader wants to see it.
fn arrival(post: &std::sync::Arc<Post>, place: Place) -> Partial {
    let content = rendered(&Arrival { card: card(post, place) });
    Partial { target: "#arrivals".to_owned(), swap: "beforeend", content }
}

/// Where a card stands in a page of this scope.
fn place(at: &PostRef, scope: &Scope) -> Place {
    match scope {
        Scope::Thread(head) if head == at => Place::Whole,
        Scope::Thread(_) => Place::Reply,
        _ => Place::Post,
    }
}
