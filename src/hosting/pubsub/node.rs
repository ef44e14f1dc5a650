//! A node's configuration (XEP-0060 §16.4.4): defaults, the form, and what a submitted field changes.

use serde::{Deserialize, Serialize};

use super::access::{AccessModel, PublishModel};
use super::bounds;
use crate::hosting::form::{self, Kind};

/// FORM_TYPE of a configuration.
pub const NODE_CONFIG: &str = "http://jabber.org/protocol/pubsub#node_config";
/// FORM_TYPE of options that travel with a publish.
pub const PUBLISH_OPTIONS: &str = "http://jabber.org/protocol/pubsub#publish-options";
/// FORM_TYPE of what disco tells about a node.
pub const META_DATA: &str = "http://jabber.org/protocol/pubsub#meta-data";
/// The node of personal posts (XEP-0277).
pub const MICROBLOG: &str = "urn:xmpp:microblog:0";

/// When the last item is sent by itself (`pubsub#send_last_published_item`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendLast {
    /// Never.
    Never,
    /// When somebody subscribes.
    OnSub,
    /// When somebody subscribes or comes online.
    OnSubAndPresence,
}

/// The type of event messages (`pubsub#notification_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageType {
    /// Live only.
    Headline,
    /// Might be stored by a server that stores messages.
    Normal,
}

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Configuration {
    /// `pubsub#title`
    pub title: String,
    /// `pubsub#description`
    pub description: String,
    /// `pubsub#type`
    pub kind: String,
    /// `pubsub#access_model`
    pub access_model: AccessModel,
    /// `pubsub#publish_model`
    pub publish_model: PublishModel,
    /// `pubsub#max_items`; none is `max`.
    pub max_items: Option<u32>,
    /// `pubsub#item_expire` in seconds; none is `max`.
    pub item_expire: Option<u32>,
    /// `pubsub#persist_items`
    pub persist_items: bool,
    /// `pubsub#deliver_notifications`
    pub deliver_notifications: bool,
    /// `pubsub#deliver_payloads`
    pub deliver_payloads: bool,
    /// `pubsub#notify_retract`
    pub notify_retract: bool,
    /// `pubsub#notify_delete`
    pub notify_delete: bool,
    /// `pubsub#notify_config`
    pub notify_config: bool,
    /// `pubsub#send_last_published_item`
    pub send_last: SendLast,
    /// `pubsub#notification_type`
    pub message_type: MessageType,
}

impl Default for Configuration {
    fn default() -> Self {
        Configuration {
            title: String::new(),
            description: String::new(),
            kind: String::new(),
            access_model: AccessModel::Open,
            publish_model: PublishModel::Publishers,
            max_items: None,
            item_expire: None,
            persist_items: true,
            deliver_notifications: true,
            deliver_payloads: true,
            notify_retract: true,
            notify_delete: true,
            notify_config: true,
            send_last: SendLast::Never,
            message_type: MessageType::Headline,
        }
    }
}

/// Why a field was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldProblem {
    /// There is no such field here.
    Unknown,
    /// The value cannot be had.
    Value,
}

const ACCESS: &[&str] = &["open", "presence", "whitelist"];
const SHARED_ACCESS: &[&str] = &["open", "whitelist"];
const PUBLISH: &[&str] = &["publishers", "subscribers", "open"];
const LAST: &[&str] = &["never", "on_sub", "on_sub_and_presence"];
const MESSAGES: &[&str] = &["headline", "normal"];
const REPLY: &[&str] = &["publisher"];

impl Configuration {
    /// The defaults of a node of an account (XEP-0163 §2): contacts only, one item. Posts are kept all, since a
    /// microblog that forgets would be of no use.
    pub fn personal(name: &str) -> Self {
        Configuration {
            access_model: AccessModel::Presence,
            max_items: if name == MICROBLOG { None } else { Some(1) },
            send_last: SendLast::OnSubAndPresence,
            ..Configuration::default()
        }
    }

