//! HTTP File Upload (XEP-0363): a place for the files that people add to their posts.
//!
//! A file lies in a folder under a name that nobody can guess. Whoever has its address may read it, as everywhere.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router as Web;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path as UrlPath, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use minidom::Element;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::accounts::{equal, fresh};
use super::query::Answer;
use crate::hosting::pubsub::Caller;
use crate::hosting::stanza::{StanzaError, attribute};

/// The namespace.
pub(super) const UPLOAD: &str = "urn:xmpp:http:upload:0";
/// Bytes of one file.
const FILE: usize = 10 * 1024 * 1024;
/// Bytes of all files together.
const ALL: u64 = 1024 * 1024 * 1024;
/// Slots that wait for their file, and how long they do.
const SLOTS: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(300);
/// Bytes of a file's name.
const NAME: usize = 200;

/// The files of a server.
pub struct Files {
    /// Before the path of every file.
    base: String,
    folder: PathBuf,
    slots: Mutex<HashMap<String, Slot>>,
}

/// Room for one file.
struct Slot {
    size: usize,
    secret: String,
    until: Instant,
}

impl Files {
    /// Files in a folder, made if it is not there. `base` is how their addresses begin, without a slash at the end.
    pub fn new(folder: &Path, base: String) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Files { base, folder: folder.to_owned(), slots: Mutex::default() })
    }

    /// What the service says about itself.
    pub(super) fn info() -> String {
        format!(
            "<identity category='store' type='file' name='Files'/><feature var='{UPLOAD}'/>\
             <feature var='http://jabber.org/protocol/disco#info'/><x xmlns='jabber:x:data' type='result'>\
             <field var='FORM_TYPE' type='hidden'><value>{UPLOAD}</value></field>\
             <field var='max-file-size'><value>{FILE}</value></field></x>"
        )
    }

    /// A slot for a file (§4).
    pub(super) fn slot(&self, caller: &Caller, request: &Element) -> Answer {
        if caller.is_guest {
            return StanzaError::new("forbidden").into();
        }
        let size = request.attr("size").and_then(|size| size.parse::<usize>().ok()).filter(|size| *size > 0);
        let (Some(name), Some(size)) = (request.attr("filename"), size) else {
            return StanzaError::new("bad-request").into();
        };
        if size > FILE {
            return StanzaError::new("not-acceptable").text(format!("A file may have {FILE} bytes.")).into();
        }
        if name.is_empty() || name.len() > NAME || name.contains(['/', '\\']) || name.chars().any(char::is_control) {
            return StanzaError::new("bad-request").text("This name cannot be used.").into();
        }
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|_, slot| slot.until > Instant::now());
        if slots.len() >= SLOTS || self.taken() > ALL {
            return StanzaError::new("resource-constraint").into();
        }
        let (token, secret) = (fresh(), fresh());
        let url = format!(
            "{}/{token}/{}",
            self.base,
            percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC)
        );
        let mut out = format!("<slot xmlns='{UPLOAD}'><put");
        attribute("url", &url, &mut out);
        out.push_str(&format!("><header name='Authorization'>Bearer {secret}</header></put><get"));
        attribute("url", &url, &mut out);
        out.push_str("/></slot>");
        slots.insert(token, Slot { size, secret, until: Instant::now() + PATIENCE });
        Answer::Result(out)
    }

    fn taken(&self) -> u64 {
        let files = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
    }

    /// Where a file lies; only names of our own making.
    fn path(&self, token: &str) -> Option<PathBuf> {
        let is_ours = token.len() == 24 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_ours.then(|| self.folder.join(token))
    }
}

/// Serves files until `shutdown`.
pub(super) async fn serve(files: Arc<Files>, listener: TcpListener, shutdown: CancellationToken) {
    let web =
        Web::new().route("/{token}/{name}", get(give).put(take)).layer(DefaultBodyLimit::max(FILE)).with_state(files);
    let stop = async move { shutdown.cancelled().await };
    if let Err(error) = axum::serve(listener, web).with_graceful_shutdown(stop).await {
        tracing::warn!(%error, "the home server's files are not served any more");
    }
}

async fn take(
    State(files): State<Arc<Files>>,
    UrlPath((token, _)): UrlPath<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let path = {
        let mut slots = files.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = slots.get(&token) else { return StatusCode::FORBIDDEN };
        let proof = headers.get(header::AUTHORIZATION).map(|proof| proof.as_bytes()).unwrap_or_default();
        if !equal(proof, format!("Bearer {}", slot.secret).as_bytes()) || slot.until <= Instant::now() {
            return StatusCode::FORBIDDEN;
        }
        if body.len() != slot.size {
            return StatusCode::PAYLOAD_TOO_LARGE;
        }
        slots.remove(&token);
        files.path(&token)
    };
    let Some(path) = path else { return StatusCode::FORBIDDEN };
    match tokio::fs::write(&path, &body).await {
        Ok(()) => StatusCode::CREATED,
        Err(error) => {
            tracing::warn!(%error, "a file could not be kept");
            StatusCode::INSUFFICIENT_STORAGE
        }
    }
}

/// A file: as a picture if it is one, else to be saved. Nothing in it may run.
async fn give(State(files): State<Arc<Files>>, UrlPath((token, _)): UrlPath<(String, String)>) -> Response {
    let Some(path) = files.path(&token) else { return StatusCode::NOT_FOUND.into_response() };
    let Ok(bytes) = tokio::fs::read(&path).await else { return StatusCode::NOT_FOUND.into_response() };
    let kind = match bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    };
    let place = if kind.is_some() { "inline" } else { "attachment" };
    let fields = [
        (header::CONTENT_TYPE, kind.unwrap_or("application/octet-stream")),
        (header::CONTENT_DISPOSITION, place),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (fields, Body::from(bytes)).into_response()
}
