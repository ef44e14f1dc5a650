//! Forms as they arrive: read whole before anything is done, within what one network and all together may hold.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::error::Error;
use crate::language::Text;
use crate::network::limiter::network_of;
use crate::network::shares::{Share, Shares};

/// The largest form, in bytes. A browser lets 65,536 UTF-16 units into a text field; each may become three bytes of
/// UTF-8 and nine percent-encoded ones. Of what is too long for a post, all is given back.
pub const MAX_FORM: usize = 640 * 1024;

/// How long a form may take to arrive.
const DEADLINE: Duration = Duration::from_secs(20);

/// What forms that are arriving may hold together, in bytes.
const HELD: usize = 128 * 1024 * 1024;

/// What forms from one network may hold of it, in bytes: 25 of the largest. Who sends slowly holds little.
const HELD_BY_NETWORK: usize = 16 * 1024 * 1024;

/// What forms with files from one network may hold, in bytes. Only people who are signed in can send them.
const FILES_HELD_BY_NETWORK: usize = 64 * 1024 * 1024;

/// Room for forms, counted as they arrive: who promises a long one and sends nothing takes nothing.
pub struct Forms {
    all: Arc<Semaphore>,
    networks: Shares<IpAddr>,
    files: Shares<IpAddr>,
}

/// A form as far as it arrived, and why not all of it did.
pub struct Received {
    /// Its bytes; overwritten when the last copy goes, since there may be a password in them.
    pub bytes: Bytes,
    /// Why the rest is missing.
    pub problem: Option<Error>,
}

impl Forms {
    /// All room is free.
    pub fn new() -> Self {
        Forms { all: Arc::new(Semaphore::new(HELD)), networks: Shares::new(), files: Shares::new() }
    }

    /// Reads a form. What fails on the way gives back what had come until then.
    pub(super) async fn read(&self, client: IpAddr, body: Body) -> Received {
        let mut form = Zeroizing::new(Vec::new());
        let problem = self.collect(client, body, &mut form).await.err();
        Received { bytes: Bytes::from_owner(form), problem }
    }

    async fn collect(&self, client: IpAddr, body: Body, form: &mut Zeroizing<Vec<u8>>) -> Result<(), Error> {
        let deadline = Instant::now() + DEADLINE;
        let mut share = self.networks.take(network_of(client), 0, HELD_BY_NETWORK).ok_or(Error::Busy)?;
        let mut permit = self.all.clone().try_acquire_many_owned(0).map_err(|_| Error::Busy)?;
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = timeout_at(deadline, chunks.next()).await.map_err(|_| Error::Timeout)? {
            let chunk = chunk.map_err(|_| Error::Form(Text::new("error-not-whole")))?;
            let fits = &chunk[..chunk.len().min(MAX_FORM - form.len())];
            // It is here already: where there is no room it is kept as long as it takes to give it back.
            append(form, fits);
            permit.merge(self.room(&mut share, fits.len())?);
            if fits.len() < chunk.len() {
                return Err(Error::TooLarge);
            }
        }
        Ok(())
    }

    /// Room for a form with files; none is taken yet.
    pub(super) fn room_for_files(&self, client: IpAddr) -> Result<(Share<IpAddr>, OwnedSemaphorePermit), Error> {
        let share = self.files.take(network_of(client), 0, FILES_HELD_BY_NETWORK).ok_or(Error::Busy)?;
        Ok((share, self.all.clone().try_acquire_many_owned(0).map_err(|_| Error::Busy)?))
    }

    /// Takes more of it.
    pub(super) fn grow(&self, held: &mut (Share<IpAddr>, OwnedSemaphorePermit), bytes: usize) -> Result<(), Error> {
        if !held.0.grow(bytes, FILES_HELD_BY_NETWORK) {
            return Err(Error::Busy);
        }
        let bytes = u32::try_from(bytes).map_err(|_| Error::TooLarge)?;
        held.1.merge(self.all.clone().try_acquire_many_owned(bytes).map_err(|_| Error::Busy)?);
        Ok(())
    }

    fn room(&self, share: &mut Share<IpAddr>, bytes: usize) -> Result<OwnedSemaphorePermit, Error> {
        if !share.grow(bytes, HELD_BY_NETWORK) {
            return Err(Error::Busy);
        }
        let bytes = u32::try_from(bytes).map_err(|_| Error::TooLarge)?;
        self.all.clone().try_acquire_many_owned(bytes).map_err(|_| Error::Busy)
    }
}

impl Default for Forms {
    fn default() -> Self {
        Self::new()
    }
}

/// Grows by hand, so that no copy is left behind where the form lay when it was shorter.
fn append(form: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    let wanted = form.len() + chunk.len();
    if wanted > form.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(wanted.next_power_of_two()));
        larger.extend_from_slice(form);
        *form = larger;
    }
    form.extend_from_slice(chunk);
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;

    use super::*;

    const HERE: [u8; 4] = [198, 51, 100, 7];

    fn body(chunks: Vec<Vec<u8>>) -> Body {
        Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, Infallible>)))
    }

    #[tokio::test]
    async fn a_form_comes_whole_or_as_far_as_it_fits() {
        let forms = Forms::new();
        let received = forms.read(HERE.into(), body(vec![b"a=1&".to_vec(), b"b=2".to_vec()])).await;
        assert_eq!((&received.bytes[..], received.problem), (&b"a=1&b=2"[..], None));
        let received = forms.read(HERE.into(), body(vec![vec![b'x'; MAX_FORM - 1], vec![b'y'; 9]])).await;
        assert_eq!((received.bytes.len(), received.problem), (MAX_FORM, Some(Error::TooLarge)));
        assert_eq!(received.bytes.last(), Some(&b'y'));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_form_gives_back_what_came_and_holds_only_that() {
        let forms = Arc::new(Forms::new());
        let slow = Body::from_stream(stream::iter([Ok::<_, Infallible>("text=Half")]).chain(stream::pending()));
        let reading = tokio::spawn({
            let forms = forms.clone();
            async move { forms.read(HERE.into(), slow).await }
        });
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(forms.all.available_permits(), HELD - "text=Half".len());
        let received = reading.await.expect("it ends by itself");
        assert_eq!((&received.bytes[..], received.problem), (&b"text=Half"[..], Some(Error::Timeout)));
        assert_eq!(forms.all.available_permits(), HELD);
    }

    #[tokio::test]
    async fn one_network_leaves_room_for_others() {
        let forms = Forms::new();
        let held = forms.networks.take(IpAddr::from(HERE), HELD_BY_NETWORK - 3, HELD_BY_NETWORK);
        let received = forms.read(HERE.into(), body(vec![b"text=Hello".to_vec()])).await;
        assert_eq!((&received.bytes[..], received.problem), (&b"text=Hello"[..], Some(Error::Busy)));
        let received = forms.read(IpAddr::from([203, 0, 113, 5]), body(vec![b"text=Hello".to_vec()])).await;
        assert_eq!(received.problem, None);
        drop(held);
        assert_eq!(forms.read(HERE.into(), body(vec![b"text=Hello".to_vec()])).await.problem, None);
    }
}
