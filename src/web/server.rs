//! Connections: the accept loop, its ceilings and deadlines, and how it stops.

use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use axum::response::Response;
use futures::StreamExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::answer::Endless;
use super::state::State;
use crate::network::limiter::network_of;
use crate::network::shares::Shares;

/// Connections at the same time; further ones wait in the listen queue.
const MAX_CONNECTIONS: usize = 16_384;

/// Connections at the same time from one network that is not a trusted proxy: a quarter of all, and far more than a
/// house full of readers opens. Further ones are closed at once.
const MAX_CONNECTIONS_PER_NETWORK: usize = 4_096;

/// The read buffer of a connection, and so the longest request line and header fields together, in bytes.
const MAX_HEAD: usize = 8 * 1024;

/// How long the head of a request may take, and how long a connection may idle between two requests.
const HEAD_DEADLINE: Duration = Duration::from_secs(20);

/// How long a reader may take nothing of what is written for it.
const WRITE_DEADLINE: Duration = Duration::from_secs(30);

/// How often a connection is looked at on which the reader has already sent the next request.
const LOOK: Duration = Duration::from_secs(1);

/// How long requests may still be answered after the stop signal. Streams end by themselves at once.
const DRAIN: Duration = Duration::from_millis(900);

/// The other end of the connection that a request came over; an extension of the request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Serves until `shutdown`, then ends streams and idle connections at once and lets requests end, for a second at
/// most.
pub async fn run(listener: TcpListener, state: State, shutdown: CancellationToken) -> io::Result<()> {
    let router = super::router(state.clone());
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let networks = Shares::new();
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    // Else hyper holds 8 kB for every open stream, only to see its reader go; `gone` sees it for nothing.
    http.half_close(true);
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE).max_buf_size(MAX_HEAD);
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = accept(&listener, &connections) => accepted,
        };
        let (stream, peer, permit) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: those that serve live on, and a pause keeps the processor cool.
                tracing::warn!(%error, "a connection cannot be accepted");
                sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let network = network_of(peer.ip());
        let is_proxy = state.config.web.trusted_proxies.iter().any(|proxy| proxy.contains(&peer.ip().to_canonical()));
        let most = if is_proxy { MAX_CONNECTIONS } else { MAX_CONNECTIONS_PER_NETWORK };
        let Some(share) = networks.take(network, 1, most) else {
            tracing::debug!(client.address = %peer.ip(), "a network has too many connections");
            continue;
        };
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let stream = Arc::new(stream);
        let line = Arc::clone(&stream);
        let service = service_fn(move |request| answer(router.clone(), peer, Arc::clone(&line), request));
        let connection = http.serve_connection(TokioIo::new(Patient::new(stream)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop((permit, share));
        });
    }
    drop(listener);
    state.stopping.cancel();
    if timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::info!("some requests were cut off at the end");
    }
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = connections.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, permit))
}

/// Answers, unless the reader goes before: then nobody works for nobody.
async fn answer(
    router: Router,
    peer: SocketAddr,
    line: Arc<TcpStream>,
    request: Request<Incoming>,
) -> io::Result<Response> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(Peer(peer));
    let response = tokio::select! {
        response = router.oneshot(request) => response.unwrap_or_else(|never| match never {}),
        () = gone(&line) => return Err(io::ErrorKind::ConnectionAborted.into()),
    };
    let is_endless = response.extensions().get::<Endless>().is_some();
    if !is_endless || response.headers().contains_key(header::CONTENT_LENGTH) {
        return Ok(response);
    }
    Ok(response.map(|body| {
        let until = Box::pin(async move { gone(&line).await });
        Body::from_stream(body.into_data_stream().take_until(until))
    }))
}

/// Ends when the reader has closed the connection.
async fn gone(line: &TcpStream) {
    let mut byte = [0];
    while matches!(line.peek(&mut byte).await, Ok(1..)) {
        sleep(LOOK).await;
    }
}

/// A connection that is given up when the reader takes nothing for too long. The timer exists only while somebody
/// is slow, since most connections never are.
struct Patient {
    stream: Arc<TcpStream>,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn new(stream: Arc<TcpStream>) -> Self {
        Patient { stream, waiting: None }
    }

    fn watch<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let timer =
            self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + WRITE_DEADLINE)));
        ready!(timer.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the reader takes nothing")))
    }
}

impl AsyncRead for Patient {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            match self.stream.try_read_buf(&mut *into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(drop)),
            }
        }
    }
}

impl AsyncWrite for Patient {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = loop {
            match self.stream.poll_write_ready(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => break Poll::Ready(Err(error)),
                Poll::Pending => break Poll::Pending,
            }
            match self.stream.try_write_vectored(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => break Poll::Ready(written),
            }
        };
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(&*self.stream).shutdown(Shutdown::Write))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::config::Config;
    use crate::session::Sessions;
    use crate::web::seal::Seal;

    async fn start() -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<io::Result<()>>) {
        let config = Arc::new(Config::default());
        let sessions = Sessions::new(config.clone(), CancellationToken::new()).unwrap();
        let state = State::with(config, sessions, Seal::random(), jiff::Timestamp::now);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), CancellationToken::new());
        let server = tokio::spawn(run(listener, state, shutdown.clone()));
        (address, shutdown, server)
    }

    async fn ask(stream: &mut TcpStream, request: &str) -> String {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let length = stream.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    #[tokio::test]
    async fn it_stops_within_a_second_although_connections_idle() {
        let (address, shutdown, server) = start().await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        let answer = ask(&mut idle, "GET /robots.txt HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        let _half = TcpStream::connect(address).await.unwrap();
        let before = Instant::now();
        shutdown.cancel();
        server.await.unwrap().unwrap();
        assert!(before.elapsed() < Duration::from_secs(1));
        assert_eq!(idle.read(&mut [0; 16]).await.unwrap(), 0, "the connection is closed");
        assert!(TcpStream::connect(address).await.is_err(), "and the port is free");
    }

    #[tokio::test]
    async fn who_hangs_up_is_noticed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut reader = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (line, _) = listener.accept().await.unwrap();
        reader.write_all(b"GET /next HTTP/1.1\r\n\r\n").await.unwrap();
        assert!(timeout(LOOK / 10, gone(&line)).await.is_err(), "the reader is there and wants more");
        let mut request = [0; 64];
        assert_eq!(line.try_read(&mut request).unwrap(), 22);
        assert!(timeout(LOOK / 10, gone(&line)).await.is_err(), "the reader is there and waits");
        drop(reader);
        timeout(Duration::from_secs(5), gone(&line)).await.expect("the reader is gone");
    }

    #[tokio::test]
    async fn a_head_has_a_size() {
        let (address, shutdown, server) = start().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(MAX_HEAD));
        assert!(ask(&mut stream, &request).await.starts_with("HTTP/1.1 431"));
        shutdown.cancel();
        server.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_a_deadline() {
        let (address, _shutdown, _server) = start().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: lo").await.unwrap();
        let before = Instant::now();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(before.elapsed() >= HEAD_DEADLINE && before.elapsed() < HEAD_DEADLINE * 2, "{:?}", before.elapsed());
    }
}
