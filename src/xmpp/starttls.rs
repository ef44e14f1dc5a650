//! STARTTLS (RFC 6120 §5) by hand on the bare socket, so that not one byte before TLS is believed after it.

use std::io;

use rxml::{Event, Parse, Parser};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::connect::ConnectError;

/// The most bytes a server may send before TLS: a header and a handful of features.
const MOST_BYTES: usize = 16 * 1024;

const STREAMS: &str = "http://etherx.jabber.org/streams";
const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";

/// Opens a stream, asks for TLS and returns when the handshake may begin.
///
/// There is no fallback: a server that does not offer STARTTLS is [`ConnectError::Unencrypted`], and the features it
/// lists here are not looked at otherwise. What somebody on the way put behind `<proceed/>` would be read as if it
/// had come over TLS (CVE-2011-0411), so that anything behind it ends the attempt.
pub async fn negotiate<Io>(io: &mut Io, domain: &str) -> Result<(), ConnectError>
where
    Io: AsyncRead + AsyncWrite + Unpin,
{
    let mut to = String::new();
    crate::xml::writer::escape_attribute(domain, &mut to);
    let header = format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{STREAMS}' version='1.0' to='{to}'>"
    );
    send(io, header.as_bytes()).await?;
    let mut reader = Reader::new();
    let mut depth = 0;
    let mut offered = false;
    loop {
        match reader.next(io).await? {
            Event::XmlDeclaration(..) | Event::Text(..) => {}
            Event::StartElement(_, (namespace, name), _) => {
                match depth {
                    0 if namespace == STREAMS && name == "stream" => {}
                    1 if namespace == STREAMS && name == "features" => {}
                    1 if namespace == STREAMS && name == "error" => return Err(ConnectError::Unreachable),
                    0 | 1 => return Err(ConnectError::Protocol),
                    2 => offered |= namespace == TLS && name == "starttls",
                    _ => {}
                }
                depth += 1;
            }
            Event::EndElement(_) => {
                depth -= 1;
                if depth == 1 {
                    break;
                }
                if depth == 0 {
                    return Err(ConnectError::Protocol);
                }
            }
        }
    }
    if !offered {
        tracing::warn!(xmpp.domain = domain, "The server offers no STARTTLS; nothing was sent to it.");
        return Err(ConnectError::Unencrypted);
    }
    send(io, format!("<starttls xmlns='{TLS}'/>").as_bytes()).await?;
    loop {
        match reader.next(io).await? {
            Event::Text(..) => {}
            Event::StartElement(_, (namespace, name), _) if namespace == TLS && name == "proceed" => break,
            Event::StartElement(_, (namespace, name), _) if namespace == TLS && name == "failure" => {
                return Err(ConnectError::Unencrypted);
            }
            _ => return Err(ConnectError::Protocol),
        }
    }
    match reader.next(io).await? {
        Event::EndElement(_) if reader.is_empty() => Ok(()),
        _ => {
            tracing::warn!(xmpp.domain = domain, "Something was sent between <proceed/> and the TLS handshake.");
            Err(ConnectError::Protocol)
        }
    }
}

async fn send<Io: AsyncWrite + Unpin>(io: &mut Io, bytes: &[u8]) -> Result<(), ConnectError> {
    io.write_all(bytes).await.map_err(|error| ConnectError::from_io(&error))?;
    io.flush().await.map_err(|error| ConnectError::from_io(&error))
}

/// Events of the stream, as they come, of at most [`MOST_BYTES`]. No tree is built.
struct Reader {
    parser: Parser,
    buffer: Vec<u8>,
    read: usize,
    total: usize,
}

impl Reader {
    fn new() -> Self {
        Reader { parser: Parser::new(), buffer: Vec::new(), read: 0, total: 0 }
    }

    /// Whether every byte that came was needed for the events that were given out.
    fn is_empty(&self) -> bool {
        self.read == self.buffer.len()
    }

    async fn next<Io: AsyncRead + Unpin>(&mut self, io: &mut Io) -> Result<Event, ConnectError> {
        loop {
            let mut rest = &self.buffer[self.read..];
            let before = rest.len();
            let event = self.parser.parse(&mut rest, false);
            self.read += before - rest.len();
            match event {
                Ok(Some(event)) => return Ok(event),
                Ok(None) => return Err(ConnectError::Protocol),
                Err(rxml::error::EndOrError::NeedMoreData) => {}
                Err(rxml::error::EndOrError::Error(_)) => return Err(ConnectError::Protocol),
            }
            self.buffer.clear();
            self.read = 0;
            let mut chunk = [0; 1024];
            let count = io.read(&mut chunk).await.map_err(|error| ConnectError::from_io(&error))?;
            if count == 0 {
                return Err(ConnectError::from_io(&io::ErrorKind::UnexpectedEof.into()));
            }
            self.total += count;
            if self.total > MOST_BYTES {
                return Err(ConnectError::Protocol);
            }
            self.buffer.extend(&chunk[..count]);
        }
    }
}
