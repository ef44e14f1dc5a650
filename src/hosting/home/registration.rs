//! In-band registration, XEP-0077: new accounts before signing in; a new password or the end of the account after.

use minidom::Element;

use super::command::{Command, Registration};
use super::presence::Problem;
use super::query::Answer;
use super::router::Router;
use super::{Shared, accounts, subscription};
use crate::hosting::form::{self, DATA, Kind};
use crate::hosting::pubsub::Caller;
use crate::hosting::pubsub::wire::Verb;
use crate::hosting::stanza::{CLIENT, StanzaError, attribute, text_element};
use crate::store::Credentials;

/// The namespace of registration.
pub const REGISTER: &str = "jabber:iq:register";
/// For people.
const INSTRUCTIONS: &str = "Choose a name and a password for your account.";

/// A name and a password as they were typed.
struct Wish {
    user: String,
    password: String,
}

/// Reads the fields, from the data form where there is one.
fn read(query: &Element) -> Result<Wish, StanzaError> {
    let missing = || StanzaError::new("not-acceptable").text("A name and a password are needed.");
    let (user, password) = match query.get_child("x", DATA) {
        Some(x) => match form::read(x, REGISTER)? {
            form::Answer::Submit(mut fields) => {
                let mut take = |name: &str| fields.remove(name).and_then(|values| values.into_iter().next());
                (take("username"), take("password"))
            }
            form::Answer::Cancel => return Err(StanzaError::new("not-acceptable").text("The form was cancelled.")),
        },
        None => {
            let take = |name: &str| query.get_child(name, REGISTER).map(Element::text);
            (take("username"), take("password"))
        }
    };
    Ok(Wish { user: user.ok_or_else(missing)?, password: password.ok_or_else(missing)? })
}

/// Answers a request of somebody who has not signed in; `has_registered` bounds a connection to one account.
pub(super) async fn before_sign_in(shared: &Shared, iq: &Element, has_registered: &mut bool) -> String {
    let answer = answer_stranger(shared, iq, has_registered).await;
    let mut out = String::from("<iq");
    attribute("type", if answer.is_ok() { "result" } else { "error" }, &mut out);
    attribute("id", iq.attr("id").unwrap_or_default(), &mut out);
    attribute("from", &shared.names.domain, &mut out);
    out.push('>');
    match answer {
        Ok(child) => out.push_str(&child),
        Err(error) => error.write(&mut out),
    }
    out.push_str("</iq>");
    out
}

async fn answer_stranger(shared: &Shared, iq: &Element, has_registered: &mut bool) -> Result<String, StanzaError> {
    if !shared.open_registration {
        return Err(StanzaError::new("service-unavailable").text("Registration is closed."));
    }
    if iq.attr("id").is_none_or(str::is_empty) || iq.children().count() != 1 {
        return Err(StanzaError::new("bad-request"));
    }
    if iq.attr("to").is_some_and(|to| to != shared.names.domain) {
        return Err(StanzaError::new("not-allowed"));
    }
    let query = iq.get_child("query", REGISTER).ok_or_else(|| StanzaError::new("bad-request"))?;
    match iq.attr("type") {
        Some("get") => Ok(empty_form()),
        Some("set") if query.has_child("remove", REGISTER) => Err(StanzaError::new("unexpected-request")),
        Some("set") if *has_registered => {
            Err(StanzaError::new("resource-constraint").text("One account a connection."))
        }
        Some("set") => {
            let wish = read(query)?;
            let user = accounts::user(&wish.user);
            let user = user.ok_or_else(|| StanzaError::new("not-acceptable").text("This name cannot be used."))?;
            let password = accounts::password(&wish.password);
            let password =
                password.ok_or_else(|| StanzaError::new("not-acceptable").text("This password cannot be used."))?;
            let keys = derive(password, shared.limits.iterations).await?;
            let made = shared.ask(|answer| Command::Register { user, keys, answer }).await;
            match made.map_err(|_| StanzaError::new("internal-server-error"))? {
                Ok(()) => {
                    *has_registered = true;
                    Ok(String::new())
                }
                Err(Registration::Taken) => Err(StanzaError::new("conflict").text("This name is taken.")),
                Err(Registration::Full) => Err(StanzaError::new("resource-constraint")),
                Err(Registration::Failed) => Err(StanzaError::new("internal-server-error")),
            }
        }
        _ => Err(StanzaError::new("bad-request")),
    }
}

