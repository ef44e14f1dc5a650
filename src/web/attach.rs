//! Files that go with a post: put at the author's own server, named in the form until the post is published.

use std::collections::BTreeMap;

use url::Url;

use crate::channel::Link;
use crate::language::Text;
use crate::media::{self, Size, Trouble};
use crate::session::Session;
use crate::web::error::Error;
use crate::web::files::{File, MAX_FILE};
use crate::web::visit::Visit;
use crate::web::{markup, pictures};

/// The most files of one post.
pub(super) const MOST: usize = 20;
/// The longest description, in characters.
const DESCRIPTION: usize = 500;

/// A file that is at the author's server already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Where everybody gets it.
    pub url: String,
    /// What kind of file it is.
    pub media_type: String,
    /// What is to be seen or read in it, in the author's words.
    pub words: String,
    /// Its picture, if it is one and pictures are shown.
    pub picture: Option<String>,
}

impl Attached {
    fn new(url: &str, media_type: &str, words: &str) -> Option<Self> {
        let target = markup::read_link(url).filter(|target| !target.is_ours)?;
        let is_web = target.original.starts_with("https://") || target.original.starts_with("http://");
        let picture =
            media_type.starts_with("image/").then(|| pictures::address(&target.original, Size::Small)).flatten();
        let words: String = words.trim().chars().filter(|c| !c.is_control()).take(DESCRIPTION).collect();
        let media_type = media_type.to_owned();
        is_web.then(|| Attached { url: target.original, media_type: kind(&media_type).to_owned(), words, picture })
    }

    /// What a form calls it, where it has no description.
    pub fn name(&self) -> String {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        let name = percent_encoding::percent_decode_str(last).decode_utf8_lossy().into_owned();
        markup::name(&name).unwrap_or_else(|| "file".to_owned())
    }

    /// As it stands in a post.
    pub fn link(&self) -> Link {
        let title = if self.words.is_empty() { self.name() } else { self.words.clone() };
        let (rel, href, media_type) = ("enclosure".to_owned(), self.url.clone(), Some(self.media_type.clone()));
        Link { rel, href, media_type, title: Some(title) }
    }
}

/// A media type, if it looks like one.
fn kind(named: &str) -> &str {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$&^_.+-".contains(c);
    let is_type = named.split_once('/').is_some_and(|(main, sub)| {
        !main.is_empty()
            && !sub.is_empty()
            && named.len() <= 100
            && main.chars().all(is_token)
            && sub.chars().all(is_token)
    });
    if is_type { named } else { "application/octet-stream" }
}

/// The files that a form names: each `file` with the `type` and the `alt` that follow it, unless `drop` does.
pub fn named(fields: &[(String, String)]) -> Vec<Attached> {
    let mut all: Vec<BTreeMap<&str, &str>> = Vec::new();
    for (name, value) in fields {
        match name.as_str() {
            "file" => all.push(BTreeMap::from([("file", value.as_str())])),
            "type" | "alt" | "drop" => {
                if let Some(last) = all.last_mut() {
                    last.insert(name, value);
                }
            }
            _ => {}
        }
    }
    let field = |one: &BTreeMap<&str, &str>, name: &str| one.get(name).copied().unwrap_or_default().to_owned();
    let kept = all.iter().filter(|one| !one.contains_key("drop"));
    kept.filter_map(|one| Attached::new(&field(one, "file"), &field(one, "type"), &field(one, "alt")))
        .take(MOST)
        .collect()
}

/// Puts a file at the author's server. Where a photo says where and with what it was taken, that is left out.
pub async fn put(visit: &Visit, file: File) -> Result<Attached, Error> {
    let cannot = |reason: Text| Error::Form(Text::new("attach-failed").with("file", &file.name).with("reason", reason));
    let largest = visit.session.largest_file().await.ok_or(Error::Form(Text::new("attach-none-taken")))?;
    if file.bytes.len() as u64 > largest {
        return Err(cannot(Text::new("attach-too-large-for-server").with("size", size(largest))));
    }
    let clean = {
        let bytes = file.bytes.clone();
        let clean = tokio::task::spawn_blocking(move || media::without_traces(bytes)).await;
        clean.unwrap_or_else(|_| media::Cleaned { bytes: file.bytes.clone(), media_type: None })
    };
    let media_type = clean.media_type.unwrap_or_else(|| kind(&file.media_type));
    let slot = visit.session.file_slot(&file.name, clean.bytes.len(), media_type).await?;
    let url = Url::parse(&slot.put).map_err(|_| cannot(Text::new("attach-no-place")))?;
    visit.state.client.put(&url, &slot.fields, media_type, clean.bytes).await.map_err(|trouble| {
        tracing::warn!(media.host = url.host_str(), reason = %trouble, "a file was not taken");
        cannot(match trouble {
            Trouble::TooLarge => Text::new("attach-too-large"),
            Trouble::Forbidden => Text::new("attach-unreachable"),
            Trouble::Busy => Text::new("attach-busy"),
            _ => Text::new("attach-not-taken"),
        })
    })?;
    Attached::new(&slot.get, media_type, "").ok_or_else(|| cannot(Text::new("attach-no-place")))
}

/// What a person may add, in words; `None` if the server takes no files.
pub async fn limit(session: &Session) -> Option<String> {
    let largest = session.largest_file().await?;
    Some(size(largest.min(MAX_FILE as u64)))
}

/// A number of bytes as people say it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_names_its_files() {
        let found = named(&fields(&[
            ("text", "x"),
            ("alt", "of nothing"),
            ("file", "https://files.example/a%20cat.png"),
            ("type", "image/png"),
            ("alt", " A cat\u{7} "),
            ("file", "https://files.example/b.ogg"),
            ("type", "not a type"),
            ("file", "https://files.example/c.png"),
            ("drop", "on"),
            ("file", "javascript:alert(1)"),
        ]));
        let [cat, song] = &found[..] else { panic!("{found:?}") };
        assert_eq!((cat.words.as_str(), cat.media_type.as_str()), ("A cat", "image/png"));
        assert_eq!((song.media_type.as_str(), song.name().as_str()), ("application/octet-stream", "b.ogg"));
        assert_eq!(song.link().title.as_deref(), Some("b.ogg"));
    }

    #[test]
    fn sizes_are_said_as_people_do() {
        assert_eq!([size(900), size(500_000), size(10_485_760)], ["1 kB", "500 kB", "10 MB"]);
    }
}
