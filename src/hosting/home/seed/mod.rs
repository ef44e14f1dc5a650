//! The people of the demo: what they wrote before, and what they write while somebody watches.

mod entry;
mod script;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

pub use self::entry::Place;
use self::entry::{Entry, comments_node, item_id};
use self::script::{Line, Script};
use super::accounts::{self, Hash};
use super::{Home, HomeError};
use crate::hosting::pubsub::node::MICROBLOG;
use crate::hosting::pubsub::{Fields, Operation, Reply};
use crate::hosting::stanza::{attribute, text_element};

/// The node with the channels an account follows, as Movim keeps it.
const FOLLOWED: &str = "urn:xmpp:pubsub:movim-public-subscription";
/// The title of a comment that is a like.
const LIKE: &str = "♥";
/// How many posts somebody might still answer.
const RECENT: usize = 30;

/// Somebody of the demo, who can post and reply.
#[derive(Debug, Clone)]
pub struct Character {
    /// The name of the account.
    pub user: String,
    /// For people.
    pub name: String,
}

/// A post that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Where it stands.
    pub place: Place,
    /// Its item id.
    pub id: String,
    /// The author's bare address.
    pub author: String,
}

impl Character {
    /// The bare address.
    pub fn address(&self, home: &Home) -> String {
        format!("{}@{}", self.user, home.domain())
    }

    /// Publishes a post in a community of `pubsub.DOMAIN`, or in the own channel, and makes the node for its comments.
    pub async fn post(
        &self,
        home: &Home,
        community: Option<&str>,
        title: Option<&str>,
        text: &str,
        at: Timestamp,
    ) -> Result<Posted, HomeError> {
        let address = self.address(home);
        let place = match community {
            Some(node) => Place { service: format!("pubsub.{}", home.domain()), node: node.to_owned() },
            None => Place { service: address.clone(), node: MICROBLOG.to_owned() },
        };
        let unique = &accounts::fresh()[..6];
        let id = item_id(title.unwrap_or(text), unique);
        let comments = format!("comments.{}", home.domain());
        let entry = Entry {
            place: &place,
            id: &id,
            author: &address,
            name: &self.name,
            title,
            text: &with_addresses(text, home.domain()),
            at,
            comments: Some(&comments),
        };
        let create = Operation::Create {
            node: Some(comments_node(&id)),
            configuration: Some(fields(&[
                ("access_model", "open"),
                ("publish_model", "open"),
                ("persist_items", "true"),
                ("max_items", "max"),
                ("itemreply", "publisher"),
                ("notify_retract", "true"),
            ])),
        };
        home.operate(&comments, &address, create, Some(at.as_second())).await?;
        let publish = Operation::Publish {
            node: place.node.clone(),
            id: Some(id.clone()),
            payload: Some(entry.write()),
            options: None,
        };
        home.operate(&place.service, &address, publish, Some(at.as_second())).await?;
        Ok(Posted { place, id, author: address })
    }

    /// Answers a post with one line.
    pub async fn reply(&self, home: &Home, to: &Posted, text: &str, at: Timestamp) -> Result<(), HomeError> {
        let address = self.address(home);
        let place = Place { service: format!("comments.{}", home.domain()), node: comments_node(&to.id) };
        let id = accounts::fresh();
        let entry = Entry {
            place: &place,
            id: &id,
            author: &address,
            name: &self.name,
            title: None,
            text: &with_addresses(text, home.domain()),
            at,
            comments: None,
        };
        let publish = Operation::Publish {
            node: place.node.clone(),
            id: Some(id.clone()),
            payload: Some(entry.write()),
            options: None,
        };
        home.operate(&place.service, &address, publish, Some(at.as_second())).await.map(drop)
    }

    /// Likes a post.
    pub async fn like(&self, home: &Home, post: &Posted, at: Timestamp) -> Result<(), HomeError> {
        self.reply(home, post, LIKE, at).await
    }
}

