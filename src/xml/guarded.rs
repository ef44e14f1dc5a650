//! The guard around a socket: reads are cleaned, writes go through as they are.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};

use super::guard::{Guard, Mend};
use super::{Cuts, Limits, Violation};

/// Bytes taken from the socket at once. The buffer lives on the stack, so that an idle stream holds none.
const READ_BYTES: usize = 4096;

/// A socket behind a [`Guard`]. A [`Violation`] shows as [`io::ErrorKind::InvalidData`], after all stanzas before it. A
/// stanza that is incomplete when the other side closes is never shown.
#[derive(Debug)]
pub struct Guarded<Io> {
    io: Io,
    guard: Guard,
    clean: BytesMut,
    failed: Option<Violation>,
}

impl<Io> Guarded<Io> {
    /// Guards what is read from `io`, of which nothing was read yet.
    pub fn new(io: Io, limits: Limits) -> Self {
        Self { io, guard: Guard::new(limits), clean: BytesMut::new(), failed: None }
    }

    /// The same, with whole stanzas passing through `mend` before they are read.
    #[must_use]
    pub fn mended_by(mut self, mend: Mend) -> Self {
        self.guard.mend_by(mend);
        self
    }

    /// The socket below.
    pub fn get_ref(&self) -> &Io {
        &self.io
    }

    /// The socket below. What was read of it and not yet taken is lost: right only where nothing may follow, as between
    /// `<proceed/>` and the TLS handshake.
    pub fn into_inner(self) -> Io {
        self.io
    }

    /// Were bytes read from the socket that nobody took yet? After `<proceed/>` that means injected plain text.
    pub fn has_unread(&self) -> bool {
        !self.clean.is_empty() || self.guard.has_unread()
    }

    /// Says that the next element between stanzas may be a new stream header.
    pub fn restart(&mut self) {
        self.guard.restart();
    }

    /// What was cut out of this stream so far.
    pub fn cuts(&self) -> Cuts {
        self.guard.cuts()
    }
}

impl<Io: AsyncRead + Unpin> Guarded<Io> {
    /// Waits until something clean can be read, or the end.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.clean.is_empty() {
            if let Some(violation) = self.failed {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, violation)));
            }
            let mut space = [const { MaybeUninit::uninit() }; READ_BYTES];
            let mut buffer = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.failed = self.guard.push(buffer.filled(), &mut self.clean).err();
        }
        Poll::Ready(Ok(()))
    }

    fn take(&mut self, amount: usize) {
        self.clean.advance(amount);
        if self.clean.is_empty() {
            self.clean = BytesMut::new();
        }
    }
}

impl<Io: AsyncRead + Unpin> AsyncBufRead for Guarded<Io> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        ready!(this.poll_fill(cx))?;
        Poll::Ready(Ok(&this.clean))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        self.get_mut().take(amount);
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Guarded<Io> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_fill(cx))?;
        let amount = this.clean.len().min(buffer.remaining());
        buffer.put_slice(&this.clean[..amount]);
        this.take(amount);
        Poll::Ready(Ok(()))
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Guarded<Io> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
#[path = "guarded_tests.rs"]
mod tests;
