//! Forms with files: the text becomes a form like any other, the files travel beside it.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures::{StreamExt, stream};
use multer::{Constraints, Multipart, SizeLimit};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::error::Error;
use super::forms::{Forms, MAX_FORM, Received};
use crate::language::Text;
use crate::network::shares::Share;

/// The largest file, in bytes.
pub const MAX_FILE: usize = 10 * 1024 * 1024;

/// The most files in one form, and their bytes together.
pub const MAX_FILES: usize = 10;
const MAX_ALL: usize = 24 * 1024 * 1024;

/// How many fields a form may have.
const MAX_FIELDS: usize = 200;

/// How long a form with files may take to arrive: 24 MiB over a slow line.
const DEADLINE: Duration = Duration::from_secs(600);

/// How much of a refused form is let come, in bytes, and how long.
const DRAINED: usize = 64 * 1024 * 1024;
const DRAIN: Duration = Duration::from_secs(20);

/// The body of a form, of which what is left can be read on by another.
type Source = Arc<tokio::sync::Mutex<BodyDataStream>>;

/// A file that came with a form.
#[derive(Debug, Clone)]
pub struct File {
    /// What it was called; at most 200 characters, without folders.
    pub name: String,
    /// What the browser takes it for. A claim.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// The files of a form; none where it had none.
#[derive(Debug, Clone, Default)]
pub struct Files(pub Vec<File>);

/// What the files of a form take of the room for all forms, until the last of them is gone.
type Room = Arc<Mutex<Option<(Share<IpAddr>, OwnedSemaphorePermit)>>>;

/// The files as they travel with a request, with the room that they take.
#[derive(Clone)]
struct Travelling(Files, #[expect(dead_code, reason = "held until the request is over")] Room);

impl<S: Sync> FromRequestParts<S> for Files {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Travelling>().map(|travelling| travelling.0.clone()).unwrap_or_default())
    }
}

/// The boundary of a form with files, if the body is one.
pub(super) fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(kind).ok()
}

/// Reads such a form. Its text is given as the form without files would have been; the files are put beside the request.
/// What fails on the way gives back the text that had come until then.
pub(super) async fn read(forms: &Forms, client: IpAddr, boundary: String, body: Body, parts: &mut Parts) -> Received {
    let mut text = Zeroizing::new(String::new());
    let mut files = Files::default();
    let room = Room::default();
    let source: Source = Arc::new(tokio::sync::Mutex::new(body.into_data_stream()));
    let reading = collect(forms, client, boundary, source.clone(), &mut text, &mut files, &room);
    let problem = match timeout_at(Instant::now() + DEADLINE, reading).await {
        Ok(read) => read.err(),
        Err(_) => Some(Error::Timeout),
    };
    if problem.is_some() {
        drain(&source).await;
    }
    if problem.is_none() && !files.0.is_empty() {
        parts.extensions.insert(Travelling(files, room));
    }
    let form = header::HeaderValue::from_static("application/x-www-form-urlencoded");
    parts.headers.insert(header::CONTENT_TYPE, form);
    parts.headers.remove(header::CONTENT_LENGTH);
    Received { bytes: Bytes::from_owner(Zeroizing::new(std::mem::take(&mut *text).into_bytes())), problem }
}

/// Lets the rest of a body come, and go: a browser that is still sending does not read why it was refused.
async fn drain(source: &Source) {
    let rest = async {
        let mut bytes = 0;
        while let Some(Ok(chunk)) = source.lock().await.next().await {
            bytes += chunk.len();
            if bytes > DRAINED {
                return;
            }
        }
    };
    let _ = timeout_at(Instant::now() + DRAIN, rest).await;
}

