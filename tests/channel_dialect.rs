//! The dialect of channel services spoken to our own, behind each server, by the hands of a foreign client.

use cirrus::channel::{
    Access, Address, ChannelId, Draft, Event, Followers, Kind, NewChannel, Post, PostId, PostRef, Role, Settings,
    Standing,
};
use cirrus::dialect::{Buddycloud, Dialect, Following, Microblog, Services, Software, Verdict};
use cirrus::xmpp::{Ask, AskError, Kind as Asking, Request};
use jiff::Timestamp;
use minidom::Element;

use crate::support::channel_service::ChannelService;
use crate::support::foreign::Foreign;
use crate::support::servers::Server;

on_servers! { [home_channels prosody_channels ejabberd_channels] {
    a_channel_from_its_registration_to_its_threads
    people_come_in_and_are_kept_out
    a_topic_is_made_changed_found_and_deleted
    pages_of_a_long_channel_have_every_post_once
} }

/// Somebody at the channel service of their domain.
struct Person {
    client: Foreign,
    address: Address,
    own: ChannelId,
    services: Services,
    dialect: Buddycloud,
}

impl Ask for Person {
    async fn ask(&self, request: Request) -> Result<Option<Element>, AskError> {
        ask(&self.client, request).await
    }
}

/// Asks through the foreign client, which tells only the condition of an error.
async fn ask(client: &Foreign, request: Request) -> Result<Option<Element>, AskError> {
    let kind = if request.kind == Asking::Get { "get" } else { "set" };
    let to = request.to.map(|to| to.to_string());
    match client.iq(kind, to.as_deref(), &String::from(&request.payload)).await {
        Ok(answer) => {
            let answer: Element = answer.parse().expect("an answer is well-formed");
            Ok(answer.children().next().cloned())
        }
        Err(condition) if condition == "no answer" => Err(AskError::Timeout),
        Err(condition) => Err(AskError::Stanza { condition, specific: None, text: None }),
    }
}

struct Through<'a>(&'a Foreign);

impl Ask for Through<'_> {
    async fn ask(&self, request: Request) -> Result<Option<Element>, AskError> {
        ask(self.0, request).await
    }
}

impl Person {
    async fn at(server: &'static Server) -> Person {
        ChannelService::of(server);
        let account = server.account();
        let address: Address = account.address.parse().unwrap();
        let client = Foreign::sign_in(server, &account).await;
        let services = Microblog.discover(&Through(&client), &server.domain.parse().unwrap()).await.unwrap();
        let found = services.channel_service.clone().expect("the domain has a channel service");
        assert_eq!(found.software, Software::Other);
        let dialect = Buddycloud::new(found);
        client.send(&format!("<presence to='{}'/>", dialect.presence_to())).await.unwrap();
        dialect.register(&Through(&client)).await.unwrap();
        Person { own: ChannelId::buddycloud(address.clone()), client, address, services, dialect }
    }

    async fn publish(&self, channel: &ChannelId, id: &str, text: &str) -> Result<Post, AskError> {
        let published =
            self.dialect.publish(self, &self.address, &self.services, channel, &draft(id, text), now()).await;
        published.map(|published| published.post)
    }

    async fn reply(&self, to: &Post, id: &str, text: &str) -> Post {
        self.dialect.reply(self, &self.address, to, &draft(id, text), now()).await.unwrap()
    }

    async fn texts(&self, channel: &ChannelId) -> Vec<String> {
        let page = self.dialect.posts(self, channel, None, 20).await.unwrap();
        assert_eq!(page.problems, []);
        page.posts.iter().map(|post| post.content.text.clone().unwrap_or_default()).collect()
    }

    /// The next news that fit.
    async fn hears(&mut self, what: &str, fits: impl Fn(&Event) -> bool) -> Event {
        let dialect = self.dialect.clone();
        let read =
            |message: &str| message.parse::<Element>().map(|message| dialect.read_event(&message)).unwrap_or_default();
        let message = self.client.message(what, |message| read(message).iter().any(&fits)).await;
        read(&message).into_iter().find(fits).unwrap()
    }
}

fn draft(id: &str, text: &str) -> Draft {
    Draft { tags: vec!["verona".into()], ..Draft::new(PostId::new(id).unwrap(), text.into(), String::new()) }
}

fn now() -> Timestamp {
    Timestamp::now()
}

/// Ids are unique in a whole service, which the tests of a server share.
fn id(name: &str, person: &Person) -> String {
    format!("{name}-{}", person.address.node().unwrap())
}

