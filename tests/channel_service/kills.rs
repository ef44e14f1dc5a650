//! Killed at any moment under load: nothing that was acknowledged is lost, and nothing is there twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::channel_service::{ChannelService, Data};
use crate::support::client::Client;
use crate::support::home;
use crate::support::servers::Server;

use super::words::{create, ids, publish, pubsub, register};

/// Who posts at the same time.
const POSTERS: usize = 4;

/// How often it is killed.
fn kills() -> usize {
    if std::env::var_os("CIRRUS_LONG").is_some() { 100 } else { 5 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    nothing_is_lost_or_doubled("kills.test", &Data::File).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    nothing_is_lost_or_doubled("kills-postgres.test", &Data::Postgres).await;
}

/// What was acknowledged: ids, and the text that was last acknowledged under them.
type Acknowledged = Arc<Mutex<HashMap<String, String>>>;

/// Posts and edits until told to stop. A request without an answer is made again, as people do.
async fn post(client: Client, service: String, node: String, name: usize, done: Arc<AtomicBool>, known: Acknowledged) {
    let short = Duration::from_millis(700);
    for number in 0.. {
        for (turn, word) in ["first", "second"].iter().enumerate() {
            let (id, text) = (format!("k{name}-{number}"), format!("{word}-{name}-{number}"));
            let payload = publish(&node, &id, &format!("<title>{text}</title>"));
            loop {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                let answer = client.try_ask(&service, "set", &payload, short).await;
                if answer.is_some_and(|answer| answer.attr("type") == Some("result")) {
                    break;
                }
            }
            known.lock().unwrap().insert(id, text);
            // Every second post is edited.
            if turn == 0 && number % 2 == 0 {
                break;
            }
        }
    }
}

async fn nothing_is_lost_or_doubled(domain: &str, data: &Data) {
    let server: &'static Server = Box::leak(Box::new(home::start(domain)));
    let service = ChannelService::start(server, data);
    let reader = Client::sign_in(server, &server.account()).await;
    reader.done(&service.address, "set", register()).await;
    let node = format!("/user/load@{}/posts", service.topics);
    reader.done(&service.address, "set", &create(&node, &[])).await;
    let known: Acknowledged = Acknowledged::default();
    let done = Arc::new(AtomicBool::new(false));
    let mut posters = Vec::new();
    for name in 0..POSTERS {
        let client = Client::sign_in(server, &server.account()).await;
        let follow = pubsub(&format!("<subscribe node='{node}' jid='{}'/>", client.bare()));
        client.done(&service.address, "set", &follow).await;
        let (address, node, done, known) = (service.address.clone(), node.clone(), done.clone(), known.clone());
        posters.push(tokio::spawn(post(client, address, node, name, done, known)));
    }
    let moments = AtomicUsize::new(0);
    for kill in 0..kills() {
        // The moment is another one each time: after so many acknowledgements more.
        let wanted = known.lock().unwrap().len() + 1 + kill * 7 % 23;
        crate::support::patience::until("load", 60, async || known.lock().unwrap().len() >= wanted).await;
        service.kill();
        service.begin();
        moments.fetch_add(1, Ordering::Relaxed);
    }
    done.store(true, Ordering::Relaxed);
    for poster in posters {
        poster.await.unwrap();
    }
    let acknowledged = known.lock().unwrap().clone();
    let (mut found, mut times) = (HashMap::new(), HashMap::<String, usize>::new());
    let mut after = None::<String>;
    loop {
        let after_element = after.as_ref().map(|id| format!("<after>{id}</after>")).unwrap_or_default();
        let set = format!("<set xmlns='http://jabber.org/protocol/rsm'><max>100</max>{after_element}</set>");
        let page = reader.done(&service.address, "get", &pubsub(&format!("<items node='{node}'/>{set}"))).await;
        let page_ids = ids(&page);
        for (id, part) in page_ids.iter().zip(page.split("<item ").skip(1)) {
            *times.entry(id.clone()).or_default() += 1;
            let title = part.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
            found.insert(id.clone(), title.to_owned());
        }
        match page_ids.last() {
            Some(last) => after = Some(last.clone()),
            None => break,
        }
    }
    let doubled: Vec<_> = times.iter().filter(|(_, times)| **times != 1).collect();
    assert!(doubled.is_empty(), "doubled: {doubled:?}");
    let lost: Vec<_> = acknowledged.iter().filter(|(id, _)| !found.contains_key(*id)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    // An edit that was acknowledged is what is read; a later one may have been stored without its answer.
    let undone: Vec<_> =
        acknowledged.iter().filter(|(id, text)| text.starts_with("second") && found.get(*id) != Some(*text)).collect();
    assert!(undone.is_empty(), "acknowledged and undone: {undone:?}");
    assert_eq!(moments.load(Ordering::Relaxed), kills());
}
