//! Whom somebody does not want to hear from: single accounts and whole servers.

use std::collections::BTreeSet;

use super::{Address, Post};

/// The names on a list, in canonical form: of accounts, of servers, and of single clients, which hide nothing here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blocks {
    own: Option<Address>,
    names: BTreeSet<String>,
}

/// How such a list changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is this.
    Whole(Vec<String>),
    /// These come on it.
    Block(Vec<String>),
    /// These go off it.
    Unblock(Vec<String>),
    /// All go off it.
    UnblockAll,
}

impl Blocks {
    /// How many names are kept; a list that a server tells in one answer is shorter.
    pub const MOST: usize = 10_000;

    /// The empty list of somebody, who cannot hide from themselves.
    pub fn of(own: Option<Address>) -> Self {
        Blocks { own, names: BTreeSet::new() }
    }

    /// The same list after a change.
    pub fn changed(&self, change: Change) -> Self {
        let mut names = self.names.clone();
        match change {
            Change::Whole(listed) => names = listed.into_iter().collect(),
            Change::Block(more) => names.extend(more),
            Change::Unblock(fewer) => fewer.iter().for_each(|name| _ = names.remove(name)),
            Change::UnblockAll => names.clear(),
        }
        while names.len() > Self::MOST {
            names.pop_last();
        }
        Blocks { own: self.own.clone(), names }
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Whether exactly this is on the list.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether an account or a service is hidden, by its own name or with its server.
    pub fn hides(&self, who: &Address) -> bool {
        !self.names.is_empty()
            && self.own.as_ref() != Some(who)
            && (self.has(who.as_str()) || self.has(who.domain().as_str()))
    }

    /// Whether a post is hidden: by its author, also where nobody vouches for the name, or by the place it stands in.
    pub fn hides_post(&self, post: &Post) -> bool {
        let is_own = self.own.is_some() && post.author.address == self.own;
        let is_by_hidden = post.author.address.as_ref().is_some_and(|author| self.hides(author));
        !is_own && (is_by_hidden || self.hides(&post.at.channel.address))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn address(name: &str) -> Address {
        name.parse().unwrap()
    }

    #[test]
    fn a_name_hides_an_account_or_a_whole_server_but_never_oneself() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let blocks = Blocks::of(Some(address("me@own.lit")));
        let blocks =
            blocks.changed(Change::Whole(names(&["bob@capulet.lit", "montague.lit", "own.lit", "a@b.lit/phone"])));
        for hidden in ["bob@capulet.lit", "anybody@montague.lit", "montague.lit", "other@own.lit"] {
            assert!(blocks.hides(&address(hidden)), "{hidden}");
        }
        for shown in ["juliet@capulet.lit", "capulet.lit", "pubsub.montague.lit", "me@own.lit", "a@b.lit"] {
            assert!(!blocks.hides(&address(shown)), "{shown}");
        }
        let fewer = blocks.changed(Change::Unblock(names(&["montague.lit", "nobody@x.lit"])));
        assert!(!fewer.hides(&address("anybody@montague.lit")) && fewer.hides(&address("bob@capulet.lit")));
        assert_eq!(fewer.changed(Change::UnblockAll).names().count(), 0);
    }
}
