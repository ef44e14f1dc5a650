//! A client that speaks to the server itself: what is left of the figures when there is no manager between.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::session::{BIND, Over, auth};

/// A stream to a server.
pub struct Bare {
    stream: TcpStream,
    seen: Vec<u8>,
}

impl Bare {
    /// Signs the account with a number in.
    pub async fn sign_in(to: SocketAddr, domain: &str, number: usize) -> Result<Bare, Over> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let mut bare = Bare { stream, seen: Vec::new() };
        let header = format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='{domain}' version='1.0' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        );
        for (words, wanted) in [
            (header.as_str(), "</stream:features>"),
            (&auth(number), "<success"),
            (&header, "</stream:features>"),
            (BIND, "</iq>"),
            ("<presence/>", "<presence"),
        ] {
            bare.say(words).await?;
            bare.hear_until(wanted).await?;
        }
        Ok(bare)
    }

    pub async fn say(&mut self, payload: &str) -> Result<(), Over> {
        Ok(self.stream.write_all(payload.as_bytes()).await?)
    }

    /// The next messages. What is read stays read when this is given up in between.
    pub async fn hear(&mut self) -> Result<String, Over> {
        self.hear_until("</message>").await
    }

    /// Everything up to the last of these words.
    async fn hear_until(&mut self, wanted: &str) -> Result<String, Over> {
        loop {
            let found = self.seen.windows(wanted.len()).rposition(|bytes| bytes == wanted.as_bytes());
            if let Some(place) = found {
                let rest = self.seen.split_off(place + wanted.len());
                let heard = std::mem::replace(&mut self.seen, rest);
                return Ok(String::from_utf8_lossy(&heard).into_owned());
            }
            if self.stream.read_buf(&mut self.seen).await? == 0 {
                return Err(Over("the server closed the connection".to_owned()));
            }
        }
    }
}