/// Makes the people, the communities and everything they wrote up to `now`. Does nothing where it was done before.
/// Accounts for visitors follow their channels from the beginning, if they exist already.
pub async fn seed(home: &Home, now: Timestamp) -> Result<(), HomeError> {
    let script = Script::read();
    let shared = format!("pubsub.{}", home.domain());
    let first =
        Operation::Items { node: script.community[0].node.clone(), ids: Vec::new(), max_items: Some(1), page: None };
    let owner = format!("{}@{}", script.community[0].owner, home.domain());
    if home.operate(&shared, &owner, first, None).await.is_ok() {
        return Ok(());
    }
    let mut people = BTreeMap::new();
    for person in &script.person {
        // Nobody signs in as one of them: the password is known to nobody.
        home.create_account(&person.user, &accounts::fresh()).await?;
        let character = Character { user: person.user.clone(), name: person.name.clone() };
        introduce(home, &character, &person.about, now).await?;
        people.insert(person.user.as_str(), character);
    }
    for community in &script.community {
        let configuration = fields(&[
            ("title", &community.title),
            ("description", &community.about),
            ("type", "urn:xmpp:pubsub-social-feed:1"),
            ("access_model", "open"),
            ("publish_model", "open"),
            ("max_items", "max"),
            ("notify_retract", "true"),
        ]);
        let create = Operation::Create { node: Some(community.node.clone()), configuration: Some(configuration) };
        let owner = format!("{}@{}", community.owner, home.domain());
        home.operate(&shared, &owner, create, Some(now.as_second())).await?;
    }
    for visitor in &script.visitor {
        follow_all(home, visitor, &script, now).await?;
    }
    for post in &script.post {
        let at = now - SignedDuration::from_hours(post.hours);
        let author = &people[post.by.as_str()];
        let title = post.title.as_deref();
        let posted = author.post(home, post.community.as_deref(), title, post.text.trim(), at).await?;
        for reply in &post.reply {
            let at = at + SignedDuration::from_mins(reply.minutes);
            people[reply.by.as_str()].reply(home, &posted, &reply.text, at).await?;
        }
        for (number, user) in (1..).zip(&post.likes) {
            let at = (at + SignedDuration::from_mins(number * 13)).min(now);
            people[user.as_str()].like(home, &posted, at).await?;
        }
    }
    Ok(())
}

/// Vcard, and an open channel of one's own.
async fn introduce(home: &Home, character: &Character, about: &str, now: Timestamp) -> Result<(), HomeError> {
    let mut card = String::from("<vCard xmlns='vcard-temp'>");
    text_element("FN", &character.name, &mut card);
    text_element("NICKNAME", &character.name, &mut card);
    text_element("DESC", about, &mut card);
    card.push_str("</vCard>");
    home.set_card(&character.user, &card).await?;
    let address = character.address(home);
    let configuration = fields(&[
        ("title", &character.name),
        ("description", about),
        ("access_model", "open"),
        ("persist_items", "true"),
        ("max_items", "max"),
        ("notify_retract", "true"),
        ("send_last_published_item", "never"),
    ]);
    let create = Operation::Create { node: Some(MICROBLOG.to_owned()), configuration: Some(configuration) };
    home.operate(&address, &address, create, Some(now.as_second())).await.map(drop)
}

/// A visitor's subscriptions, and the list of them in the visitor's own account.
async fn follow_all(home: &Home, visitor: &script::Visitor, script: &Script, now: Timestamp) -> Result<(), HomeError> {
    let address = format!("{}@{}", visitor.user, home.domain());
    let jid = jid::Jid::new(&address).map_err(|_| HomeError::Name(address.clone()))?;
    let list = fields(&[("access_model", "whitelist"), ("max_items", "max"), ("send_last_published_item", "never")]);
    let create = Operation::Create { node: Some(FOLLOWED.to_owned()), configuration: Some(list) };
    match home.operate(&address, &address, create, Some(now.as_second())).await {
        // The account is there with a list of its own, or it is not there at all: both are left as they are.
        Err(HomeError::Refused(_) | HomeError::Name(_)) => return Ok(()),
        done => drop(done?),
    }
    let mut card = String::from("<vCard xmlns='vcard-temp'>");
    text_element("FN", &visitor.name, &mut card);
    card.push_str("</vCard>");
    home.set_card(&visitor.user, &card).await?;
    for name in &visitor.follows {
        let (place, title) = match script.person(name) {
            Some(person) => {
                let service = format!("{name}@{}", home.domain());
                (Place { service, node: MICROBLOG.to_owned() }, person.name.clone())
            }
            None => {
                let title = script.community.iter().find(|one| one.node == *name).map(|one| one.title.clone());
                let service = format!("pubsub.{}", home.domain());
                (Place { service, node: name.clone() }, title.unwrap_or_default())
            }
        };
        let subscribe = Operation::Subscribe { node: place.node.clone(), jid: jid.clone() };
        home.operate(&place.service, &address, subscribe, None).await?;
        let mut payload = String::from("<subscription xmlns='urn:xmpp:pubsub:subscription:0'");
        attribute("server", &place.service, &mut payload);
        attribute("node", &place.node, &mut payload);
        payload.push('>');
        text_element("title", &title, &mut payload);
        payload.push_str("</subscription>");
        let key = Hash::Sha1.digest(format!("{}<{}<{address}", place.service, place.node).as_bytes());
        let id: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        home.publish(&address, FOLLOWED, &address, &id, &payload).await?;
    }
    Ok(())
}