async fn a_channel_from_its_registration_to_its_threads(server: &'static Server) {
    let (juliet, mut nurse) = (Person::at(server).await, Person::at(server).await);
    juliet.dialect.register(&juliet).await.expect("doing it again changes nothing");
    let about = nurse.dialect.about(&nurse, &juliet.own).await.unwrap();
    assert_eq!((about.kind, about.access), (Kind::Personal, Access::Open));
    assert!(about.created.is_some() && !about.says_nothing());
    let following = nurse.dialect.follow(&nurse, &nurse.address, &juliet.own, None).await;
    assert_eq!(following, Ok(Following::Subscribed));
    let follows = nurse.dialect.follows(&nurse, &nurse.address, &nurse.services).await.unwrap();
    assert_eq!(follows.iter().map(|followed| &followed.channel).collect::<Vec<_>>(), [&juliet.own]);

    let post = juliet.publish(&juliet.own, &id("post", &juliet), "O <Romeo> & more\nWherefore?").await.unwrap();
    assert_eq!(post.at, PostRef::new(juliet.own.clone(), PostId::new(id("post", &juliet)).unwrap()));
    let Event::Published(heard) = nurse.hears("the post", |event| matches!(event, Event::Published(_))).await else {
        panic!()
    };
    assert_eq!(heard.at, post.at);
    assert_eq!(heard.content.text, post.content.text);
    assert_eq!(heard.content.title, None, "what the service makes a title of is the text");
    assert_eq!((heard.author.address.as_ref(), &heard.author.standing), (Some(&juliet.address), &Standing::Verified));
    assert_eq!(heard.tags, ["verona"]);
    let read = nurse.dialect.post(&nurse, &post.at).await.unwrap().unwrap();
    assert_eq!(read, *heard, "read and heard are one");

    juliet.dialect.set_role(&juliet, &juliet.own, &nurse.address, Role::Publisher).await.unwrap();
    let comment = nurse.reply(&read, &id("comment", &nurse), "Hush").await;
    let second = juliet.reply(&comment, &id("answer", &juliet), "No").await;
    let like = juliet
        .dialect
        .like(&juliet, &juliet.address, &comment, &PostId::new(id("like", &juliet)).unwrap(), now())
        .await
        .unwrap();
    assert!(like.is_like());
    let again = juliet
        .dialect
        .like(&juliet, &juliet.address, &comment, &PostId::new(id("again", &juliet)).unwrap(), now())
        .await;
    assert!(again.is_ok() || again.as_ref().is_err_and(|error| matches!(error, AskError::Stanza { .. })), "{again:?}");
    let thread = nurse.dialect.replies(&nurse, &read).await.unwrap();
    assert!(thread.posts.iter().all(|reply| reply.in_reply_to == Some(read.at.clone())));
    let (likes, replies): (Vec<&Post>, Vec<&Post>) = thread.posts.iter().partition(|reply| reply.is_like());
    assert_eq!((likes.len(), replies.len()), (1, 2));
    assert_eq!(likes[0].about, Some(comment.at.clone()));
    assert_eq!(replies.iter().find(|reply| reply.at == second.at).unwrap().about, Some(comment.at.clone()));
    assert_eq!(nurse.texts(&juliet.own).await, ["O <Romeo> & more\nWherefore?"], "replies are not among the posts");

    let other = juliet.publish(&juliet.own, &id("other", &juliet), "What’s in a name?").await.unwrap();
    let threads = nurse.dialect.threads(&nurse, &juliet.own, None, 10).await.unwrap();
    let heads: Vec<&PostRef> = threads.threads.iter().map(|thread| &thread.post.at).collect();
    assert_eq!((heads, threads.older.as_ref()), (vec![&other.at, &read.at], None));
    let told: Vec<&PostRef> = threads.threads[1].replies.iter().map(|reply| &reply.at).collect();
    assert!(told.starts_with(&[&comment.at, &second.at]), "{told:?}");
    let first = nurse.dialect.threads(&nurse, &juliet.own, None, 1).await.unwrap();
    let next = nurse.dialect.threads(&nurse, &juliet.own, first.older.as_deref(), 1).await.unwrap();
    assert_eq!(next.threads, threads.threads[1..], "a page goes on where the one before ended");

    let edited =
        nurse.dialect.edit(&nurse, &nurse.address, &comment.at, &draft("x", "Hush, child"), now()).await.unwrap();
    assert_eq!(edited.in_reply_to, Some(read.at.clone()));
    let read_again = nurse.dialect.post(&nurse, &comment.at).await.unwrap().unwrap();
    assert_eq!(read_again.content.text.as_deref(), Some("Hush, child"));
    assert_eq!(read_again.in_reply_to, Some(read.at.clone()));
    let recent = nurse.dialect.recent(&nurse, "2020-01-01T00:00:00Z".parse().unwrap(), 50, 100).await.unwrap().posts;
    assert!(recent.iter().any(|post| post.at == read.at), "{recent:?}");

    juliet.dialect.set_status(&juliet, &juliet.address, &juliet.own, "in love", now()).await.unwrap();
    nurse
        .hears("the status", |event| {
            *event == Event::Reconfigured(juliet.own.clone()) || matches!(event, Event::Published(_))
        })
        .await;
    assert_eq!(nurse.dialect.about(&nurse, &juliet.own).await.unwrap().status.as_deref(), Some("in love"));
    juliet.dialect.set_status(&juliet, &juliet.address, &juliet.own, "", now()).await.unwrap();
    assert_eq!(nurse.dialect.about(&nurse, &juliet.own).await.unwrap().status, None);

    juliet.dialect.remove(&juliet, &juliet.address, &read.at).await.unwrap();
    nurse.hears("its end", |event| *event == Event::Removed(read.at.clone())).await;
    assert_eq!(nurse.texts(&juliet.own).await, ["What’s in a name?"]);
    let left = nurse.dialect.post(&nurse, &read.at).await.unwrap();
    assert!(left.is_none_or(|stub| stub.is_deleted));
}

