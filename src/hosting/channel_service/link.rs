//! The connection to the XMPP server, one for each of our addresses (XEP-0114 Jabber Component Protocol).

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use minidom::Element;
use ring::digest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::runner::Input;
use crate::hosting::stanza::{CLIENT, attribute};
use crate::xml::splitter::{Piece, Splitter};
use crate::xml::{CUT, Limits};

/// The default namespace of a component's stream.
const ACCEPT: &str = "jabber:component:accept";
/// The largest stanza that is taken.
const STANZA: usize = 512 * 1024;
/// Read at once.
const CHUNK: usize = 16 * 1024;
/// How long connecting and the handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long one write may take until the server counts as gone.
const WRITE: Duration = Duration::from_secs(30);
/// After so long without a word the server is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(25);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(25);
/// The first pause between two attempts to connect, and the longest.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Stanzas that are written in one go.
const BURST: usize = 64;

/// One connection.
#[derive(Debug, Clone)]
pub struct Link {
    /// Host and port of the server's component listener.
    pub server: String,
    /// Which of our addresses it is for.
    pub address: String,
    /// What the server knows us by.
    pub secret: String,
    /// Whether the service wants to know when it stands.
    pub is_main: bool,
}

/// Why a connection ended or did not come about.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("it did not answer in time")]
    Silence,
    #[error("it closed the connection")]
    Closed,
    #[error("it refuses the secret: channel_service.secret_file and the server's own configuration differ")]
    Secret,
    #[error("it does not know the component {0}: its configuration must name it")]
    Unknown(String),
    #[error("it says {0}")]
    Stream(String),
    #[error("what it sends is not XMPP")]
    NotXmpp,
    /// We are stopping.
    #[error("the service stops")]
    Stopping,
}

impl Link {
    /// Keeps the connection up until `shutdown`, then until everything that `outputs` holds is written. What is to be
    /// sent while there is no connection is dropped: its receivers look for themselves.
    pub async fn run(
        self,
        inputs: mpsc::Sender<Input>,
        mut outputs: mpsc::Receiver<String>,
        is_up: watch::Sender<bool>,
        shutdown: CancellationToken,
    ) {
        let mut pause = PAUSE;
        loop {
            let connection = tokio::select! {
                connection = timeout(HANDSHAKE, self.connect()) => connection.unwrap_or(Err(End::Silence)),
                () = drop_all(&mut outputs) => return,
                () = shutdown.cancelled() => return,
            };
            let end = match connection {
                Ok((reader, writer)) => {
                    tracing::info!(
                        component.jid = self.address,
                        server.address = self.server,
                        "the component is connected"
                    );
                    pause = PAUSE;
                    is_up.send_replace(true);
                    if self.is_main && inputs.send(Input::Connected).await.is_err() {
                        return;
                    }
                    let end = self.serve(reader, writer, &inputs, &mut outputs, &shutdown).await;
                    is_up.send_replace(false);
                    end
                }
                Err(end) => end,
            };
            if matches!(end, End::Stopping) {
                return;
            }
            tracing::warn!(
                component.jid = self.address,
                server.address = self.server,
                "no connection to the XMPP server: {end}; trying again"
            );
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = drop_all(&mut outputs) => return,
                () = shutdown.cancelled() => return,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn connect(&self) -> Result<(Reader, OwnedWriteHalf), End> {
        let socket = TcpStream::connect(&self.server).await?;
        let _ = socket.set_nodelay(true);
        let (read, mut writer) = socket.into_split();
        let mut reader = Reader::new(read);
        let mut header = format!("<?xml version='1.0'?><stream:stream xmlns='{ACCEPT}'");
        header.push_str(" xmlns:stream='http://etherx.jabber.org/streams'");
        attribute("to", &self.address, &mut header);
        header.push('>');
        writer.write_all(header.as_bytes()).await?;
        let id = match reader.next().await? {
            Piece::Open(header) => header.id.unwrap_or_default(),
            Piece::Stanza(bytes) => return Err(self.refusal(&bytes)),
            Piece::Close => return Err(End::Closed),
        };
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, format!("{id}{}", self.secret).as_bytes());
        let mut handshake = String::from("<handshake>");
        for byte in hash.as_ref() {
            write!(handshake, "{byte:02x}").expect("a string takes everything");
        }
        handshake.push_str("</handshake>");
        writer.write_all(handshake.as_bytes()).await?;
        match reader.next().await? {
            Piece::Stanza(bytes) if element(&bytes)?.name() == "handshake" => Ok((reader, writer)),
            Piece::Stanza(bytes) => Err(self.refusal(&bytes)),
            Piece::Open(_) | Piece::Close => Err(End::Closed),
        }
    }

    fn refusal(&self, bytes: &Bytes) -> End {
        let Ok(error) = element(bytes) else { return End::NotXmpp };
        match error.children().next().map(Element::name) {
            Some("not-authorized") => End::Secret,
            Some("host-unknown") => End::Unknown(self.address.clone()),
            Some(condition) => End::Stream(condition.to_owned()),
            None => End::NotXmpp,
        }
    }

    async fn serve(
        &self,
        mut reader: Reader,
        mut writer: OwnedWriteHalf,
        inputs: &mpsc::Sender<Input>,
        outputs: &mut mpsc::Receiver<String>,
        shutdown: &CancellationToken,
    ) -> End {
        let heard = watch::Sender::new(Instant::now());
        let reading = self.read_all(&mut reader, inputs, &heard);
        let writing = self.write_all(&mut writer, outputs, &heard);
        let end = tokio::select! {
            end = reading => end,
            end = writing => end,
            () = shutdown.cancelled() => End::Stopping,
        };
        if matches!(end, End::Stopping) {
            // The service ends once nobody gives it anything, and lets go of its side of the queue.
            let farewell = async {
                while let Some(text) = outputs.recv().await {
                    writer.write_all(text.as_bytes()).await?;
                }
                writer.write_all(b"</stream:stream>").await
            };
            let _ = timeout(HANDSHAKE, farewell).await;
        }
        end
    }

    /// Gives everything that the server says to the service; waits when the service is behind.
    async fn read_all(&self, reader: &mut Reader, inputs: &mpsc::Sender<Input>, heard: &watch::Sender<Instant>) -> End {
        loop {
            let bytes = match reader.next().await {
                Ok(Piece::Stanza(bytes)) => bytes,
                Ok(Piece::Open(_)) => return End::NotXmpp,
                Ok(Piece::Close) => return End::Closed,
                Err(end) => return end,
            };
            heard.send_replace(Instant::now());
            let (stanza, is_cut) = match read(&bytes) {
                Ok(read) => read,
                Err(end) => return end,
            };
            if stanza.name() == "error" {
                return self.refusal(&bytes);
            }
            if inputs.send(Input::Stanza(stanza, is_cut)).await.is_err() {
                return End::Stopping;
            }
        }
    }

    /// Writes what the service sends, and asks a silent server whether it is there.
    async fn write_all(
        &self,
        writer: &mut OwnedWriteHalf,
        outputs: &mut mpsc::Receiver<String>,
        heard: &watch::Sender<Instant>,
    ) -> End {
        let mut waiting = Vec::with_capacity(BURST);
        let mut asked_at: Option<Instant> = None;
        loop {
            let last = *heard.borrow();
            let asked = asked_at.filter(|asked| *asked > last);
            let until = asked.map_or(last + SILENCE, |asked| asked + PATIENCE);
            let count = tokio::select! {
                count = outputs.recv_many(&mut waiting, BURST) => count,
                () = tokio::time::sleep_until(until) => {
                    if *heard.borrow() > last {
                        continue;
                    }
                    if asked.is_some() {
                        return End::Silence;
                    }
                    asked_at = Some(Instant::now());
                    waiting.push(self.ping());
                    1
                }
            };
            if count == 0 {
                return End::Stopping;
            }
            let burst = waiting.drain(..).collect::<String>();
            match timeout(WRITE, writer.write_all(burst.as_bytes())).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error.into(),
                Err(_) => return End::Silence,
            }
        }
    }

