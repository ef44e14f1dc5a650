//! One client connection, from accept to good-bye.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use minidom::Element;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::command::{Command, Ending, Source};
use super::negotiation::{MANAGEMENT, Negotiation};
use super::session::{Inlet, Out};
use super::stream::{End, Incoming, Intact, Reader, WRITE, Writer, error};
use super::{Shared, registration};
use crate::hosting::stanza::{CLIENT, StanzaError};

/// How long signing in may take altogether.
const NEGOTIATION: Duration = Duration::from_secs(30);
/// How long the last words may take.
const FAREWELL: Duration = Duration::from_millis(500);
/// Written in one go.
const BURST: usize = 64;

/// Serves one connection until it ends; a session that may be resumed is waited for in a task of its own.
pub(super) async fn serve(
    socket: TcpStream,
    connection: u64,
    shared: Arc<Shared>,
    shutdown: CancellationToken,
    slot: OwnedSemaphorePermit,
    tasks: TaskTracker,
) {
    let _ = socket.set_nodelay(true);
    let (read, write) = socket.into_split();
    let mut negotiation = Negotiation {
        reader: Reader::new(read),
        writer: Writer::new(write),
        shared: shared.clone(),
        connection,
        domain: None,
    };
    let bound = tokio::select! {
        bound = tokio::time::timeout(NEGOTIATION, negotiation.run()) => {
            bound.unwrap_or(Err(End::Error("connection-timeout", None)))
        }
        () = shutdown.cancelled() => Err(End::Error("system-shutdown", None)),
    };
    let Negotiation { mut reader, writer, domain, .. } = negotiation;
    let domain = domain.unwrap_or_else(|| shared.names.domain.clone());
    let (source, outlet, inlet) = match bound {
        Ok(bound) => bound,
        Err(end) => {
            tracing::debug!(connection, end = ?end, "a client did not get a session");
            let _ = tokio::time::timeout(FAREWELL, writer.close(&end, &domain)).await;
            return;
        }
    };
    let mut writing = tokio::spawn(write_all(writer.socket, inlet, outlet.stop.clone()));
    let end = tokio::select! {
        end = read_all(&mut reader, source, &shared) => end,
        () = outlet.stop.cancelled() => End::Lost,
        () = shutdown.cancelled() => End::Error("system-shutdown", None),
    };
    tracing::debug!(connection, end = ?end, "a client's connection ends");
    if !outlet.stop.is_cancelled() {
        let last = match &end {
            End::Lost => None,
            End::Closed => Some("</stream:stream>".to_owned()),
            End::Error(condition, words) => Some(error(condition, *words) + "</stream:stream>"),
        };
        if let Some(last) = last {
            outlet.push(Out::Close(last.into()));
            let _ = tokio::time::timeout(FAREWELL, &mut writing).await;
        }
    }
    writing.abort();
    drop((reader, slot));
    let ending = if end == End::Lost { Ending::Lost } else { Ending::Closed };
    let _ = shared.commands.send(Command::Gone { from: source, ending }).await;
    if ending == Ending::Lost {
        tasks.spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(shared.limits.resume) => {}
                () = shutdown.cancelled() => {}
            }
            let _ = shared.commands.send(Command::Expire { from: source }).await;
        });
    }
}

/// Hands everything the client says to the router.
async fn read_all(reader: &mut Reader, source: Source, shared: &Shared) -> End {
    loop {
        let (element, intact) = match reader.next().await {
            Ok(Incoming::Element(element, intact)) => (element, intact),
            Ok(Incoming::Open(_)) => return End::Error("bad-format", None),
            Err(end) => return end,
        };
        let command = if element.ns() == MANAGEMENT {
            Command::Management { from: source, element }
        } else if element.ns() != CLIENT || !matches!(element.name(), "iq" | "message" | "presence") {
            return End::Error("unsupported-stanza-type", None);
        } else {
            stanza(source, element, intact, shared).await
        };
        if shared.commands.send(command).await.is_err() {
            return End::Error("internal-server-error", None);
        }
    }
}

async fn stanza(from: Source, stanza: Element, intact: Intact, shared: &Shared) -> Command {
    if intact == Intact::Cut {
        let error = StanzaError::new("policy-violation").text("A part of the stanza is beyond what is taken here.");
        return Command::Refused { from, stanza, error };
    }
    let keys = registration::new_keys(&stanza, shared).await;
    Command::Stanza { from, stanza, keys }
}

/// Writes the queue until it says to close, or the client no longer reads.
pub(super) async fn write_all(mut socket: OwnedWriteHalf, mut inlet: Inlet, stop: CancellationToken) {
    let mut waiting = Vec::with_capacity(BURST);
    while inlet.receiver.recv_many(&mut waiting, BURST).await > 0 {
        let mut burst = BytesMut::new();
        let mut is_last = false;
        for out in waiting.drain(..) {
            let (Out::Send(bytes) | Out::Close(bytes)) = &out;
            burst.extend_from_slice(bytes);
            if matches!(out, Out::Close(_)) {
                is_last = true;
                break;
            }
        }
        let written = tokio::time::timeout(WRITE, socket.write_all(&burst)).await;
        inlet.written(burst.len());
        if is_last || !matches!(written, Ok(Ok(()))) {
            break;
        }
    }
    let _ = socket.shutdown().await;
    stop.cancel();
}
