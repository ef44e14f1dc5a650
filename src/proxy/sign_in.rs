//! Signing in passes through as it is (RFC 6120 §6, XEP-0388); we only watch who tries, and how often.

use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use tokio::time::Instant;

use crate::network::attempts::Attempts;
use crate::xml::relay::{Piece, Sort};

/// The longest first message of SASL in which a name is looked for, in bytes of base64.
const MAX_MESSAGE: usize = 8192;

/// What is known of one stream's attempts.
#[derive(Debug, Default)]
pub struct Watch {
    /// Who tries at the moment, as far as the mechanism tells; a bare address.
    account: Option<String>,
    /// The mechanism's first message is still to come.
    awaits_name: bool,
    is_in: bool,
}

impl Watch {
    /// Looks at what a client sends. One attempt too many gives what the client gets instead of the server's answer;
    /// the server sees nothing of it.
    pub fn sent(&mut self, piece: &Piece, domain: &str, client: IpAddr, attempts: &Attempts) -> Result<(), Piece> {
        if self.is_in {
            return Ok(());
        }
        let text = std::str::from_utf8(&piece.bytes).unwrap_or_default();
        let is_attempt = match piece.sort {
            Sort::Auth => {
                let message = content(text);
                self.account = message.and_then(name).and_then(|name| address(&name, domain));
                self.awaits_name = message.is_none();
                !self.awaits_name
            }
            // Older ways to guess or to make accounts (XEP-0078, XEP-0077).
            Sort::Iq => text.contains("jabber:iq:auth") || text.contains("jabber:iq:register"),
            Sort::Other if self.awaits_name && text.starts_with("<response") => {
                self.account = content(text).and_then(name).and_then(|name| address(&name, domain));
                self.awaits_name = false;
                true
            }
            _ => false,
        };
        if is_attempt && attempts.admit(client, domain, self.account.as_deref(), Instant::now()).is_err() {
            return Err(refusal(text));
        }
        Ok(())
    }

    /// Looks at what the server answers.
    pub fn received(&mut self, piece: &Piece, domain: &str, client: IpAddr, attempts: &Attempts) {
        match piece.sort {
            Sort::Success if !self.is_in => {
                self.is_in = true;
                if let Some(account) = self.account.take() {
                    tracing::info!(account.jid = account, client.address = %client, "somebody signed in by a client");
                    attempts.befriend(client, domain, &account);
                }
            }
            Sort::Failure if !self.is_in => {
                tracing::info!(client.address = %client, "a sign-in by a client failed");
            }
            _ => {}
        }
    }
}

/// The mechanism's message in an element, unless it is empty: our own writing has no `>` in values.
fn content(element: &str) -> Option<&str> {
    let inner = match element.find("initial-response") {
        Some(place) => &element[place..],
        None => element,
    };
    let (_, rest) = inner.split_once('>')?;
    let message = rest.split('<').next()?.trim();
    (!message.is_empty()).then_some(message)
}

/// Who signs in: of PLAIN (RFC 4616 §2) and SCRAM (RFC 5802 §7) the first message tells.
fn name(message: &str) -> Option<String> {
    if message.len() > MAX_MESSAGE {
        return None;
    }
    let bytes = BASE64_STANDARD.decode(message).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    if text.contains('\0') {
        return text.split('\0').nth(1).map(str::to_owned);
    }
    let name = text.split(',').find_map(|part| part.strip_prefix("n="))?;
    Some(name.replace("=2C", ",").replace("=3D", "="))
}

/// The account's address in the form in which it is counted, however it was written.
fn address(name: &str, domain: &str) -> Option<String> {
    let whole = if name.contains('@') { name.to_owned() } else { format!("{name}@{domain}") };
    whole.parse::<jid::BareJid>().ok().map(|address| address.to_string())
}

/// What a client is told that tried too often, in the language of its attempt.
fn refusal(attempt: &str) -> Piece {
    const TEXT: &str = "Too many attempts to sign in. Please wait some minutes.";
    let sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
    let namespace = if attempt.contains("urn:xmpp:sasl:2") { "urn:xmpp:sasl:2" } else { sasl };
    if attempt.starts_with("<iq") {
        let id = attempt.split_once(" id=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
        let bytes = format!(
            "<iq xmlns='jabber:client' type='error' id=\"{id}\"><error type='wait'>\
             <resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
             <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>{TEXT}</text></error></iq>"
        );
        return Piece { sort: Sort::Iq, bytes: Bytes::from(bytes) };
    }
    let bytes = format!(
        "<failure xmlns='{namespace}'><temporary-auth-failure xmlns='{sasl}'/><text xml:lang='en'>{TEXT}</text></failure>"
    );
    Piece { sort: Sort::Failure, bytes: Bytes::from(bytes) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::config::Limits;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn auth(mechanism: &str, message: &str) -> Piece {
        let message = if message.is_empty() { String::new() } else { BASE64_STANDARD.encode(message) };
        let bytes =
            format!("<auth xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\" mechanism=\"{mechanism}\">{message}</auth>");
        Piece { sort: Sort::Auth, bytes: bytes.into() }
    }

    #[test]
    fn accounts_are_recognised() {
        for (message, account) in [
            ("\0alice\0secret", Some("alice@b.c")),
            ("alice@b.c\0ALICE\0secret", Some("alice@b.c")),
            ("n,,n=alice,r=nonce", Some("alice@b.c")),
            ("n,a=x@b.c,n=al=2Cice,r=nonce", Some("al,ice@b.c")),
            ("y,,n=bob@other.org,r=nonce", Some("bob@other.org")),
            ("anything", None),
        ] {
            let (mut watch, attempts) = (Watch::default(), Attempts::new(&Limits::default()));
            watch.sent(&auth("X", message), "b.c", CLIENT, &attempts).unwrap();
            assert_eq!(watch.account.as_deref(), account, "{message:?}");
        }
    }

    #[test]
    fn guesses_are_counted_however_they_are_sent() {
        let attempts = Attempts::new(&Limits { sign_ins_per_address: 3, ..Limits::default() });
        let mut watch = Watch::default();
        let response = Piece {
            sort: Sort::Other,
            bytes: format!("<response>{}</response>", BASE64_STANDARD.encode("\0alice\0x")).into(),
        };
        let mut send = |piece: &Piece| watch.sent(piece, "b.c", CLIENT, &attempts);
        let legacy = Piece { sort: Sort::Iq, bytes: "<iq id=\"7\"><query xmlns=\"jabber:iq:auth\"/></iq>".into() };
        send(&auth("PLAIN", "\0alice\0x")).unwrap();
        send(&auth("PLAIN", "")).unwrap();
        send(&response).unwrap();
        send(&response).unwrap();
        send(&legacy).unwrap();
        assert!(send(&legacy).unwrap_err().bytes.starts_with(b"<iq xmlns='jabber:client' type='error' id=\"7\">"));
        assert_eq!(send(&auth("PLAIN", "\0alice\0x")).unwrap_err().sort, Sort::Failure);
    }
}