    /// How many items are kept.
    pub fn kept(&self) -> usize {
        match (self.persist_items, self.max_items) {
            (false, _) => 0,
            (true, None) => bounds::ITEMS,
            (true, Some(count)) => (count as usize).min(bounds::ITEMS),
        }
    }

    /// Takes one field of a submitted form. `pubsub#` may be missing in no name.
    pub fn set(&mut self, name: &str, values: &[String], has_presence: bool) -> Result<(), FieldProblem> {
        let name = name.strip_prefix("pubsub#").ok_or(FieldProblem::Unknown)?;
        let value = match values {
            [] => "",
            [value] => value.as_str(),
            _ => return Err(FieldProblem::Value),
        };
        match name {
            "title" => self.title = line(value, bounds::TITLE)?,
            "description" => self.description = line(value, bounds::DESCRIPTION)?,
            "type" => self.kind = line(value, bounds::TITLE)?,
            "access_model" => {
                self.access_model = match value {
                    "open" => AccessModel::Open,
                    "presence" if has_presence => AccessModel::Presence,
                    "whitelist" => AccessModel::Whitelist,
                    _ => return Err(FieldProblem::Value),
                };
            }
            "publish_model" => {
                self.publish_model = match value {
                    "publishers" => PublishModel::Publishers,
                    "subscribers" => PublishModel::Subscribers,
                    "open" => PublishModel::Open,
                    _ => return Err(FieldProblem::Value),
                };
            }
            "max_items" => self.max_items = number(value)?,
            "item_expire" => self.item_expire = number(value)?,
            "persist_items" => self.persist_items = boolean(value)?,
            "deliver_notifications" => self.deliver_notifications = boolean(value)?,
            "deliver_payloads" => self.deliver_payloads = boolean(value)?,
            "notify_retract" => self.notify_retract = boolean(value)?,
            "notify_delete" => self.notify_delete = boolean(value)?,
            "notify_config" => self.notify_config = boolean(value)?,
            // Owners are not told about subscriptions; the wish is taken, as every server does, because it is a wish.
            "notify_sub" => drop(boolean(value)?),
            "send_last_published_item" => {
                self.send_last = match value {
                    "never" => SendLast::Never,
                    "on_sub" => SendLast::OnSub,
                    "on_sub_and_presence" => SendLast::OnSubAndPresence,
                    _ => return Err(FieldProblem::Value),
                };
            }
            "notification_type" => {
                self.message_type = match value {
                    "headline" => MessageType::Headline,
                    "normal" => MessageType::Normal,
                    _ => return Err(FieldProblem::Value),
                };
            }
            // Every item names its publisher, so this is the only choice.
            "itemreply" if value == "publisher" => {}
            "node_type" if value == "leaf" => {}
            "itemreply" | "node_type" => return Err(FieldProblem::Value),
            _ => return Err(FieldProblem::Unknown),
        }
        Ok(())
    }

    /// Writes the configuration as a form (`form`) or as a report (`result`).
    pub fn write(&self, kind: &str, has_presence: bool, out: &mut String) {
        let flag = |value: bool| if value { "true" } else { "false" };
        let count = |value: Option<u32>| value.map_or_else(|| "max".to_owned(), |count| count.to_string());
        form::open(kind, NODE_CONFIG, out);
        let mut add = |name: &str, kind: Kind, label: &str, value: &str| {
            form::field(&format!("pubsub#{name}"), kind, Some(label), &[value], out);
        };
        add("title", Kind::Line, "A name for people", &self.title);
        add("description", Kind::Line, "What the node is about", &self.description);
        add("type", Kind::Line, "The kind of its items", &self.kind);
        let access = if has_presence { ACCESS } else { SHARED_ACCESS };
        add("access_model", Kind::Choice(access), "Who may read", self.access_word());
        add("publish_model", Kind::Choice(PUBLISH), "Who may publish", self.publish_word());
        add("max_items", Kind::Line, "How many items are kept", &count(self.max_items));
        add("item_expire", Kind::Line, "For how many seconds items are kept", &count(self.item_expire));
        add("persist_items", Kind::Boolean, "Keep items", flag(self.persist_items));
        add("deliver_notifications", Kind::Boolean, "Send events", flag(self.deliver_notifications));
        add("deliver_payloads", Kind::Boolean, "Send events with their content", flag(self.deliver_payloads));
        add("notify_retract", Kind::Boolean, "Tell when items go", flag(self.notify_retract));
        add("notify_delete", Kind::Boolean, "Tell when the node goes", flag(self.notify_delete));
        add("notify_config", Kind::Boolean, "Tell when the configuration changes", flag(self.notify_config));
        add("send_last_published_item", Kind::Choice(LAST), "When the last item is sent by itself", self.last_word());
        add("notification_type", Kind::Choice(MESSAGES), "The type of event messages", self.message_word());
        add("itemreply", Kind::Choice(REPLY), "Whom answers go to", "publisher");
        form::close(out);
    }

