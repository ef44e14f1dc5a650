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

use super::door::Client;
use crate::network::limiter::network_of;
use crate::network::shares::{Share, Shares};

/// How long a body may take to arrive.
const DEADLINE: Duration = Duration::from_secs(30);

/// What bodies that are arriving may hold, in bytes: together, and of one network.
const HELD: usize = 128 * 1024 * 1024;
const HELD_BY_NETWORK: usize = 16 * 1024 * 1024;

/// Of a body that is too large, so many times of what is allowed are read before the connection is closed.
const DRAINED_TIMES: usize = 8;

/// Why a body was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is larger than allowed, packed or unpacked.
    TooLarge,
    /// There is no room for it now.
    NoRoom,
    /// It did not come whole, or is packed in a way that is not known.
    Broken,
}

/// What a body takes of the room, until nobody needs it any more.
#[derive(Debug)]
pub struct Room {
    all: Share<()>,
    /// `None` for who is exempt.
    network: Option<Share<IpAddr>>,
}

impl Room {
    fn grow(&mut self, more: usize) -> Result<(), Refused> {
        let fits = self.all.grow(more, HELD)
            && self.network.as_mut().is_none_or(|network| network.grow(more, HELD_BY_NETWORK));
        if fits { Ok(()) } else { Err(Refused::NoRoom) }
    }
}

/// Room for bodies, counted as they arrive: who promises a long one and sends nothing takes nothing.
#[derive(Debug, Default)]
pub struct Intake {
    all: Shares<()>,
    networks: Shares<IpAddr>,
}

impl Intake {
    /// Reads a body of at most `most` bytes. It takes room until the value beside it is dropped.
    pub async fn read(
        &self,
        client: Client,
        headers: &HeaderMap,
        mut body: Body,
        most: usize,
    ) -> Result<(Bytes, Room), Refused> {
        let all = self.all.take((), 0, HELD).ok_or(Refused::NoRoom)?;
        let network = if client.is_exempt {
            None
        } else {
            Some(self.networks.take(network_of(client.address), 0, HELD_BY_NETWORK).ok_or(Refused::NoRoom)?)
        };
        let mut room = Room { all, network };
        let whole = match collect(&mut room, &mut body, most).await {
            Err(refused @ (Refused::TooLarge | Refused::NoRoom)) => {
                drain(body, DRAINED_TIMES * most).await;
                return Err(refused);
            }
            whole => whole?,
        };
        // Names of codings have no case (RFC 9110 §8.4.1).
        let coding = headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase());
        let unpacked = match coding.as_deref() {
            None | Some(b"identity") => return Ok((whole, room)),
            Some(b"gzip" | b"x-gzip") => unpack(MultiGzDecoder::new(&whole[..]), most)?,
            Some(b"deflate") => unpack(ZlibDecoder::new(&whole[..]), most)?,
            Some(_) => return Err(Refused::Broken),
        };
        room.grow(unpacked.len().saturating_sub(whole.len()))?;
        Ok((unpacked, room))
    }
}

async fn collect(room: &mut Room, body: &mut Body, most: usize) -> Result<Bytes, Refused> {
    let deadline = Instant::now() + DEADLINE;
    // Most bodies come in one piece, which is not copied.
    let (first, mut is_whole) = next(body, deadline).await?;
    if first.len() > most {
        return Err(Refused::TooLarge);
    }
    room.grow(first.len())?;
    if is_whole {
        return Ok(first);
    }
    let mut whole = Vec::from(first);
    while !is_whole {
        let (chunk, is_last) = next(body, deadline).await?;
        if whole.len() + chunk.len() > most {
            return Err(Refused::TooLarge);
        }
        room.grow(chunk.len())?;
        whole.extend_from_slice(&chunk);
        is_whole = is_last;
    }
    Ok(whole.into())
}

/// The next piece, and whether it is the last.
async fn next(body: &mut Body, deadline: Instant) -> Result<(Bytes, bool), Refused> {
    match timeout_at(deadline, body.frame()).await {
        Ok(Some(Ok(frame))) => Ok((frame.into_data().unwrap_or_default(), body.is_end_stream())),
        Ok(None) => Ok((Bytes::new(), true)),
        Ok(Some(Err(_))) | Err(_) => Err(Refused::Broken),
    }
}

/// Reads on and keeps nothing: a proxy between us and the client would take an early end for a fault of ours.
async fn drain(mut body: Body, most: usize) {
    let deadline = Instant::now() + DEADLINE;
    let mut left = most;
    while let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await
        && let Some(rest) = left.checked_sub(frame.into_data().map_or(0, |data| data.len()))
    {
        left = rest;
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

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn client(is_exempt: bool) -> Client {
        Client { address: HERE, is_secure: false, is_exempt }
    }

    async fn read(encoding: Option<&'static str>, chunks: Vec<Vec<u8>>) -> Result<Bytes, Refused> {
        let mut headers = HeaderMap::new();
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        let body = Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, Infallible>)));
        let intake = Intake::default();
        let read = intake.read(client(false), &headers, body, 1000).await;
        read.map(|(bytes, _)| bytes)
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
        let mut again = GzEncoder::new(Vec::new(), Compression::fast());
        again.write_all(b"one").unwrap();
        assert_eq!(read(Some("GZip"), vec![again.finish().unwrap()]).await, Ok("one".into()));
        assert_eq!(read(Some("deflate"), vec![zlib.finish().unwrap()]).await, Ok("one".into()));
        assert_eq!(read(Some("br"), vec![b"one".to_vec()]).await, Err(Refused::Broken));
        assert_eq!(read(Some("gzip"), vec![b"one".to_vec()]).await, Err(Refused::Broken));
    }

    #[tokio::test]
    async fn a_body_takes_room_as_long_as_it_is_needed() {
        let intake = Intake::default();
        let read =
            async |is_exempt| intake.read(client(is_exempt), &HeaderMap::new(), Body::from(vec![0; 1000]), 1000).await;
        let (_, room) = read(false).await.unwrap();
        assert!(intake.networks.take(HERE, HELD_BY_NETWORK - 999, HELD_BY_NETWORK).is_none());
        let rest = intake.networks.take(HERE, HELD_BY_NETWORK - 1000, HELD_BY_NETWORK).unwrap();
        assert!(matches!(read(false).await, Err(Refused::NoRoom)));
        assert!(read(true).await.is_ok(), "an office behind one address is many clients");
        drop((room, rest));
        assert!(intake.networks.take(HERE, HELD_BY_NETWORK, HELD_BY_NETWORK).is_some());
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
