//! Discovery, search, lists of the popular, and the services beside.

use super::*;
use crate::channel::{About, Kind, Role};
use crate::dialect::buddycloud::{Notices, discovery};
use crate::dialect::{Dialect, Microblog};

const ITEMS: &str = "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='muc.capulet.lit'/>\
    <item jid='topics.capulet.lit'/><item jid='buddycloud.capulet.lit'/><item jid='media.capulet.lit'/>\
    <item jid='search.capulet.lit'/><item jid='pubsub.capulet.lit'/><item jid='dead.capulet.lit'/></query>";

fn info(inside: &str) -> String {
    format!("<query xmlns='http://jabber.org/protocol/disco#info'>{inside}</query>")
}

fn identity(category: &str, kind: &str) -> String {
    format!("<identity category='{category}' type='{kind}'/>")
}

#[tokio::test]
async fn the_channel_service_is_found_and_told_from_the_domain_of_topics() {
    let channels = format!(
        "{}{}<feature var='jabber:iq:version'/>",
        identity("pubsub", "channels"),
        identity("pubsub", "service")
    );
    let media = format!(
        "{}<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>http://buddycloud.org/v1/api</value></field>\
         <field var='endpoint'><value>https://demo.buddycloud.org/api/media_proxy/</value></field></x>",
        identity("component", "generic")
    );
    let script = Script::new()
        .line("get capulet.lit", &["disco#items"], ITEMS)
        .line("get muc.capulet.lit", &[], &info(&identity("conference", "text")))
        .recorded("get topics.capulet.lit", &["disco#info"], "node-juliet", "j25")
        .line("get buddycloud.capulet.lit", &[], &info(&channels))
        .line("get media.capulet.lit", &[], &info(&media))
        .line("get search.capulet.lit", &[], &info(""))
        .line("get pubsub.capulet.lit", &[], &info(&identity("pubsub", "service")))
        .refusal("get dead.capulet.lit", &[], "remote-server-timeout")
        .recorded("get buddycloud.capulet.lit", &["jabber:iq:version"], "node-juliet", "j21");
    let services = Microblog.discover(&script, &address("capulet.lit")).await.unwrap();
    script.end();
    let found = services.channel_service.unwrap();
    assert_eq!(found.address, address("buddycloud.capulet.lit"));
    assert_eq!((found.software, found.topics), (Software::Node, address("topics.capulet.lit")));
    assert_eq!(found.helpers.media.as_deref(), Some("https://demo.buddycloud.org/api/media_proxy"));
    assert_eq!(found.helpers.directory, Some(address("search.capulet.lit")));
    let plain: Vec<String> = services.channels.iter().map(|service| service.address.to_string()).collect();
    assert_eq!(plain, ["pubsub.capulet.lit"], "neither the service nor its topics are communities");
}

#[tokio::test]
async fn java_is_known_by_what_it_does_not_tell_and_a_plain_domain_has_none() {
    let java = format!("{}<feature var='jabber:iq:search'/>", identity("pubsub", "channels"));
    let script = Script::new()
        .line(
            "get montague.lit",
            &[],
            "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='buddycloud.montague.lit'/></query>",
        )
        .line("get buddycloud.montague.lit", &[], &info(&java));
    let found = Microblog.discover(&script, &address("montague.lit")).await.unwrap().channel_service.unwrap();
    assert_eq!((found.software, found.topics.as_str()), (Software::Java, "topics.montague.lit"));
    let script = Script::new().line("get plain.lit", &[], "<query xmlns='http://jabber.org/protocol/disco#items'/>");
    assert_eq!(Microblog.discover(&script, &address("plain.lit")).await.unwrap().channel_service, None);
}

#[tokio::test]
async fn names_from_dns_are_believed_only_when_they_say_so_themselves() {
    let channels = info(&identity("pubsub", "channels"));
    let script = Script::new().line("get evil.lit", &[], &info(&identity("pubsub", "service"))).line(
        "get server01.verona.lit",
        &[],
        &channels,
    );
    let names = ["".to_owned(), "evil.lit".to_owned(), "server01.verona.lit.".to_owned()];
    let found = discovery::by_names(&script, &address("verona.lit"), &names).await.unwrap().unwrap();
    assert_eq!((found.address, found.domain), (address("server01.verona.lit"), address("verona.lit")));
    let none = discovery::by_names(&Script::new(), &address("verona.lit"), &[]).await;
    assert_eq!(none, Ok(None));
}

