//! Somebody of the demo: what they can do.

use jiff::Timestamp;

use super::entry::{Entry, Place, comments_node, item_id};
use super::fields;
use crate::hosting::home::{Home, HomeError, accounts};
use crate::hosting::pubsub::Operation;
use crate::hosting::pubsub::node::MICROBLOG;

/// The title of a comment that is a like.
const LIKE: &str = "♥";

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_addresses() {
        assert_eq!(with_addresses("Hi @mira, @ you", "d.test"), "Hi @mira@d.test, @ you");
    }
}
