//! Search over channels and posts (`jabber:iq:search`, XEP-0055).

use minidom::Element;

use super::entry::{self, Tongue};
use super::names;
use super::queries::value;
use super::{Actor, Answer, Service, bounds, refuse};
use crate::hosting::form::{self, Kind};
use crate::hosting::stanza::StanzaError;
use crate::store::channels::Reader;

/// The namespace of searches.
pub const NS: &str = "jabber:iq:search";
/// Results of one page.
const PAGE: usize = 50;
/// How far one may leaf.
const PAGES: usize = 100;
/// Bytes of what is searched for.
const WORDS: usize = 500;

impl Service {
    /// The form, or what was found with it. Posts: `content`, `author`, pages of `rpp`. Channels: `channel`.
    pub(super) fn search(&mut self, actor: &Actor, query: &Element, is_get: bool) -> Answer {
        let mut out = format!("<query xmlns='{NS}'>");
        if is_get {
            out.push_str("<instructions>Search for posts or for channels by their words.</instructions>");
            form::open("form", NS, &mut out);
            form::field("content", Kind::Line, Some("Words in posts"), &[], &mut out);
            form::field("author", Kind::Address, Some("By"), &[], &mut out);
            form::field("channel", Kind::Line, Some("Words in the names of channels"), &[], &mut out);
            form::field("rpp", Kind::Line, Some("Results of a page"), &["20"], &mut out);
            form::field("page", Kind::Line, Some("Page"), &["1"], &mut out);
            form::close(&mut out);
            out.push_str("</query>");
            return Ok(out);
        }
        let form = query.get_child("x", form::DATA).ok_or_else(super::disco::no_form)?;
        let form::Answer::Submit(fields) = form::read(form, NS)? else { return Ok(String::new()) };
        let field = |name: &str| fields.get(name).map(|values| values.join(" ")).filter(|text| !text.trim().is_empty());
        let number = |name: &str, usual: usize, most: usize| match field(name) {
            None => Ok(usual),
            Some(text) => match text.trim().parse::<usize>() {
                Ok(number) if number >= 1 => Ok(number.min(most)),
                _ => Err(StanzaError::new("bad-request").text(format!("{name} is a number."))),
            },
        };
        let (size, page) = (number("rpp", 20, PAGE)?, number("page", 1, PAGES)?);
        let skip = (page - 1) * size;
        if ["content", "channel"].iter().any(|name| field(name).is_some_and(|text| text.len() > WORDS)) {
            return refuse("not-acceptable");
        }
        form::open("result", NS, &mut out);
        match (field("channel"), field("content"), field("author")) {
            (Some(words), None, None) => self.found_channels(&words, skip, size, &mut out)?,
            (None, content, author) if content.is_some() || author.is_some() => {
                let words = content.unwrap_or_default();
                let author = author.map(|author| author.trim().to_owned());
                self.found_posts(actor, &words, author.as_deref(), skip, size, &mut out)?;
            }
            _ => return Err(StanzaError::new("bad-request").text("Search for posts or for channels.").into()),
        }
        form::close(&mut out);
        out.push_str("</query>");
        Ok(out)
    }

    fn found_channels(&self, words: &str, skip: usize, size: usize, out: &mut String) -> Result<(), super::Refusal> {
        out.push_str("<reported><field var='channel'/><field var='node'/><field var='title'/></reported>");
        for channel in self.store.find_channels(words, skip, size)? {
            out.push_str("<item>");
            value("channel", &channel.name, out);
            value("node", &names::node(&channel.name, "posts"), out);
            value("title", &channel.title, out);
            value("description", &channel.description, out);
            out.push_str("</item>");
        }
        Ok(())
    }

    fn found_posts(
        &self,
        actor: &Actor,
        words: &str,
        author: Option<&str>,
        skip: usize,
        size: usize,
        out: &mut String,
    ) -> Result<(), super::Refusal> {
        let reader = Reader { bare: &actor.bare, is_local: actor.is_member && !actor.is_guest };
        let (found, count) = self.store.search(words, author, reader, skip, size)?;
        out.push_str("<reported><field var='node'/><field var='id'/><field var='entry'/></reported>");
        let mut bytes = 0;
        for placed in found {
            bytes += placed.post.payload.len();
            out.push_str("<item>");
            value("node", &names::node(&placed.channel, "posts"), out);
            value("id", &placed.post.id, out);
            // What does not fit is named all the same, and can be asked for.
            if bytes <= bounds::PAGE_BYTES {
                out.push_str("<field var='entry'><value>");
                out.push_str(&entry::speak(&placed.post.payload, Tongue::Buddycloud));
                out.push_str("</value></field>");
            }
            out.push_str("</item>");
        }
        value("count", &count.to_string(), out);
        Ok(())
    }
}