    /// The word for [`Configuration::access_model`].
    pub fn access_word(&self) -> &'static str {
        match self.access_model {
            AccessModel::Open => "open",
            AccessModel::Presence => "presence",
            AccessModel::Whitelist => "whitelist",
        }
    }

    /// The word for [`Configuration::publish_model`].
    pub fn publish_word(&self) -> &'static str {
        match self.publish_model {
            PublishModel::Publishers => "publishers",
            PublishModel::Subscribers => "subscribers",
            PublishModel::Open => "open",
        }
    }

    /// The word for [`Configuration::message_type`].
    pub fn message_word(&self) -> &'static str {
        match self.message_type {
            MessageType::Headline => "headline",
            MessageType::Normal => "normal",
        }
    }

    fn last_word(&self) -> &'static str {
        match self.send_last {
            SendLast::Never => "never",
            SendLast::OnSub => "on_sub",
            SendLast::OnSubAndPresence => "on_sub_and_presence",
        }
    }
}

fn line(value: &str, bound: usize) -> Result<String, FieldProblem> {
    if value.len() > bound { Err(FieldProblem::Value) } else { Ok(value.to_owned()) }
}

fn boolean(value: &str) -> Result<bool, FieldProblem> {
    match value {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(FieldProblem::Value),
    }
}

fn number(value: &str) -> Result<Option<u32>, FieldProblem> {
    match value {
        "max" => Ok(None),
        _ => match value.parse() {
            Ok(0) | Err(_) => Err(FieldProblem::Value),
            Ok(count) => Ok(Some(count)),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::hosting::form::Answer;

    #[test]
    fn the_form_that_is_offered_is_accepted_back() {
        let mut text = String::new();
        Configuration::personal("n").write("form", true, &mut text);
        let text = text.replacen("type='form'", "type='submit'", 1);
        let Answer::Submit(fields) = form::read(&text.parse().unwrap(), NODE_CONFIG).unwrap() else { panic!() };
        let mut other = Configuration::default();
        for (name, values) in &fields {
            other.set(name, values, true).unwrap();
        }
        assert_eq!(other, Configuration::personal("n"));
        let json = serde_json::to_string(&other).unwrap();
        assert_eq!(serde_json::from_str::<Configuration>(&json).unwrap(), other);
    }

    #[test]
    fn odd_values_are_refused() {
        let mut one = Configuration::default();
        let mut set = |name: &str, value: &str| one.set(name, &[value.to_owned()], false);
        assert_eq!(set("pubsub#max_items", "0"), Err(FieldProblem::Value));
        assert_eq!(set("pubsub#max_items", "-1"), Err(FieldProblem::Value));
        assert_eq!(set("pubsub#persist_items", "yes"), Err(FieldProblem::Value));
        assert_eq!(set("pubsub#access_model", "presence"), Err(FieldProblem::Value));
        assert_eq!(set("pubsub#flavour", "sweet"), Err(FieldProblem::Unknown));
        assert_eq!(set("title", "x"), Err(FieldProblem::Unknown));
        assert_eq!(set("pubsub#title", &"x".repeat(5000)), Err(FieldProblem::Value));
    }
}