async fn derive(password: String, iterations: u32) -> Result<Credentials, StanzaError> {
    let derived = tokio::task::spawn_blocking(move || accounts::derive(&password, iterations));
    derived.await.map_err(|_| StanzaError::new("internal-server-error"))
}

fn empty_form() -> String {
    let mut out = format!("<query xmlns='{REGISTER}'>");
    text_element("instructions", INSTRUCTIONS, &mut out);
    out.push_str("<username/><password/>");
    form::open("form", REGISTER, &mut out);
    form::field("username", Kind::Line, Some("Name"), &[], &mut out);
    form::field("password", Kind::Private, Some("Password"), &[], &mut out);
    form::close(&mut out);
    out.push_str("</query>");
    out
}

/// The keys of a new password, if a stanza brings one. Made here because it takes long.
pub(super) async fn new_keys(stanza: &Element, shared: &Shared) -> Option<Credentials> {
    let query = stanza.get_child("query", REGISTER).filter(|_| stanza.is("iq", CLIENT))?;
    if stanza.attr("type") != Some("set") || query.has_child("remove", REGISTER) {
        return None;
    }
    let password = accounts::password(&read(query).ok()?.password)?;
    derive(password, shared.limits.iterations).await.ok()
}

impl Router {
    /// A request of somebody who has signed in.
    pub(super) fn registration(
        &mut self,
        caller: &Caller,
        verb: Verb,
        query: &Element,
        keys: Option<Credentials>,
    ) -> Answer {
        if caller.is_guest {
            return StanzaError::new("forbidden").into();
        }
        let user = caller.bare.node().map(|user| user.to_string()).unwrap_or_default();
        if verb == Verb::Get {
            let mut out = format!("<query xmlns='{REGISTER}'><registered/>");
            text_element("username", &user, &mut out);
            out.push_str("<password/></query>");
            return Answer::Result(out);
        }
        if query.has_child("remove", REGISTER) {
            if query.children().count() != 1 {
                return StanzaError::new("bad-request").into();
            }
            return match self.close_account(caller, &user) {
                Ok(()) => Answer::Farewell,
                Err(Problem::Told(error)) => error.into(),
                Err(Problem::Store(error)) => self.failed(&error).into(),
            };
        }
        let wish = match read(query) {
            Ok(wish) => wish,
            Err(error) => return error.into(),
        };
        if accounts::user(&wish.user).as_ref() != Some(&user) {
            return StanzaError::new("not-allowed").text("An account keeps its name.").into();
        }
        let Some(keys) = keys else {
            return StanzaError::new("not-acceptable").text("This password cannot be used.").into();
        };
        match self.store.set_account(&user, &keys, (self.limits.clock)()) {
            Ok(()) => Answer::Result(String::new()),
            Err(error) => self.failed(&error).into(),
        }
    }

    /// Ends an account: its contacts are told, then everything it has is removed.
    fn close_account(&mut self, caller: &Caller, user: &str) -> Result<(), Problem> {
        for contact in self.store.contacts(user)? {
            let Ok(jid) = jid::BareJid::new(&contact.jid) else { continue };
            if contact.receives || contact.asking {
                self.subscription_change(&caller.bare, &jid, subscription::Kind::Unsubscribe, None)?;
            }
            if contact.sends || contact.request.is_some() {
                self.subscription_change(&caller.bare, &jid, subscription::Kind::Unsubscribed, None)?;
            }
        }
        self.store.remove_account(user, caller.bare.as_str())?;
        self.blocked.remove(user);
        Ok(())
    }
}