#[tokio::test]
async fn posts_are_found_without_any_namespace() {
    let script =
        Script::new().recorded("set buddycloud.montague.lit", &["var='content'", ">comment<"], "java-romeo", "q35");
    let found = java().search(&script, "comment").await.unwrap();
    assert_eq!(script.end()[0].1, asked("java-romeo", "q35"));
    let texts: Vec<_> = found.posts.iter().filter_map(|post| post.content.text.as_deref()).collect();
    assert_eq!(texts, ["comment by local ref", "comment by global ref"]);
    assert!(found.posts.iter().all(|post| post.at.channel == channel("romeo@montague.lit")));
    assert!(node().search(&Script::new(), "x").await.unwrap_err().is("feature-not-implemented"));
}

#[tokio::test]
async fn channels_are_found_and_a_silent_directory_hides_nothing() {
    let mut with_directory = other().service().clone();
    with_directory.helpers.directory = Some(address("search.verona.lit"));
    let dialect = Buddycloud::new(with_directory);
    let row = "<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='result'><item>\
        <field var='node'><value>/user/duel@topics.verona.lit/posts</value></field><field var='title'><value>Duels</value></field></item></x></query>";
    let script = Script::new()
        .refusal("set buddycloud.verona.lit", &["var='content'"], "internal-server-error")
        .line("set buddycloud.verona.lit", &["var='channel'"], row)
        .failure("get search.verona.lit", &["metadata_query"], AskError::Timeout)
        .failure("get search.verona.lit", &["content_query"], AskError::Timeout);
    let found = dialect.search(&script, "duel").await.unwrap();
    assert_eq!(
        found.channels,
        [About { title: Some("Duels".into()), ..About::unknown(channel("duel@topics.verona.lit")) }]
    );
}

#[tokio::test]
async fn the_directory_spells_in_every_way() {
    let mut with_directory = node().service().clone();
    with_directory.helpers.directory = Some(address("search.capulet.lit"));
    let dialect = Buddycloud::new(with_directory);
    let channels = "<query xmlns='http://buddycloud.com/channel_directory/metadata_query'>\
        <item jid='one@example.org' type='channel' description='by attribute' created='2012-01-01T00:00:00Z'><title>One</title>\
        <channel_type>topic</channel_type><default_affiliation>publisher</default_affiliation></item>\
        <item jid='two@example.org'><description>by element</description><channel-type>personal</channel-type></item>\
        <item jid='example.org'/><item/></query>";
    let posts = "<query xmlns='http://buddycloud.com/channel_directory/content_query'>\
        <item id='tag:x,/user/one@example.org/posts,a' type='post'><entry xmlns='http://www.w3.org/2005/Atom'><author>romeo@montague.lit</author>\
        <content>found</content><published>2012-01-01T00:00:00Z</published></entry></item></query>";
    let script = Script::new()
        .line("get search.capulet.lit", &["metadata_query", "<search>topic</search>", "<max>30</max>"], channels)
        .line("get search.capulet.lit", &["content_query"], posts);
    let found = dialect.search(&script, "topic").await.unwrap();
    let [one, two] = &found.channels[..] else { panic!("{found:?}") };
    assert_eq!((one.title.as_deref(), one.kind, one.default_role), (Some("One"), Kind::Topic, Some(Role::Publisher)));
    assert_eq!((one.description.as_deref(), two.description.as_deref()), (Some("by attribute"), Some("by element")));
    assert!(one.created.is_some() && two.kind == Kind::Personal);
    let [post] = &found.posts[..] else { panic!("{found:?}") };
    assert_eq!(
        (post.at.clone(), post.author.address.clone()),
        (at("one@example.org", "a"), Some(address("romeo@montague.lit")))
    );
    assert_eq!(post.author.standing, crate::channel::Standing::Unverified);
    let script =
        Script::new().line("get search.capulet.lit", &["similar_channels", ">one@example.org</channel-jid>"], channels);
    assert_eq!(dialect.similar(&script, &one.id).await.unwrap().len(), 2);
    let script = Script::new().line(
        "get search.capulet.lit",
        &["recommendation_query", ">juliet@capulet.lit</user-jid>"],
        channels,
    );
    assert_eq!(dialect.recommended(&script, &address("juliet@capulet.lit")).await.unwrap().len(), 2);
    let script = Script::new().line("get search.capulet.lit", &["nearby_query", "lat='48.5'", "lon='11'"], channels);
    assert_eq!(dialect.nearby(&script, 48.5, 11.0).await.unwrap().len(), 2);
    assert!(node().nearby(&Script::new(), 0.0, 0.0).await.unwrap_err().is("feature-not-implemented"));
}