/// Lets somebody say something every 20 to 40 seconds, until `shutdown`.
pub async fn run(home: Home, shutdown: CancellationToken) {
    let pace = Pace { shortest: Duration::from_secs(20), longest: Duration::from_secs(40) };
    run_at(home, shutdown, pace, Dice(u64::from_le_bytes(accounts::random()))).await;
}

/// How long it is quiet between two things said.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// At least.
    pub shortest: Duration,
    /// At most.
    pub longest: Duration,
}

/// The same with another pace, and with dice that may be known beforehand.
pub async fn run_at(home: Home, shutdown: CancellationToken, pace: Pace, mut dice: Dice) {
    let script = Script::read();
    let mut recent = recent_posts(&home, &script).await;
    let mut unsaid: Vec<&Line> = Vec::new();
    loop {
        let spread = pace.longest.saturating_sub(pace.shortest).as_millis() as usize;
        let pause = pace.shortest + Duration::from_millis(dice.below(spread + 1) as u64);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.cancelled() => return,
        }
        if unsaid.is_empty() {
            unsaid.extend(&script.line);
        }
        let now = Timestamp::from_second((home.shared.limits.clock)()).unwrap_or(Timestamp::UNIX_EPOCH);
        let said = match dice.below(10) {
            0..6 => {
                let line = unsaid.swap_remove(dice.below(unsaid.len()));
                say(&home, &script, line, now).await.map(Some)
            }
            6..9 => answer(&home, &script, &recent, &mut dice, now).await.map(|()| None),
            _ => like(&home, &script, &recent, &mut dice, now).await.map(|()| None),
        };
        match said {
            Ok(Some(post)) => {
                recent.push_back(post);
                if recent.len() > RECENT {
                    recent.pop_front();
                }
            }
            Ok(None) => {}
            Err(HomeError::Ended) => return,
            // Somebody may have deleted the post that was to be answered.
            Err(error) => tracing::debug!(error = %error, "nothing was said this time"),
        }
    }
}

async fn say(home: &Home, script: &Script, line: &Line, now: Timestamp) -> Result<Posted, HomeError> {
    let character = character(script, &line.by)?;
    character.post(home, line.community.as_deref(), None, &line.text, now).await
}

async fn answer(
    home: &Home,
    script: &Script,
    recent: &VecDeque<Posted>,
    dice: &mut Dice,
    now: Timestamp,
) -> Result<(), HomeError> {
    let Some(post) = recent.get(dice.below(recent.len().max(1))) else { return Ok(()) };
    let line = &script.answer[dice.below(script.answer.len())];
    let character = character(script, &line.by)?;
    if character.address(home) == post.author {
        return Ok(());
    }
    character.reply(home, post, &line.text, now).await
}

async fn like(
    home: &Home,
    script: &Script,
    recent: &VecDeque<Posted>,
    dice: &mut Dice,
    now: Timestamp,
) -> Result<(), HomeError> {
    let Some(post) = recent.get(dice.below(recent.len().max(1))) else { return Ok(()) };
    let character = character(script, &script.person[dice.below(script.person.len())].user)?;
    if character.address(home) == post.author {
        return Ok(());
    }
    character.like(home, post, now).await
}

fn character(script: &Script, user: &str) -> Result<Character, HomeError> {
    let person = script.person(user).ok_or_else(|| HomeError::Name(user.to_owned()))?;
    Ok(Character { user: person.user.clone(), name: person.name.clone() })
}

