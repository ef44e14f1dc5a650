//! The TCP connection below HTTP: a deadline for readers that do not read, and whether there still is a reader.

use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, Sleep, sleep};

use super::handover::OpenStream;

/// How long a reader may take nothing of what is written for it.
const WRITE_DEADLINE: Duration = Duration::from_secs(30);

/// How often a connection is looked at on which the reader has already sent the next request.
const LOOK: Duration = Duration::from_secs(1);

/// A connection, and the stream that is about to take it over.
pub(super) struct Line {
    writer: OwnedWriteHalf,
    /// Whether what was written last is still held up.
    pub(super) is_held_up: AtomicBool,
    pub(super) next: Mutex<Option<OpenStream>>,
}

impl Line {
    /// The connection, and what reads from it: tokio's own half, which knows without asking when it has read all.
    pub(super) fn new(stream: TcpStream) -> (Arc<Self>, OwnedReadHalf) {
        let (reader, writer) = stream.into_split();
        (Arc::new(Line { writer, is_held_up: AtomicBool::new(false), next: Mutex::new(None) }), reader)
    }

    fn stream(&self) -> &TcpStream {
        self.writer.as_ref()
    }

    /// Ends when the reader has closed the connection.
    pub(super) async fn gone(&self) {
        let mut byte = [0];
        while matches!(self.stream().peek(&mut byte).await, Ok(1..)) {
            sleep(LOOK).await;
        }
    }
}

/// Writes to a connection that is given up when the reader takes nothing for too long. The timer exists only while somebody
/// is slow, since most connections never are.
pub(super) struct Patient {
    line: Arc<Line>,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    pub(super) fn new(line: Arc<Line>) -> Self {
        Patient { line, waiting: None }
    }

    fn watch<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.line.is_held_up.store(written.is_pending(), Ordering::Relaxed);
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

impl AsyncWrite for Patient {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = self.line.stream();
        let written = loop {
            match stream.poll_write_ready(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => break Poll::Ready(Err(error)),
                Poll::Pending => break Poll::Pending,
            }
            match stream.try_write_vectored(bytes) {
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
        Poll::Ready(SockRef::from(self.line.stream()).shutdown(Shutdown::Write))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn who_hangs_up_is_noticed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut reader = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (line, _reader) = Line::new(listener.accept().await.unwrap().0);
        reader.write_all(b"GET /next HTTP/1.1\r\n\r\n").await.unwrap();
        assert!(timeout(LOOK / 10, line.gone()).await.is_err(), "the reader is there and wants more");
        assert_eq!(line.stream().try_read(&mut [0; 64]).unwrap(), 22);
        assert!(timeout(LOOK / 10, line.gone()).await.is_err(), "the reader is there and waits");
        drop(reader);
        timeout(Duration::from_secs(5), line.gone()).await.expect("the reader is gone");
    }
}
