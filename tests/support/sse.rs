//! A reader of server-sent events, and of pages that stay open.

use std::time::Duration;

use futures::StreamExt;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// Its id, if it has one.
    pub id: Option<String>,
    /// Its name; `message` if it has none.
    pub name: String,
    /// Its data.
    pub data: String,
}

/// A response that stays open.
pub struct Open {
    stream: std::pin::Pin<Box<dyn futures::Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>,
    /// What has come and was not yet taken.
    pub seen: String,
}

impl Open {
    /// Opens an address.
    pub async fn get(client: &reqwest::Client, url: &str, last_event_id: Option<&str>) -> Open {
        let mut request = client.get(url).timeout(Duration::from_secs(600));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{url}: {error:?}"));
        assert_eq!(response.status(), 200, "{url}");
        Open { stream: Box::pin(response.bytes_stream()), seen: String::new() }
    }

    /// Takes in what comes next; false at the end.
    async fn more(&mut self) -> bool {
        match self.stream.next().await {
            Some(Ok(bytes)) => {
                self.seen.push_str(&String::from_utf8_lossy(&bytes));
                true
            }
            _ => false,
        }
    }

    /// Waits until a text has come.
    pub async fn until(&mut self, text: &str) -> &str {
        let waiting = async {
            while !self.seen.contains(text) {
                assert!(self.more().await, "the response ended before {text:?}:\n{}", self.seen);
            }
        };
        if tokio::time::timeout(Duration::from_secs(45), waiting).await.is_err() {
            panic!("no {text:?} came; this did:\n{}", self.seen);
        }
        &self.seen
    }

    /// Waits until the other side ends it.
    pub async fn must_end(&mut self) {
        let ending = async { while self.more().await {} };
        tokio::time::timeout(Duration::from_secs(45), ending).await.expect("the stream ends");
    }

    /// The next event.
    pub async fn event(&mut self) -> SseEvent {
        let waiting = async {
            loop {
                let text = self.seen.replace("\r\n", "\n");
                if let Some((block, rest)) = text.split_once("\n\n") {
                    let (block, rest) = (block.to_owned(), rest.to_owned());
                    self.seen = rest;
                    let mut event = SseEvent { name: "message".to_owned(), ..SseEvent::default() };
                    let mut data = Vec::new();
                    for line in block.lines() {
                        let (field, value) = line.split_once(':').unwrap_or((line, ""));
                        let value = value.strip_prefix(' ').unwrap_or(value);
                        match field {
                            "id" => event.id = Some(value.to_owned()),
                            "event" => value.clone_into(&mut event.name),
                            "data" => data.push(value.to_owned()),
                            _ => {}
                        }
                    }
                    if data.is_empty() && event.id.is_none() {
                        continue;
                    }
                    event.data = data.join("\n");
                    return event;
                }
                assert!(self.more().await, "the stream ended");
            }
        };
        tokio::time::timeout(Duration::from_secs(45), waiting).await.expect("an event comes in time")
    }

    /// The next event that fits.
    pub async fn event_where(&mut self, fits: impl Fn(&SseEvent) -> bool) -> SseEvent {
        loop {
            let event = self.event().await;
            if fits(&event) {
                return event;
            }
        }
    }
}