    /// To ourselves, by way of the server: it is there if that comes back.
    fn ping(&self) -> String {
        let mut out = String::from("<iq type='get' id='keep'");
        attribute("from", &self.address, &mut out);
        attribute("to", &self.address, &mut out);
        out.push_str("><ping xmlns='urn:xmpp:ping'/></iq>");
        out
    }
}

/// Drops what is to be sent, until nobody sends any more.
async fn drop_all(outputs: &mut mpsc::Receiver<String>) {
    while outputs.recv().await.is_some() {}
}

struct Reader {
    socket: OwnedReadHalf,
    splitter: Splitter,
    chunk: Box<[u8]>,
    is_broken: bool,
}

impl Reader {
    fn new(socket: OwnedReadHalf) -> Self {
        let limits = Limits { stanza_bytes: STANZA, total_bytes: 2 * STANZA, ..Limits::default() };
        Reader { socket, splitter: Splitter::new(limits), chunk: vec![0; CHUNK].into(), is_broken: false }
    }

    async fn next(&mut self) -> Result<Piece, End> {
        loop {
            if let Some(piece) = self.splitter.next() {
                return Ok(piece);
            }
            if self.is_broken {
                return Err(End::NotXmpp);
            }
            let length = self.socket.read(&mut self.chunk).await?;
            if length == 0 {
                return Err(End::Closed);
            }
            self.is_broken = self.splitter.push(&self.chunk[..length]).is_err();
        }
    }
}

fn element(bytes: &Bytes) -> Result<Element, End> {
    Element::from_reader(&bytes[..]).map_err(|_| End::NotXmpp)
}

/// A stanza in the namespace of clients, and whether parts of it were cut out. What stands inside a stanza by default is
/// of the stream's namespace, which the first declaration of the written text names.
fn read(bytes: &Bytes) -> Result<(Element, bool), End> {
    let text = std::str::from_utf8(bytes).map_err(|_| End::NotXmpp)?;
    let stanza = element(&Bytes::from(text.replacen(ACCEPT, CLIENT, 1)))?;
    // The guard lets no such mark in from outside, so where one stands it is the guard's own.
    let is_cut = text.contains(CUT) && has_mark(&stanza);
    Ok((stanza, is_cut))
}

/// Whether the mark of something that was cut out stands anywhere in a stanza.
fn has_mark(stanza: &Element) -> bool {
    let mut waiting = vec![stanza];
    while let Some(element) = waiting.pop() {
        if element.is("cut", CUT) {
            return true;
        }
        waiting.extend(element.children());
    }
    false
}
