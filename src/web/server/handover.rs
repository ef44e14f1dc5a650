//! A response that stays open leaves hyper once its head is written: hyper's two buffers of 8 kB would stand idle for
//! as long as somebody reads, and ten thousand readers are nothing unusual.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Buf;
use http_body_util::BodyExt;
use hyper::body::Frame;
use tokio::io::AsyncWriteExt;

use super::line::{Line, Patient};

/// What is written after the head.
pub(super) struct OpenStream {
    body: Body,
    /// Whether the head says that the body comes in chunks (RFC 9112 §7.1); else it ends with the connection.
    is_chunked: bool,
    /// Whether hyper has written the head and asked for the body.
    is_awaited: bool,
}

/// The body that hyper sees: it never comes, and tells that hyper waits for it.
struct Elsewhere(Arc<Line>);

impl hyper::body::Body for Elsewhere {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(next) = &mut *self.0.next.lock().unwrap_or_else(PoisonError::into_inner) {
            next.is_awaited = true;
        }
        // Nobody wakes hyper for it: it is dropped as soon as it has nothing else to do.
        Poll::Pending
    }
}

impl Line {
    /// Keeps a response's body for later; the connection ends with it.
    pub(super) fn hand_over(self: &Arc<Self>, mut response: Response, is_chunked: bool) -> Response {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        let (head, body) = response.into_parts();
        let stream = OpenStream { body, is_chunked, is_awaited: false };
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
        Response::from_parts(head, Body::new(Elsewhere(Arc::clone(self))))
    }

    /// The stream that takes over, if the head is on its way to the reader: hyper, which has just said that it waits,
    /// waits for the body and not for the reader.
    pub(super) fn take_over(&self) -> Option<OpenStream> {
        let is_held_up = self.is_held_up.load(Ordering::Relaxed);
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.take_if(|next| next.is_awaited && !is_held_up)
    }
}

impl OpenStream {
    /// Writes until the body or its reader ends.
    pub(super) async fn write(self, line: Arc<Line>) -> io::Result<()> {
        let mut out = Patient::new(Arc::clone(&line));
        let mut gone = pin!(line.gone());
        let mut body = self.body;
        loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                () = &mut gone => return Ok(()),
            };
            let Some(frame) = frame else { break };
            let Ok(data) = frame.map_err(io::Error::other)?.into_data() else { continue };
            if data.is_empty() {
                continue;
            }
            if self.is_chunked {
                let size = format!("{:x}\r\n", data.len());
                out.write_all_buf(&mut size.as_bytes().chain(data).chain(&b"\r\n"[..])).await?;
            } else {
                out.write_all(&data).await?;
            }
        }
        if self.is_chunked {
            out.write_all(b"0\r\n\r\n").await?;
        }
        out.shutdown().await
    }
}
