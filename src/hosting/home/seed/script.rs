//! What the demo's people are called and say: `config/demo.toml`.

use serde::Deserialize;

const FILE: &str = include_str!("../../../../config/demo.toml");

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Accounts kept for whoever tries the demo.
    pub visitor: Vec<Visitor>,
    /// The people.
    pub person: Vec<Person>,
    /// The communities.
    pub community: Vec<Community>,
    /// What was written before, oldest first.
    pub post: Vec<Post>,
    /// What is said now and then.
    pub line: Vec<Line>,
    /// What is answered now and then.
    pub answer: Vec<Line>,
}

/// An account for somebody who tries the demo.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visitor {
    /// The name of the account.
    pub user: String,
    /// For people.
    pub name: String,
    /// People and communities it follows from the beginning.
    pub follows: Vec<String>,
}

/// Somebody who lives here.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name of the account.
    pub user: String,
    /// For people.
    pub name: String,
    /// One line about them.
    pub about: String,
}

/// A channel of many.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Community {
    /// The node.
    pub node: String,
    /// For people.
    pub title: String,
    /// One line about it.
    pub about: String,
    /// Who made it.
    pub owner: String,
}

/// Something that was written before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// Who.
    pub by: String,
    /// Where; without it in the author's own channel.
    #[serde(rename = "in")]
    pub community: Option<String>,
    /// How many hours before the demo starts.
    pub hours: i64,
    /// A post without a title is one line.
    pub title: Option<String>,
    /// Markdown.
    pub text: String,
    /// Who likes it.
    #[serde(default)]
    pub likes: Vec<String>,
    /// What was answered.
    #[serde(default)]
    pub reply: Vec<Reply>,
}

/// An answer that was given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Who.
    pub by: String,
    /// How many minutes after the post.
    pub minutes: i64,
    /// One line.
    pub text: String,
}

/// Something somebody says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Who.
    pub by: String,
    /// Where; without it in the author's own channel.
    #[serde(rename = "in")]
    pub community: Option<String>,
    /// One line.
    pub text: String,
}

impl Script {
    /// Reads the file that is built in.
    pub fn read() -> Self {
        toml::from_str(FILE).expect("a test reads the file that is built in")
    }

    /// Somebody by name.
    pub fn person(&self, user: &str) -> Option<&Person> {
        self.person.iter().find(|person| person.user == user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_and_every_place_is_known() {
        let script = Script::read();
        assert!(script.person.len() >= 8 && script.community.len() >= 3 && script.line.len() >= 60);
        let known = |user: &str| script.person(user).is_some();
        let place = |node: &Option<String>| {
            node.as_ref().is_none_or(|node| script.community.iter().any(|one| one.node == *node))
        };
        for post in &script.post {
            assert!(known(&post.by) && place(&post.community), "{post:?}");
            assert!(post.likes.iter().all(|user| known(user) && *user != post.by), "{post:?}");
            assert!(post.reply.iter().all(|reply| known(&reply.by) && !reply.text.contains('\n')), "{post:?}");
            assert!(post.reply.iter().all(|reply| reply.minutes < post.hours * 60), "{post:?}");
            assert!(post.title.is_some() || !post.text.contains('\n'), "{post:?}");
        }
        assert!(script.post.windows(2).all(|pair| pair[0].hours >= pair[1].hours), "posts stand oldest first");
        for line in script.line.iter().chain(&script.answer) {
            assert!(known(&line.by) && place(&line.community) && !line.text.contains('\n'), "{line:?}");
        }
        for community in &script.community {
            assert!(known(&community.owner));
        }
        for name in script.visitor.iter().flat_map(|visitor| &visitor.follows) {
            assert!(known(name) || script.community.iter().any(|one| one.node == *name), "{name}");
        }
    }
}