async fn people_come_in_and_are_kept_out(server: &'static Server) {
    let (mut owner, mut guest, stranger) =
        (Person::at(server).await, Person::at(server).await, Person::at(server).await);
    let private =
        Settings { access: Some(Access::Restricted), default_role: Some(Role::Follower), ..Settings::default() };
    owner.dialect.configure(&owner, &owner.own, &private).await.unwrap();
    owner.publish(&owner.own, &id("secret", &owner), "secret").await.unwrap();
    let refused = guest.dialect.posts(&guest, &owner.own, None, 5).await.unwrap_err();
    assert!(refused.is("forbidden"), "{refused:?}");
    assert_eq!(guest.dialect.about(&guest, &owner.own).await.unwrap().access, Access::Restricted);
    assert_eq!(guest.dialect.follow(&guest, &guest.address, &owner.own, None).await, Ok(Following::Pending));
    let who = guest.address.clone();
    owner.hears("the request", |event| matches!(event, Event::PartChanged { who: about, .. } if *about == who)).await;
    assert_eq!(owner.dialect.requests(&owner, &owner.address, &owner.own).await.unwrap(), [guest.address.clone()]);
    assert!(guest.dialect.requests(&guest, &guest.address, &owner.own).await.is_err());
    assert!(guest.dialect.follows(&guest, &guest.address, &guest.services).await.unwrap()[0].is_pending);
    owner.dialect.answer_request(&owner, &owner.own, &guest.address, Verdict::Approve).await.unwrap();
    guest.hears("the answer", |event| matches!(event, Event::PartChanged { .. })).await;
    assert_eq!(guest.texts(&owner.own).await, ["secret"]);
    assert!(guest.publish(&owner.own, &id("no", &guest), "may not").await.unwrap_err().is("forbidden"));
    let roles = guest.dialect.roles(&guest, guest.dialect.presence_to()).await.unwrap();
    assert!(roles.contains(&(owner.own.clone(), Role::Follower)), "{roles:?}");
    let Followers::Known(known) = guest.dialect.followers(&guest, Some(&guest.address), &owner.own).await.unwrap()
    else {
        panic!("members see members")
    };
    assert!(
        known.contains(&(guest.address.clone(), Role::Follower))
            && known.contains(&(owner.address.clone(), Role::Owner))
    );
    let hidden = stranger.dialect.followers(&stranger, Some(&stranger.address), &owner.own).await.unwrap();
    assert!(!matches!(hidden, Followers::Known(_)), "{hidden:?}");

    owner.dialect.invite(&owner, &owner.own, &stranger.address).await.unwrap();
    let invited = stranger.dialect.follows(&stranger, &stranger.address, &stranger.services).await.unwrap();
    assert_eq!(invited[0].invited_by, Some(owner.address.clone()));
    assert_eq!(
        stranger.dialect.follow(&stranger, &stranger.address, &owner.own, None).await,
        Ok(Following::Subscribed)
    );
    assert_eq!(stranger.texts(&owner.own).await, ["secret"]);

    owner.dialect.set_role(&owner, &owner.own, &guest.address, Role::Banned).await.unwrap();
    assert!(guest.dialect.posts(&guest, &owner.own, None, 5).await.unwrap_err().is("forbidden"));
    assert_eq!(owner.dialect.banned(&owner, &owner.address, &owner.own).await.unwrap(), [guest.address.clone()]);
    assert!(stranger.dialect.banned(&stranger, &stranger.address, &owner.own).await.unwrap_err().is("forbidden"));
    owner.dialect.set_role(&owner, &owner.own, &stranger.address, Role::Moderator).await.unwrap();
    assert_eq!(
        stranger.dialect.banned(&stranger, &stranger.address, &owner.own).await.unwrap(),
        [guest.address.clone()]
    );
    stranger.dialect.unfollow(&stranger, &stranger.address, &owner.own).await.unwrap();
}