/// The newest posts of everybody, which may be answered.
async fn recent_posts(home: &Home, script: &Script) -> VecDeque<Posted> {
    let own = script
        .person
        .iter()
        .map(|person| Place { service: format!("{}@{}", person.user, home.domain()), node: MICROBLOG.to_owned() });
    let shared = script
        .community
        .iter()
        .map(|one| Place { service: format!("pubsub.{}", home.domain()), node: one.node.clone() });
    let mut recent = VecDeque::new();
    for place in own.chain(shared) {
        let reader = format!("{}@{}", script.person[0].user, home.domain());
        let newest = Operation::Items { node: place.node.clone(), ids: Vec::new(), max_items: Some(2), page: None };
        if let Ok(Reply::Items { items, .. }) = home.operate(&place.service, &reader, newest, None).await {
            recent.extend(items.into_iter().map(|item| Posted {
                place: place.clone(),
                id: item.id,
                author: item.publisher,
            }));
        }
    }
    recent
}

/// Chance, from a number that can be given (xorshift64*). Good enough for who speaks next, and for nothing else.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let mut state = self.0.max(1);
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        self.0 = state;
        let high = state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        (high as usize).checked_rem(bound).unwrap_or(0)
    }
}

/// `@name` of somebody here becomes the whole address.
fn with_addresses(text: &str, domain: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let name: String = after.chars().take_while(|c| c.is_ascii_lowercase()).collect();
        out.push_str(before);
        out.push('@');
        out.push_str(&name);
        if !name.is_empty() {
            out.push('@');
            out.push_str(domain);
        }
        rest = &after[name.len()..];
    }
    out.push_str(rest);
    out
}

fn fields(values: &[(&str, &str)]) -> Fields {
    values.iter().map(|(name, value)| (format!("pubsub#{name}"), vec![(*value).to_owned()])).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::hosting::home::HomeConfig;

    #[test]
    fn names_become_addresses() {
        assert_eq!(with_addresses("Hi @mira, @ you", "d.test"), "Hi @mira@d.test, @ you");
    }

    #[test]
    fn dice_reach_every_side() {
        let mut dice = Dice(7);
        let mut sides = [0; 6];
        (0..600).for_each(|_| sides[dice.below(6)] += 1);
        assert!(sides.iter().all(|count| (50..150).contains(count)), "{sides:?}");
        assert_eq!(Dice(1).below(0), 0);
    }

    #[tokio::test]
    async fn the_demo_has_a_past_and_goes_on() {
        let config = HomeConfig { domain: "demo.test".into(), data: None, open_registration: false };
        let home = Home::open(config).await.unwrap();
        home.create_account("ada", "clouds").await.unwrap();
        let now: Timestamp = "2026-11-23T16:00:00Z".parse().unwrap();
        seed(&home, now).await.unwrap();
        seed(&home, now).await.unwrap();
        let items = |service: &'static str, node: &str| {
            let (home, node) = (home.clone(), node.to_owned());
            async move {
                let read = Operation::Items { node, ids: Vec::new(), max_items: None, page: None };
                match home.operate(service, "ada@demo.test", read, None).await.unwrap() {
                    Reply::Items { items, .. } => items,
                    other => panic!("{other:?}"),
                }
            }
        };
        let garden = items("pubsub.demo.test", "garden").await;
        assert_eq!(garden.len(), 5);
        assert!(garden[0].payload.contains("<title type='text'>Welcome to the plots</title>"));
        assert_eq!(garden[0].publisher, "mira@demo.test");
        let comments = items("comments.demo.test", &comments_node(&garden[1].id)).await;
        assert_eq!(comments.iter().filter(|one| one.payload.contains(">♥<")).count(), 1);
        assert_eq!(comments.len(), 3);
        assert_eq!(items("ada@demo.test", FOLLOWED).await.len(), 7);
        assert!(items("yuki@demo.test", MICROBLOG).await.len() >= 1);

        let shutdown = CancellationToken::new();
        let pace = Pace { shortest: Duration::ZERO, longest: Duration::ZERO };
        let running = tokio::spawn(run_at(home.clone(), shutdown.clone(), pace, Dice(3)));
        let total = async || {
            let mut count = 0;
            for node in ["garden", "night-sky", "slow-trains"] {
                count += items("pubsub.demo.test", node).await.len();
            }
            count
        };
        let before = total().await;
        tokio::time::timeout(Duration::from_secs(20), async {
            while total().await < before + 5 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .unwrap();
        shutdown.cancel();
        running.await.unwrap();
    }
}