async fn collect(
    forms: &Forms,
    client: IpAddr,
    boundary: String,
    source: Source,
    text: &mut Zeroizing<String>,
    files: &mut Files,
    room: &Room,
) -> Result<(), Error> {
    let limits = SizeLimit::new().whole_stream((MAX_ALL + MAX_FORM) as u64).per_field(MAX_FILE as u64);
    let constraints = Constraints::new().size_limit(limits);
    let chunks = stream::unfold(source, async |source| {
        let chunk = source.lock().await.next().await?;
        Some((chunk, source))
    });
    let mut form = Multipart::with_constraints(chunks, boundary, constraints);
    let mut held = forms.room_for_files(client)?;
    for _ in 0..MAX_FIELDS {
        let Some(mut field) = form.next_field().await.map_err(|error| explain(&error))? else {
            *room.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
            return Ok(());
        };
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(file_name);
        let media_type = field.content_type().map(|kind| kind.essence_str().to_owned());
        let mut bytes = Zeroizing::new(Vec::new());
        while let Some(chunk) = field.chunk().await.map_err(|error| explain(&error))? {
            forms.grow(&mut held, chunk.len())?;
            bytes.extend_from_slice(&chunk);
            if file.is_none() && text.len() + bytes.len() > MAX_FORM {
                return Err(Error::TooLarge);
            }
        }
        match file {
            // An empty field for files sends one without name and content.
            Some(_) if bytes.is_empty() => {}
            Some(_) if files.0.len() >= MAX_FILES => {
                return Err(Error::Form(Text::new("files-too-many").with("most", MAX_FILES)));
            }
            Some(name) => {
                let media_type = media_type.unwrap_or_else(|| "application/octet-stream".to_owned());
                files.0.push(File { name, media_type, bytes: Bytes::from(std::mem::take(&mut *bytes)) });
            }
            None => {
                let value = String::from_utf8_lossy(&bytes);
                let start = text.len();
                let pair = Serializer::new(String::new()).append_pair(&name, &value).finish();
                if start > 0 {
                    text.push('&');
                }
                text.push_str(&pair);
            }
        }
    }
    Err(Error::TooLarge)
}

/// The name of a file without folders and what does not show.
fn file_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    if name.trim_matches('.').trim().is_empty() { "file".to_owned() } else { name }
}

fn explain(error: &multer::Error) -> Error {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            let megabytes = MAX_FILE / 1024 / 1024;
            Error::Form(Text::new("files-too-large").with("each", megabytes).with("all", MAX_ALL / 1024 / 1024))
        }
        _ => Error::Form(Text::new("error-not-whole")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::web::csrf;

    const HERE: [u8; 4] = [198, 51, 100, 7];

    async fn received(body: &str) -> (Received, Vec<File>, HeaderMap) {
        let request = axum::http::Request::post("/").header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let boundary = boundary(&parts.headers).unwrap();
        let body = Body::from(body.replace('\n', "\r\n"));
        let received = read(&Forms::new(), HERE.into(), boundary, body, &mut parts).await;
        let files = Files::from_request_parts(&mut parts, &()).await.unwrap();
        (received, files.0, parts.headers)
    }

    fn field(name: &str, value: &str) -> String {
        format!("--x\nContent-Disposition: form-data; name=\"{name}\"\n\n{value}\n")
    }

    fn file(name: &str, value: &str) -> String {
        format!(
            "--x\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\nContent-Type: image/png\n\n{value}\n"
        )
    }

    #[tokio::test]
    async fn text_and_files_part() {
        let body = [field("text", "a & b=ü"), file("../cat.png", "bytes"), file("", ""), field("id", "7")].concat();
        let (received, files, headers) = received(&format!("{body}--x--\n")).await;
        assert_eq!(received.problem, None);
        assert_eq!(csrf::field(&received.bytes, "text").as_deref(), Some("a & b=ü"));
        assert_eq!(csrf::field(&received.bytes, "id").as_deref(), Some("7"));
        assert!(csrf::is_form(&headers));
        let [cat] = &files[..] else { panic!("{files:?}") };
        assert_eq!(
            (cat.name.as_str(), cat.media_type.as_str(), &cat.bytes[..]),
            ("cat.png", "image/png", &b"bytes"[..])
        );
    }

    #[tokio::test]
    async fn what_does_not_fit_gives_the_text_back() {
        let large = "x".repeat(MAX_FILE + 1);
        let body = [field("text", "Hello"), file("a.png", &large)].concat();
        let (received, files, _) = received(&format!("{body}--x--\n")).await;
        assert!(matches!(received.problem, Some(Error::Form(_))) && files.is_empty());
        assert_eq!(csrf::field(&received.bytes, "text").as_deref(), Some("Hello"));
        let many: String = (0..=MAX_FILES).map(|_| file("a.png", "x")).collect();
        let (received, ..) = self::received(&format!("{}{many}--x--\n", field("text", "Hello"))).await;
        assert!(received.problem.is_some());
        let (received, ..) = self::received(&field("text", "Hello")).await;
        assert!(received.problem.is_some(), "the end is missing");
    }
}