async fn a_topic_is_made_changed_found_and_deleted(server: &'static Server) {
    let (juliet, mut nurse) = (Person::at(server).await, Person::at(server).await);
    let name = id("balcony", &juliet);
    let settings = Settings {
        title: Some(format!("Talk {name}")),
        access: Some(Access::Open),
        default_role: Some(Role::Publisher),
        ..Settings::default()
    };
    let new = NewChannel { name: name.clone(), settings };
    let topic = juliet.dialect.create(&juliet, &juliet.address, &juliet.services, &new).await.unwrap();
    let again = nurse.dialect.create(&nurse, &nurse.address, &nurse.services, &new).await;
    assert!(again.unwrap_err().is("conflict"));
    nurse.dialect.follow(&nurse, &nurse.address, &topic, None).await.unwrap();
    let word = format!("nightingale{}", juliet.address.node().unwrap());
    nurse.publish(&topic, &id("bird", &nurse), &format!("It was the {word}")).await.unwrap();
    let change = Settings { description: Some("About birds".into()), ..Settings::default() };
    juliet.dialect.configure(&juliet, &topic, &change).await.unwrap();
    nurse.hears("the change", |event| *event == Event::Reconfigured(topic.clone())).await;
    let about = nurse.dialect.about(&nurse, &topic).await.unwrap();
    assert_eq!((about.kind, about.default_role), (Kind::Topic, Some(Role::Publisher)));
    assert_eq!((about.title, about.description.as_deref()), (Some(format!("Talk {name}")), Some("About birds")));
    assert_eq!(about.creator, Some(juliet.address.clone()));

    let found = nurse.dialect.search(&nurse, &word).await.unwrap();
    assert_eq!(found.posts.iter().map(|post| &post.at.channel).collect::<Vec<_>>(), [&topic]);
    let found = nurse.dialect.search(&nurse, &name).await.unwrap();
    assert!(found.channels.iter().any(|about| about.id == topic), "{found:?}");
    let popular = nurse.dialect.popular(&nurse).await.unwrap();
    assert!(!popular.most_followed.is_empty() && !popular.most_active.is_empty(), "{popular:?}");
    let listed = nurse.dialect.channels(&nurse, nurse.dialect.presence_to()).await.unwrap();
    assert!(listed.iter().any(|about| about.id == topic));

    assert!(nurse.dialect.delete(&nurse, &topic).await.unwrap_err().is("forbidden"));
    juliet.dialect.delete(&juliet, &topic).await.unwrap();
    nurse.hears("its end", |event| *event == Event::Closed(topic.clone())).await;
    assert!(nurse.dialect.posts(&nurse, &topic, None, 5).await.unwrap_err().is("item-not-found"));
}

async fn pages_of_a_long_channel_have_every_post_once(server: &'static Server) {
    let juliet = Person::at(server).await;
    let mut all = Vec::new();
    for number in 0..23 {
        let post = juliet
            .publish(&juliet.own, &id(&format!("p{number:02}"), &juliet), &format!("post {number}"))
            .await
            .unwrap();
        if number % 5 == 0 {
            juliet.reply(&post, &id(&format!("r{number:02}"), &juliet), "a reply").await;
        }
        all.push(post.at.id.to_string());
    }
    all.reverse();
    let (mut read, mut before, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let page = juliet.dialect.posts(&juliet, &juliet.own, before.as_deref(), 5).await.unwrap();
        read.extend(page.posts.iter().map(|post| post.at.id.to_string()));
        pages += 1;
        match page.older {
            Some(older) if pages < 9 => before = Some(older),
            _ => break,
        }
    }
    assert_eq!(read, all);
    assert!(pages <= 6, "{pages}");
    // Somebody who has no channel there, as people of other domains have none, reads in the same order.
    let account = server.account();
    let stranger = Foreign::sign_in(server, &account).await;
    let page = juliet.dialect.posts(&Through(&stranger), &juliet.own, None, 5).await.unwrap();
    assert_eq!(page.posts.iter().map(|post| post.at.id.as_str()).collect::<Vec<_>>(), all[..5]);
    let page = juliet.dialect.posts(&Through(&stranger), &juliet.own, page.older.as_deref(), 5).await.unwrap();
    assert_eq!(page.posts.iter().map(|post| post.at.id.as_str()).collect::<Vec<_>>(), all[5..10]);
}
