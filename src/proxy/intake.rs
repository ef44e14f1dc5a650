//! Bodies of requests as they arrive: bounded, unpacked, within what one network and all together may hold.

use std::io::Read;
use std::net::IpAddr;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::network::limiter::network_of;
use crate::network::shares::Shares;

/// How long a body may take to arrive.
const DEADLINE: Duration = Duration::from_secs(30);

/// What bodies that are arriving may hold, in bytes: together, and of one network.
const HELD: usize = 128 * 1024 * 1024;
const HELD_BY_NETWORK: usize = 16 * 1024 * 1024;

/// Why a body was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is larger than allowed, packed or unpacked, or there is no room for it now.
    TooLarge,
    /// It did not come whole, or is packed in a way that is not known.
    Broken,
}

/// Room for bodies, counted as they arrive: who promises a long one and sends nothing takes nothing.
#[derive(Debug, Default)]
pub struct Intake {
    all: Shares<()>,
    networks: Shares<IpAddr>,
}

impl Intake {
    /// Reads a body of at most `most` bytes.
    pub async fn read(&self, client: IpAddr, headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Refused> {
        let whole = self.collect(client, body, most).await?;
        match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes()) {
            None | Some(b"identity") => Ok(whole),
            Some(b"gzip" | b"x-gzip") => unpack(MultiGzDecoder::new(&whole[..]), most),
            Some(b"deflate") => unpack(ZlibDecoder::new(&whole[..]), most),
            Some(_) => Err(Refused::Broken),
        }
    }

    async fn collect(&self, client: IpAddr, mut body: Body, most: usize) -> Result<Bytes, Refused> {
        let deadline = Instant::now() + DEADLINE;
        let mut next = async || match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => Ok((frame.into_data().unwrap_or_default(), body.is_end_stream())),
            Ok(None) => Ok((Bytes::new(), true)),
            Ok(Some(Err(_))) | Err(_) => Err(Refused::Broken),
        };
        // Most bodies come in one piece, which is not copied.
        let (first, is_whole) = next().await?;
        if first.len() > most {
            return Err(Refused::TooLarge);
        }
        if is_whole {
            return Ok(first);
        }
        let mut all = self.all.take((), first.len(), HELD).ok_or(Refused::TooLarge)?;
        let share = self.networks.take(network_of(client), first.len(), HELD_BY_NETWORK);
        let mut share = share.ok_or(Refused::TooLarge)?;
        let mut whole = Vec::from(first);
        loop {
            let (chunk, is_whole) = next().await?;
            let fits = whole.len() + chunk.len() <= most
                && all.grow(chunk.len(), HELD)
                && share.grow(chunk.len(), HELD_BY_NETWORK);
            if !fits {
                return Err(Refused::TooLarge);
            }
            whole.extend_from_slice(&chunk);
            if is_whole {
                return Ok(whole.into());
            }
        }
    }
}

/// Unpacks at most `most` bytes; a small body that would become a huge one stops there.
fn unpack(packed: impl Read, most: usize) -> Result<Bytes, Refused> {
    let mut out = Vec::new();
    packed.take(most as u64 + 1).read_to_end(&mut out).map_err(|_| Refused::Broken)?;
    if out.len() > most { Err(Refused::TooLarge) } else { Ok(out.into()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::convert::Infallible;
    use std::io::Write;

    use axum::http::HeaderValue;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use futures::stream;

    use super::*;

    async fn read(encoding: Option<&'static str>, chunks: Vec<Vec<u8>>) -> Result<Bytes, Refused> {
        let mut headers = HeaderMap::new();
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        let body = Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, Infallible>)));
        Intake::default().read([127, 0, 0, 1].into(), &headers, body, 1000).await
    }

    #[tokio::test]
    async fn a_body_comes_in_pieces_and_packed() {
        assert_eq!(read(None, vec![b"one".to_vec(), b"two".to_vec()]).await, Ok("onetwo".into()));
        assert_eq!(read(None, vec![]).await, Ok(Bytes::new()));
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(b"one").unwrap();
        assert_eq!(read(Some("gzip"), vec![gzip.finish().unwrap()]).await, Ok("one".into()));
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"one").unwrap();
        assert_eq!(read(Some("deflate"), vec![zlib.finish().unwrap()]).await, Ok("one".into()));
        assert_eq!(read(Some("br"), vec![b"one".to_vec()]).await, Err(Refused::Broken));
        assert_eq!(read(Some("gzip"), vec![b"one".to_vec()]).await, Err(Refused::Broken));
    }

    #[tokio::test]
    async fn a_body_has_a_size_packed_and_unpacked() {
        assert_eq!(read(None, vec![vec![0; 1000]]).await.unwrap().len(), 1000);
        assert_eq!(read(None, vec![vec![0; 1001]]).await, Err(Refused::TooLarge));
        assert_eq!(read(None, vec![vec![0; 500]; 3]).await, Err(Refused::TooLarge));
        let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
        bomb.write_all(&vec![0; 100_000]).unwrap();
        assert_eq!(read(Some("gzip"), vec![bomb.finish().unwrap()]).await, Err(Refused::TooLarge));
    }
}
