//! Connections: the accept loop, its ceilings and deadlines, and how it stops.

mod line;
mod handover;

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, Version};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::join;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use self::line::{Line, Patient};
use super::answer::Endless;
use super::state::State;
use crate::network::client_address::{HangUp, Peer};
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

/// How long requests may still be answered after the stop signal. Streams end by themselves at once.
const DRAIN: Duration = Duration::from_millis(900);

/// Serves until `shutdown`, then ends streams and idle connections at once and lets requests end, for a second at
/// most. `doors` are for other programs than browsers; what they answer is not touched.
pub async fn run(listener: TcpListener, state: State, doors: Router, shutdown: CancellationToken) -> io::Result<()> {
    let router = super::router(state.clone()).merge(doors);
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let networks = Shares::new();
    let tasks = TaskTracker::new();
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
        let (router, stopping) = (router.clone(), state.stopping.clone());
        tasks.spawn(async move {
            if let Err(error) = serve(stream, peer, router, stopping).await {
                tracing::debug!(%error, "a connection broke");
            }
            drop((permit, share));
        });
    }
    drop(listener);
    state.stopping.cancel();
    tasks.close();
    if timeout(DRAIN, tasks.wait()).await.is_err() {
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

/// Serves one connection until it ends, or an open stream takes it over and ends.
async fn serve(stream: TcpStream, peer: SocketAddr, router: Router, stopping: CancellationToken) -> io::Result<()> {
    let (line, reader) = Line::new(stream);
    let service = {
        let line = Arc::clone(&line);
        service_fn(move |request| answer(router.clone(), peer, Arc::clone(&line), request))
    };
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE).max_buf_size(MAX_HEAD);
    // In the heap, so that nothing of it is left when a stream takes over.
    let mut connection = Box::new(
        http.serve_connection(TokioIo::new(join(reader, Patient::new(Arc::clone(&line)))), service).with_upgrades(),
    );
    let mut stop = pin!(stopping.cancelled_owned());
    let mut is_stopping = false;
    let taken_over = poll_fn(|context| {
        if !is_stopping && stop.as_mut().poll(context).is_ready() {
            is_stopping = true;
            Pin::new(&mut *connection).graceful_shutdown();
        }
        match Pin::new(&mut *connection).poll(context) {
            Poll::Ready(ended) => Poll::Ready(ended.map(|()| None)),
            Poll::Pending => line.take_over().map_or(Poll::Pending, |stream| Poll::Ready(Ok(Some(stream)))),
        }
    });
    let Some(stream) = taken_over.await.map_err(io::Error::other)? else { return Ok(()) };
    drop(connection);
    stream.write(line).await
}

/// Answers, unless the reader goes before: then nobody works for nobody.
async fn answer(router: Router, peer: SocketAddr, line: Arc<Line>, request: Request<Incoming>) -> io::Result<Response> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(Peer(peer));
    let (is_head, is_chunked) = (request.method() == Method::HEAD, request.version() == Version::HTTP_11);
    let response = tokio::select! {
        // First: whoever has hung up has perhaps sent the same again already, and its copy must not come after that.
        biased;
        () = line.gone() => return Err(io::ErrorKind::ConnectionAborted.into()),
        response = router.oneshot(request) => response.unwrap_or_else(|never| match never {}),
    };
    if response.extensions().get::<HangUp>().is_some() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let is_open = response.extensions().get::<Endless>().is_some();
    Ok(if is_open && !is_head { line.hand_over(response, is_chunked) } else { response })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::Extension;
    use axum::routing::get;
    use futures::StreamExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::Instant;

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
        let server = tokio::spawn(run(listener, state, Router::new(), shutdown.clone()));
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
    async fn a_head_has_a_size() {
        let (address, shutdown, server) = start().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(MAX_HEAD));
        assert!(ask(&mut stream, &request).await.starts_with("HTTP/1.1 431"));
        shutdown.cancel();
        server.await.unwrap().unwrap();
    }

    /// A connection to a server that gives a page, and a stream of two pieces that ends when it is told.
    async fn connect() -> (TcpStream, tokio::sync::mpsc::Sender<&'static str>, tokio::task::JoinHandle<io::Result<()>>)
    {
        let (pieces, written) = tokio::sync::mpsc::channel(4);
        let written = Arc::new(tokio::sync::Mutex::new(Some(written)));
        let stream = async move || {
            let written = written.lock().await.take().unwrap();
            let pieces = tokio_stream::wrappers::ReceiverStream::new(written).map(Ok::<_, io::Error>);
            (Extension(Endless), Body::from_stream(pieces))
        };
        let router = Router::new().route("/stream", get(stream)).route("/page", get(async || "a page"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let reader = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (line, peer) = listener.accept().await.unwrap();
        (reader, pieces, tokio::spawn(serve(line, peer, router, CancellationToken::new())))
    }

    async fn rest(reader: &mut TcpStream) -> String {
        let mut rest = String::new();
        reader.read_to_string(&mut rest).await.unwrap();
        rest
    }

    #[tokio::test]
    async fn a_stream_goes_on_where_its_head_ends() {
        let (mut reader, pieces, server) = connect().await;
        let answer = ask(&mut reader, "GET /page HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(answer.ends_with("\r\n\r\na page"), "{answer}");
        let head = ask(&mut reader, "GET /stream HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
        assert!(head.contains("transfer-encoding: chunked\r\n") && head.contains("connection: close\r\n"), "{head}");
        for piece in ["one", "", "a piece of 20 letters"] {
            pieces.send(piece).await.unwrap();
        }
        drop(pieces);
        assert_eq!(rest(&mut reader).await, "3\r\none\r\n15\r\na piece of 20 letters\r\n0\r\n\r\n");
        server.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn an_old_reader_gets_a_stream_without_chunks() {
        let (mut reader, pieces, server) = connect().await;
        let head = ask(&mut reader, "GET /stream HTTP/1.0\r\n\r\n").await;
        assert!(head.contains("200 OK") && !head.contains("chunked"), "{head}");
        pieces.send("one").await.unwrap();
        drop(pieces);
        assert_eq!(rest(&mut reader).await, "one");
        server.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_head_alone_has_no_stream() {
        let (mut reader, _pieces, _server) = connect().await;
        let head = ask(&mut reader, "HEAD /stream HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        let answer = ask(&mut reader, "GET /page HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(answer.ends_with("a page"), "{answer}");
    }

    #[tokio::test]
    async fn a_stream_ends_when_its_reader_goes() {
        let (mut reader, pieces, server) = connect().await;
        ask(&mut reader, "GET /stream HTTP/1.1\r\nhost: x\r\n\r\n").await;
        drop(reader);
        timeout(Duration::from_secs(5), server).await.expect("at once, not with the next piece").unwrap().unwrap();
        assert!(pieces.is_closed());
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
