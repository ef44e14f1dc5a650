//! What a page tells programs that do not read it: feed readers, previews of links, search engines.

use askama::Template;
use serde_json::json;

use super::card::{When, first_picture, rendered};
use super::lists::ChannelHead;
use crate::channel::{About, Access, Post, Standing};
use crate::language::Text;
use crate::session::Thread;
use crate::web::markup::{self, SafeHtml};
use crate::web::urls;

/// The longest description, in characters; a mark says that it goes on.
const DESCRIPTION: usize = 199;

/// How much of a post's text is told as a fact, in characters.
const TEXT: usize = 5_000;

/// The lines in a page's head; only open channels have them.
#[derive(Template)]
#[template(path = "fragments/preview.html")]
pub struct Preview {
    kind: &'static str,
    title: String,
    url: String,
    description: Option<String>,
    image: Option<String>,
    published: Option<When>,
    feed_url: String,
    oembed_url: Option<String>,
    facts: Option<SafeHtml>,
}

impl Preview {
    /// Of a page about a channel, if the channel is open.
    pub fn channel(public_url: &str, about: &About, path: &str) -> Option<Self> {
        let head = ChannelHead::new(about);
        (about.access == Access::Open).then(|| Preview {
            kind: "profile",
            title: head.title,
            url: urls::absolute(public_url, path),
            description: about.description.as_deref().and_then(|text| markup::line(text, DESCRIPTION)),
            image: None,
            published: None,
            feed_url: urls::absolute(public_url, &urls::feed(&about.id)),
            oembed_url: None,
            facts: None,
        })
    }

    /// Of a post's page, if its channel is open and the post is still there.
    pub fn post(public_url: &str, thread: &Thread, title: &str) -> Option<Self> {
        let post = &*thread.post;
        if thread.about.access != Access::Open || post.is_deleted {
            return None;
        }
        let url = urls::absolute(public_url, &urls::post(&post.at));
        // Pictures may have an address of their own.
        let image = first_picture(post).map(|image| match image.starts_with('/') {
            true => urls::absolute(public_url, &image),
            false => image,
        });
        Some(Preview {
            kind: "article",
            title: title.to_owned(),
            description: markup::words(&post.content, DESCRIPTION),
            published: Some(When::new(post.published)),
            feed_url: urls::absolute(public_url, &urls::thread_feed(&post.at)),
            oembed_url: Some(urls::oembed(public_url, &post.at)),
            facts: Some(facts(public_url, post, &url, image.as_deref())),
            image,
            url,
        })
    }

    /// As HTML.
    pub fn html(&self) -> SafeHtml {
        rendered(self)
    }
}

/// The post in the vocabulary of schema.org, as JSON-LD.
fn facts(public_url: &str, post: &Post, url: &str, image: Option<&str>) -> SafeHtml {
    let credit = Credit::new(post);
    markup::json(&json!({
        "@context": "https://schema.org",
        "@type": "SocialMediaPosting",
        "@id": url,
        "url": url,
        "author": {
            "@type": "Person",
            "name": credit.name,
            "url": credit.page.map(|page| urls::absolute(public_url, &page)),
        },
        "datePublished": When::new(post.published).machine,
        "dateModified": When::new(post.updated).machine,
        "headline": post.content.title.as_deref().and_then(|title| markup::line(title, 100)),
        "text": markup::words(&post.content, TEXT),
        "image": image,
    }))
}

/// Who wrote a post, for places that show no marks beside a name: the name itself never says more than is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// What to call the author.
    pub name: String,
    /// The page of the author's own channel, where it is sure whose that is.
    pub page: Option<String>,
}

impl Credit {
    /// Of a post.
    pub fn new(post: &Post) -> Self {
        let author = &post.author;
        let shown = author.address.as_ref().map_or_else(|| "Somebody".to_owned(), ToString::to_string);
        let chosen = author.name.as_deref().and_then(markup::name);
        let name = match author.standing {
            Standing::Verified => chosen.unwrap_or(shown),
            Standing::Unverified => Text::new("card-name-unverified").with("name", chosen.unwrap_or(shown)).to_string(),
            Standing::Contradicted { .. } => shown,
        };
        let address = author.address.as_ref().filter(|_| author.standing != Standing::Unverified);
        Credit { name, page: address.map(|address| urls::author(address, &post.at.channel)) }
    }
}
