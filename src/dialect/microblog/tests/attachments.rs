//! What people attach to a post (XEP-0470), as Libervia writes and reads it.

use super::script::Script;
use super::{alice, at, now, own, xml};
use crate::channel::PostRef;
use crate::channel::reaction::{Attach, Emoji};
use crate::dialect::{Dialect, Microblog};

const GET: &str = "get alice@example.org";
const SET: &str = "set alice@example.org";
/// As XEP-0470 §4.1 composes it.
const NODE: &str =
    "node=\"urn:xmpp:pubsub-attachments:1/xmpp:alice@example.org?;node=urn%3Axmpp%3Amicroblog%3A0;item=balcony-1\"";

fn post() -> PostRef {
    at(&own(), "balcony-1")
}

fn emoji(text: &str) -> Emoji {
    Emoji::new(text).unwrap()
}

fn items(items: &str) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='x'>{items}</items></pubsub>")
}

fn item(id: &str, publisher: &str, attached: &str) -> String {
    format!(
        "<item id='{id}'{publisher}><attachments xmlns='urn:xmpp:pubsub-attachments:1'>{attached}</attachments></item>"
    )
}

/// A dialogue in which the node is there.
fn there() -> Script {
    Script::new().line(GET, &[NODE, "max_items=\"1\""], &items(""))
}

#[tokio::test]
async fn everybody_counts_once_and_only_for_themselves() {
    let many = "<reactions><reaction>👷</reaction><reaction>👷</reaction><reaction>no emoji</reaction></reactions>";
    let list = items(
        &[
            item("romeo@montague.lit", " publisher='romeo@montague.lit/pda'", &format!("<noticed/>{many}")),
            item("nurse@capulet.lit", "", "<noticed timestamp='2022-07-11T12:07:24Z'/>"),
            item("juliet@capulet.lit", " publisher='mallory@evil.lit'", "<noticed/>"),
            item("not a jid@@", "", "<noticed/>"),
            "<item id='tybalt@capulet.lit'><entry xmlns='http://www.w3.org/2005/Atom'/></item>".to_owned(),
        ]
        .concat(),
    );
    let script = Script::new().line(GET, &["<items", NODE], &list);
    let read = Microblog.reactions(&script, &post()).await.unwrap().expect("it takes reactions");
    script.end();
    let told: Vec<_> = read.iter().map(|one| (one.who.as_str(), one.is_like, one.emoji.len())).collect();
    assert_eq!(told, [("nurse@capulet.lit", true, 0), ("romeo@montague.lit", true, 1)]);
    for refusal in ["item-not-found", "forbidden", "feature-not-implemented"] {
        let script = Script::new().refusal(GET, &[NODE], refusal);
        assert_eq!(Microblog.reactions(&script, &post()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_is_not_known_stays() {
    let old = "<bookmark xmlns='urn:x'/><noticed timestamp='2022-07-11T12:07:24Z'/><reactions><reaction>🔨</reaction></reactions>";
    let old = items(&item("alice@example.org", "", old));
    let sent = async |change| {
        let script = there().line(GET, &[NODE, "id=\"alice@example.org\""], &old).line(SET, &["<publish", NODE], "");
        Microblog.attach(&script, &alice(), &post(), &change, now()).await.unwrap();
        xml(&script.end().pop().unwrap().1)
    };
    let more = sent(Attach::Add(emoji("🎉"))).await;
    assert!(more.contains("<item id=\"alice@example.org\">") && more.contains("<bookmark xmlns=\"urn:x\""), "{more}");
    assert!(more.contains("<noticed timestamp=\"2022-07-11T12:07:24Z\""), "it was noticed then: {more}");
    assert!(more.contains("<reaction>🔨</reaction><reaction>🎉</reaction>"), "{more}");
    let less = sent(Attach::Unlike).await;
    assert!(!less.contains("<noticed") && less.contains("🔨") && less.contains("<bookmark"), "{less}");
    let none = sent(Attach::Take(emoji("🔨"))).await;
    assert!(!none.contains("<reactions") && none.contains("<noticed"), "{none}");
}

#[tokio::test]
async fn the_last_attachment_is_taken_away_whole_and_nobody_makes_anothers_node() {
    let liked = items(&item("alice@example.org", "", "<noticed/>"));
    let script = there().line(GET, &[NODE], &liked).line(SET, &["<retract", NODE, "alice@example.org"], "");
    Microblog.attach(&script, &alice(), &post(), &Attach::Unlike, now()).await.unwrap();
    script.end();
    // Where only the owner may take away, it is left empty.
    let script = there().line(GET, &[NODE], &liked).refusal(SET, &["<retract"], "forbidden").line(
        SET,
        &["<publish", NODE, "<attachments"],
        "",
    );
    Microblog.attach(&script, &alice(), &post(), &Attach::Unlike, now()).await.unwrap();
    assert!(!xml(&script.end().pop().unwrap().1).contains("noticed"));
    let script = Script::new().refusal(GET, &[NODE], "item-not-found");
    let error = Microblog.attach(&script, &alice(), &post(), &Attach::Like, now()).await.unwrap_err();
    assert!(error.is("feature-not-implemented"), "{error}");
    script.end();
}
