//! One raw stream to a server, for a client behind us (RFC 6120 §4). Everything that comes from the server passes the
//! guard; what goes there was written anew before.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::xml::relay::{FromServer, Relay};
use crate::xml::{Limits, STREAMS, Violation, writer};
use crate::xmpp::connect::{Carrier, ConnectError, Connector};

/// Bytes read at once; on the stack, so that an idle stream holds no buffer.
const READ_BYTES: usize = 4096;

/// What a client says about the stream that it wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The server's domain.
    pub to: String,
    /// Who connects, if the client says so.
    pub from: Option<String>,
    /// The language of what people will read.
    pub lang: Option<String>,
    /// The version of XMPP. Anything that is no version is 1.0, without which some servers offer nothing.
    pub version: Option<String>,
}

impl Header {
    fn write(&self, out: &mut BytesMut) {
        let mut text = String::with_capacity(256);
        text.push_str("<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='");
        text.push_str(STREAMS);
        text.push('\'');
        let is_version = |text: &&str| {
            text.len() <= 9 && text.split_once('.').is_some_and(|(major, minor)| is_number(major) && is_number(minor))
        };
        let version = self.version.as_deref().filter(is_version).unwrap_or("1.0");
        // Some servers end the stream over an address that is none.
        let from = self.from.as_deref().filter(|from| from.parse::<jid::Jid>().is_ok());
        for (name, value) in
            [("to", Some(&*self.to)), ("version", Some(version)), ("xml:lang", self.lang.as_deref()), ("from", from)]
        {
            if let Some(value) = value {
                text.push(' ');
                text.push_str(name);
                text.push_str("='");
                writer::escape_attribute(value, &mut text);
                text.push('\'');
            }
        }
        text.push('>');
        out.extend_from_slice(text.as_bytes());
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A stream that is open.
pub struct Upstream {
    io: Box<dyn Carrier>,
    relay: Relay,
    out: BytesMut,
    is_flushed: bool,
    failed: Option<Violation>,
    /// Nothing more can be sent; what the server said before it closed can still be read.
    broken: Option<io::Error>,
}

impl Upstream {
    /// Connects and opens the stream; the server's answer comes by [`Upstream::poll`].
    pub async fn connect(connector: Connector, header: Header, limits: Limits) -> Result<Box<Upstream>, ConnectError> {
        let io = connector.carrier(&header.to).await?;
        let mut upstream = Upstream {
            io,
            relay: Relay::new(limits),
            out: BytesMut::new(),
            is_flushed: true,
            failed: None,
            broken: None,
        };
        upstream.open(&header);
        Ok(Box::new(upstream))
    }

    /// Opens the stream, the first time or anew (RFC 6120 §6.4.6).
    pub fn open(&mut self, header: &Header) {
        self.relay.restart();
        header.write(&mut self.out);
    }

    /// Sends something whole; it goes out with the next [`Upstream::poll`].
    pub fn send(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Bytes that the server has not taken yet.
    pub fn unsent_bytes(&self) -> usize {
        self.out.len()
    }

    /// Writes what is to be sent and, unless the client has enough to read, gives the next thing from the server; `None`
    /// when the connection is closed.
    pub fn poll(&mut self, cx: &mut Context<'_>, may_read: bool) -> Poll<io::Result<Option<FromServer>>> {
        if self.broken.is_none()
            && let Poll::Ready(Err(error)) = self.poll_send(cx)
        {
            self.out = BytesMut::new();
            self.broken = Some(error);
        }
        if !may_read {
            return Poll::Pending;
        }
        loop {
            if let Some(thing) = self.relay.next() {
                return Poll::Ready(Ok(Some(thing)));
            }
            if let Some(violation) = self.failed {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, violation)));
            }
            let mut space = [const { MaybeUninit::uninit() }; READ_BYTES];
            let mut buffer = ReadBuf::uninit(&mut space);
            let read = ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(match (self.broken.take(), read) {
                    (Some(error), _) | (None, Err(error)) => Err(error),
                    (None, Ok(())) => Ok(None),
                });
            }
            // What came before a violation is still good.
            self.failed = self.relay.push(buffer.filled()).err();
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, &self.out))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.out.advance(written);
            self.is_flushed = false;
            if self.out.is_empty() {
                self.out = BytesMut::new();
            }
        }
        if !self.is_flushed {
            ready!(Pin::new(&mut self.io).poll_flush(cx))?;
            self.is_flushed = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Ends the stream in order: the server sees the client go.
    pub async fn close(mut self) -> io::Result<()> {
        self.out.extend_from_slice(b"</stream:stream>");
        self.io.write_all(&self.out).await?;
        self.io.shutdown().await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_header_cannot_be_broken() {
        let mut out = BytesMut::new();
        let header = Header {
            to: "b.c'><evil/>".into(),
            from: Some("no address '".into()),
            lang: Some("e&n".into()),
            version: Some("1.0' x='".into()),
        };
        header.write(&mut out);
        let text = String::from_utf8(out.to_vec()).unwrap();
        assert!(text.ends_with(" to='b.c&apos;&gt;&lt;evil/&gt;' version='1.0' xml:lang='e&amp;n'>"), "{text}");
        out.clear();
        Header { to: "b.c".into(), from: Some("a@b.c".into()), version: Some("1.1".into()), lang: None }
            .write(&mut out);
        assert!(out.ends_with(b" to='b.c' version='1.1' from='a@b.c'>"));
    }
}