#[tokio::test]
async fn popular_channels_are_listed_with_what_they_say() {
    let head = "get buddycloud.capulet.lit";
    let script = Script::new().recorded(head, &["node='/top-followed-nodes'"], "node-juliet", "j19").recorded(
        "get buddycloud.capulet.lit",
        &[],
        "java-romeo",
        "q32",
    );
    // Lists are asked side by side, so that any order may come: each answer is good for every question.
    drop(script);
    let parrot = Listing;
    let popular = node().popular(&parrot).await.unwrap();
    let names: Vec<&str> = popular.most_followed.iter().map(|about| about.id.address.as_str()).collect();
    assert_eq!(names, ["juliet@capulet.lit", "nurse@capulet.lit"]);
    assert_eq!(popular.most_followed[0].title.as_deref(), Some("Duels"), "the channel's own title");
    let names: Vec<&str> = popular.most_active.iter().map(|about| about.id.address.as_str()).collect();
    assert_eq!(names, ["juliet@capulet.lit", "romeo@montague.lit", "nurse@capulet.lit"]);
    assert!(java().popular(&parrot).await.unwrap_err().is("feature-not-implemented"));
}

/// A service that knows its lists and one channel.
struct Listing;

impl crate::xmpp::Ask for Listing {
    async fn ask(&self, request: crate::xmpp::Request) -> Result<Option<Element>, AskError> {
        match request.payload.attr("node").unwrap_or_default() {
            "/top-followed-nodes" => answer("node-juliet", "j19"),
            "/top-published-nodes" => answer("node-misc", "ap6"),
            _ => answer("java-romeo", "q32"),
        }
    }
}

#[test]
fn files_are_links_of_the_domains_own_media_server() {
    let mut service = java().service().clone();
    service.helpers.media = Some("https://media.montague.lit/api".into());
    let dialect = Buddycloud::new(service);
    let with_media = messages("java-romeo").into_iter().flat_map(|message| dialect.read_event(&message)).find_map(
        |event| match event {
            crate::channel::Event::Published(post) if post.content.text.as_deref() == Some("with media") => Some(post),
            _ => None,
        },
    );
    let links = with_media.expect("recorded").links;
    let hrefs: Vec<&str> = links.iter().map(|link| link.href.as_str()).collect();
    assert_eq!(hrefs, ["https://media.montague.lit/api/romeo%40montague%2Elit/abc123"]);
    assert_eq!(links[0].rel, "enclosure");
    use crate::dialect::buddycloud::media::{Endpoint, read_url};
    let files = Endpoint::of(dialect.service()).unwrap();
    let evil = "<entry xmlns='x'><media><item id='a' channel='x@evilmontague.lit'/><item id='../x' channel='a@topics.montague.lit'/><item id='' channel='a@montague.lit'/></media></entry>";
    let links = files.enclosures(&element(evil));
    assert_eq!(links.len(), 1);
    assert!(links[0].href.ends_with("/%2E%2E%2Fx"), "{links:?}");
    for url in ["javascript:alert(1)", "ftp://x", "https://x/?a", "https://x y", ""] {
        assert_eq!(read_url(url), None, "{url}");
    }
}

#[tokio::test]
async fn notices_by_mail() {
    let mut service = node().service().clone();
    service.helpers.pusher = Some(address("pusher.capulet.lit"));
    let dialect = Buddycloud::new(service);
    let answer = "<query xmlns='http://buddycloud.com/pusher/notification-settings'><notificationSettings><type>email</type>\
        <target>juliet@example.net</target><postAfterMe>true</postAfterMe><postMentionedMe>true</postMentionedMe>\
        <postOnMyChannel>true</postOnMyChannel><postOnSubscribedChannel>false</postOnSubscribedChannel></notificationSettings></query>";
    let script = Script::new().line("get pusher.capulet.lit", &["<type>email</type>"], answer);
    let notices = dialect.notices(&script).await.unwrap();
    let expected = Notices {
        target: "juliet@example.net".into(),
        post_after_me: true,
        mention: true,
        post_on_mine: true,
        ..Notices::default()
    };
    assert_eq!(notices, std::slice::from_ref(&expected));
    let script = Script::new().line(
        "set pusher.capulet.lit",
        &["<target>juliet@example.net</target>", "<followRequest>false</followRequest>"],
        "",
    );
    dialect.set_notices(&script, &expected).await.unwrap();
    assert!(node().notices(&Script::new()).await.unwrap_err().is("feature-not-implemented"));
}

#[test]
fn each_server_does_what_it_can() {
    let (node, java, other) = (node().abilities(), java().abilities(), other().abilities());
    assert!(!node.delete && !node.search && !node.ratings && !node.invite && node.edit && node.popular);
    assert!(java.delete && java.search && java.ratings && java.invite && !java.edit && !java.popular);
    assert!(other.delete && other.search && other.ratings && other.edit && other.popular && other.recent);
}
