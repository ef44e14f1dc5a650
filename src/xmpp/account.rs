//! XEP-0077 In-Band Registration, for somebody who has signed in: another password (§3.3), the end of the account (§3.2).

use jid::BareJid;
use minidom::Element;

use super::element::{element, text_element};
use super::{Ask, AskError, Kind, Request, forms};

const REGISTER: &str = "jabber:iq:register";
/// The form of a server that wants to see the old password too (§3.3, example 13).
const CHANGE: &str = "jabber:iq:register:changepassword";

/// Changes the password of one's own account. A server that refuses the plain way may have asked for its form, whose
/// fields the specification names; it is answered once.
pub async fn change_password(ask: &impl Ask, account: &BareJid, old: &str, new: &str) -> Result<(), AskError> {
    let name = account.node().map(|name| name.as_str()).unwrap_or_default();
    let mut query = Element::bare("query", REGISTER);
    query.append_child(text_element("username", REGISTER, name));
    query.append_child(text_element("password", REGISTER, new));
    match ask.ask(to_server(account, query)).await {
        Err(error) if error.is("not-authorized") || error.is("not-acceptable") => {
            let mut query = Element::bare("query", REGISTER);
            query.append_child(forms::submit(CHANGE, &[("username", name), ("old_password", old), ("password", new)]));
            // What the server said to the plain way is in better words for people than what it says to a form.
            ask.ask(to_server(account, query)).await.map(drop).map_err(|_| error)
        }
        answer => answer.map(drop),
    }
}

/// Ends one's own account. Some servers close the stream instead of answering.
pub async fn remove(ask: &impl Ask) -> Result<(), AskError> {
    let mut query = Element::bare("query", REGISTER);
    query.append_child(element("remove", REGISTER, &[]));
    // To nobody, which is the account itself, as the specification shows it.
    ask.ask(Request { to: None, kind: Kind::Set, payload: query }).await.map(drop)
}

fn to_server(account: &BareJid, payload: Element) -> Request {
    Request { to: Some(BareJid::from_parts(None, account.domain()).into()), kind: Kind::Set, payload }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Mutex;

    use super::*;

    /// A server that answers with these conditions, one after the other; empty is a result.
    struct Server(Mutex<(Vec<&'static str>, Vec<Request>)>);

    impl Ask for Server {
        async fn ask(&self, request: Request) -> Result<Option<Element>, AskError> {
            let mut server = self.0.lock().unwrap();
            server.1.push(request);
            match server.0.remove(0) {
                "" => Ok(None),
                condition => Err(AskError::Stanza { condition: condition.to_owned(), specific: None, text: None }),
            }
        }
    }

    async fn change(answers: &[&'static str]) -> (Result<(), AskError>, Vec<String>) {
        let server = Server(Mutex::new((answers.to_vec(), Vec::new())));
        let changed = change_password(&server, &"bill@shakespeare.lit".parse().unwrap(), "old<", "new&").await;
        let (left, asked) = server.0.into_inner().unwrap();
        assert!(left.is_empty());
        assert!(asked.iter().all(|request| request.to.as_ref().unwrap().to_string() == "shakespeare.lit"));
        (changed, asked.iter().map(|request| String::from(&request.payload)).collect())
    }

    #[tokio::test]
    async fn a_password_is_changed() {
        let (changed, asked) = change(&[""]).await;
        assert_eq!(changed, Ok(()));
        let plain = "<query xmlns='jabber:iq:register'><username>bill</username><password>new&amp;</password></query>";
        assert_eq!(asked, [plain]);
    }

    #[tokio::test]
    async fn a_server_that_wants_the_old_one_gets_its_form() {
        let (changed, asked) = change(&["not-authorized", ""]).await;
        assert_eq!(changed, Ok(()));
        assert!(asked[1].contains("old&lt;") && asked[1].contains(CHANGE), "{}", asked[1]);
        let (changed, _) = change(&["not-acceptable", "bad-request"]).await;
        assert!(changed.unwrap_err().is("not-acceptable"), "what it said first is what people are told");
        let (changed, asked) = change(&["not-allowed"]).await;
        assert!(changed.unwrap_err().is("not-allowed"));
        assert_eq!(asked.len(), 1);
    }

    #[tokio::test]
    async fn an_account_is_removed() {
        let server = Server(Mutex::new((vec![""], Vec::new())));
        assert_eq!(remove(&server).await, Ok(()));
        let asked = &server.0.lock().unwrap().1[0];
        assert_eq!(asked.to, None);
        assert_eq!(String::from(&asked.payload), "<query xmlns='jabber:iq:register'><remove/></query>");
    }
}
