//! Requests of ours that other services have yet to answer: for people who wait, and for our copies.

use std::collections::HashMap;

use super::copy::Step;

/// Requests under way in all, to one service, and of one person.
const OPEN: usize = 5_000;
const PER_SERVICE: usize = 500;
const PER_PERSON: usize = 64;
/// How long a service may take, in milliseconds: shorter than our own people's clients wait.
pub const PATIENCE: i64 = 20_000;

/// A request under way.
#[derive(Debug)]
pub struct Open {
    /// Who was asked.
    pub service: String,
    /// What for.
    pub purpose: Purpose,
    deadline: i64,
}

/// Why something was asked.
#[derive(Debug)]
pub enum Purpose {
    /// Somebody waits for the answer.
    Person(Asker),
    /// A copy is being brought up to date.
    Copy(Step),
}

/// Somebody who waits.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The full address.
    pub jid: String,
    /// Its account.
    pub bare: String,
    /// The id under which the answer is expected.
    pub id: String,
    /// What the answer means for what we remember of this person.
    pub effect: Effect,
    /// The payload that was asked with, and the node in it: nothing else is passed on as its answer.
    pub asked: Asked,
    /// What was asked, if our copy can answer it when nobody else does.
    pub again: Option<Box<minidom::Element>>,
}

/// What an answer may be about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Name and namespace of the payload.
    pub payload: (String, String),
    /// The node.
    pub node: Option<String>,
}

/// What we remember of a successful request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: if something changed, it comes as news.
    None,
    /// The person asked to follow a node.
    Followed {
        /// The channel's name.
        channel: String,
        /// The node's kind.
        kind: String,
    },
    /// The person stopped following a node.
    Unfollowed {
        /// The channel's name.
        channel: String,
        /// The node's kind.
        kind: String,
    },
}

/// All requests under way.
#[derive(Debug, Default)]
pub struct Relays {
    open: HashMap<String, Open>,
}

impl Relays {
    /// Notes a request; false if there are too many already.
    pub fn begin(&mut self, id: String, service: &str, purpose: Purpose, now: i64) -> bool {
        let to_service = self.open.values().filter(|open| open.service == service).count();
        let by_person = match &purpose {
            Purpose::Person(asker) => {
                let is_same =
                    |open: &&Open| matches!(&open.purpose, Purpose::Person(other) if other.bare == asker.bare);
                self.open.values().filter(is_same).count()
            }
            Purpose::Copy(_) => 0,
        };
        let has_room = self.open.len() < OPEN && to_service < PER_SERVICE && by_person < PER_PERSON;
        if has_room {
            let open = Open { service: service.to_owned(), purpose, deadline: now + PATIENCE };
            self.open.insert(id, open);
        }
        has_room
    }

    /// The request that an answer is for, if it comes from who was asked.
    pub fn answered(&mut self, from: &str, id: &str) -> Option<Open> {
        self.open.get(id).filter(|open| open.service == from)?;
        self.open.remove(id)
    }

    /// Those that took too long.
    pub fn overdue(&mut self, now: i64) -> Vec<Open> {
        self.open.extract_if(|_, open| open.deadline <= now).map(|(_, open)| open).collect()
    }

    /// All of them: the connection was lost.
    pub fn lose(&mut self) -> Vec<Open> {
        self.open.drain().map(|(_, open)| open).collect()
    }

    /// How many copies are being read at one service.
    pub fn copies_of(&self, service: &str) -> usize {
        let is_one = |open: &&Open| open.service == service && matches!(open.purpose, Purpose::Copy(_));
        self.open.values().filter(is_one).count()
    }

    /// How many copies are being read.
    pub fn copies(&self) -> usize {
        self.open.values().filter(|open| matches!(open.purpose, Purpose::Copy(_))).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(bare: &str) -> Purpose {
        let (jid, id) = (format!("{bare}/x"), "1".to_owned());
        Purpose::Person(Asker {
            jid,
            bare: bare.to_owned(),
            id,
            effect: Effect::None,
            asked: Asked::default(),
            again: None,
        })
    }

    #[test]
    fn an_answer_counts_once_and_only_from_who_was_asked() {
        let mut relays = Relays::default();
        assert!(relays.begin("a".to_owned(), "channels.two.test", asker("bob@one.test"), 0));
        assert!(relays.answered("evil.test", "a").is_none());
        assert!(relays.answered("channels.two.test", "a").is_some());
        assert!(relays.answered("channels.two.test", "a").is_none(), "the second answer to the same request");
    }

    #[test]
    fn nobody_takes_all_of_it_and_nothing_waits_for_ever() {
        let mut relays = Relays::default();
        for number in 0..PER_PERSON {
            assert!(relays.begin(format!("a{number}"), "channels.two.test", asker("bob@one.test"), 0));
        }
        assert!(!relays.begin("more".to_owned(), "channels.two.test", asker("bob@one.test"), 0));
        assert!(relays.begin("other".to_owned(), "channels.two.test", asker("eve@one.test"), 1));
        assert_eq!(relays.overdue(PATIENCE).len(), PER_PERSON);
        assert_eq!(relays.lose().len(), 1);
    }
}
