//! Pictures that were drawn, kept for a while: a crowd that looks at the same one costs one fetch and one drawing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use lru::LruCache;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::Instant;
use url::Url;

use super::client::{Client, Trouble};
use super::drawing::{self, Picture, Size};
use crate::network::bounded::bounded;

/// Bytes of one file.
const FILE: usize = 8 * 1024 * 1024;
/// Bytes of all pictures that are kept.
const KEPT: usize = 48 * 1024 * 1024;
/// How many are kept, and how many failures.
const PICTURES: usize = 4096;
/// How long a failure is believed.
const FAILED: Duration = Duration::from_secs(60);
/// How long the picture of a person is believed, and that there is none: people change theirs.
const CHANGING: Duration = Duration::from_secs(600);
/// Pictures drawn at the same time: each takes memory for all its pixels.
const DRAWINGS: usize = 2;

const ACCEPT: &str = "image/webp,image/png,image/jpeg,image/gif;q=0.9";

type Key = (Url, Size);
type Made = Arc<OnceCell<(Result<Picture, Trouble>, Instant)>>;

/// The pictures. Cheap to clone.
#[derive(Clone)]
pub struct Pictures(Arc<Inner>);

struct Inner {
    client: Client,
    kept: Mutex<Kept>,
    drawings: Semaphore,
}

struct Kept {
    pictures: LruCache<Key, (Made, usize)>,
    bytes: usize,
}

impl Pictures {
    /// None yet.
    pub fn new(client: Client) -> Self {
        let kept = Mutex::new(Kept { pictures: bounded(PICTURES), bytes: 0 });
        Pictures(Arc::new(Inner { client, kept, drawings: Semaphore::new(DRAWINGS) }))
    }

    /// A picture in a size: a kept one, or fetched and drawn now. Who asks while it is being made waits for the same.
    pub async fn get(&self, url: &Url, size: Size) -> Result<Picture, Trouble> {
        self.get_by(url, size, self.file(url)).await
    }

    /// The same of a file that comes another way; `name` says which it is.
    pub async fn get_by(
        &self,
        name: &Url,
        size: Size,
        file: impl Future<Output = Result<Bytes, Trouble>>,
    ) -> Result<Picture, Trouble> {
        let key = (name.clone(), size);
        let made = self.0.find(&key);
        let (result, _) = made.get_or_init(async || (self.0.make(file, size).await, Instant::now())).await;
        if let Ok(picture) = result {
            self.0.weigh(&key, &made, picture.bytes.len());
        }
        result.clone()
    }

    /// A file of somebody here, drawn anew; it is not kept.
    pub async fn drawn(&self, file: Bytes, size: Size) -> Result<Picture, Trouble> {
        self.0.make(async { Ok(file) }, size).await
    }

    /// The next who asks for a picture gets it made anew.
    pub fn forget(&self, name: &Url, size: Size) {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, weight)) = kept.pictures.pop(&(name.clone(), size)) {
            kept.bytes -= weight;
        }
    }

    /// A file as it is on the web, at most 8 MiB.
    pub async fn file(&self, url: &Url) -> Result<Bytes, Trouble> {
        self.0.client.get(url, ACCEPT, FILE).await
    }
}

impl Inner {
    fn find(&self, key: &Key) -> Made {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, _)) = kept.pictures.get(key) {
            let age = |(result, since): &(Result<Picture, Trouble>, Instant)| (result.is_err(), since.elapsed());
            let is_old = made.get().map(age).is_some_and(|(is_failed, age)| match key.0.scheme() {
                "xmpp" => age > CHANGING,
                _ => is_failed && age > FAILED,
            });
            if !is_old {
                return made.clone();
            }
        }
        let made = Made::default();
        kept.put(key.clone(), made.clone(), 0);
        made
    }

    /// Counts a picture's bytes, once, and lets go of those that nobody asked for longest.
    fn weigh(&self, key: &Key, made: &Made, bytes: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.pictures.peek(key).is_some_and(|(kept, weight)| Arc::ptr_eq(kept, made) && *weight == 0) {
            kept.put(key.clone(), made.clone(), bytes.max(1));
        }
        while kept.bytes > KEPT {
            let Some((_, (_, weight))) = kept.pictures.pop_lru() else { break };
            kept.bytes -= weight;
        }
    }

    async fn make(&self, file: impl Future<Output = Result<Bytes, Trouble>>, size: Size) -> Result<Picture, Trouble> {
        let bytes = file.await?;
        let _turn = self.drawings.acquire().await.map_err(|_| Trouble::Busy)?;
        let drawn = tokio::task::spawn_blocking(move || drawing::draw(&bytes, size)).await;
        drawn.unwrap_or(Err(Trouble::Unfit))
    }
}

impl Kept {
    fn put(&mut self, key: Key, made: Made, weight: usize) {
        if let Some((_, (_, old))) = self.pictures.push(key, (made, weight)) {
            self.bytes -= old;
        }
        self.bytes += weight;
    }
}
