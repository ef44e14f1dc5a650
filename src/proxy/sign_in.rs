//! Signing in passes through as it is (RFC 6120 §6, XEP-0388); we only watch who tries, and how often.

use std::net::IpAddr;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use tokio::time::Instant;

use crate::network::attempts::Attempts;
use crate::xml::relay::{Piece, Sort};

/// The longest message of SASL that is passed on before somebody is in, in bytes of base64.
const MAX_MESSAGE: usize = 8192;

/// As lenient as any server: what one of them understands is understood here.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

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
    /// Looks at what a client sends. What is refused gives what the client gets instead of the server's answer; the server
    /// sees nothing of it.
    ///
    /// Whatever begins to sign in counts, and so does a first message that comes later: nothing in an element makes it
    /// count less.
    pub fn sent(&mut self, piece: &Piece, domain: &str, client: IpAddr, attempts: &Attempts) -> Result<(), Piece> {
        if self.is_in {
            return Ok(());
        }
        let text = std::str::from_utf8(&piece.bytes).unwrap_or_default();
        let is_attempt = match piece.sort {
            Sort::Auth => {
                let message = message(text).map_err(|condition| refusal(text, condition))?;
                self.awaits_name = message.is_empty();
                self.account = name(&message).and_then(|name| address(&name, domain));
                !is_anonymous(text)
            }
            Sort::Response => {
                let message = message(text).map_err(|condition| refusal(text, condition))?;
                let is_first = std::mem::take(&mut self.awaits_name);
                if is_first {
                    self.account = name(&message).and_then(|name| address(&name, domain));
                }
                is_first
            }
            // Older ways to guess or to make accounts (XEP-0078, XEP-0077).
            Sort::Iq => text.contains("jabber:iq:auth") || text.contains("jabber:iq:register"),
            _ => false,
        };
        if is_attempt && attempts.admit(client, domain, self.account.as_deref(), Instant::now()).is_err() {
            return Err(refusal(text, "temporary-auth-failure"));
        }
        Ok(())
    }

    /// Looks at what the server answers.
    pub fn received(&mut self, piece: &Piece, domain: &str, client: IpAddr, attempts: &Attempts) {
        match piece.sort {
            Sort::Success if !self.is_in => {
                self.is_in = true;
                match self.account.take() {
                    Some(account) => {
                        tracing::info!(account.jid = account, client.address = %client, "somebody signed in by a client");
                        attempts.befriend(client, domain, &account);
                    }
                    None => attempts.succeeded(domain),
                }
            }
            Sort::Failure if !self.is_in => {
                tracing::info!(client.address = %client, "a sign-in by a client failed");
            }
            _ => {}
        }
    }
}

/// The start tag of an element: our own writing has no `>` in values.
fn head(element: &str) -> &str {
    element.split('>').next().unwrap_or_default()
}

/// Whether nobody's password is tried (RFC 4505).
fn is_anonymous(element: &str) -> bool {
    head(element).contains(" mechanism=\"ANONYMOUS\"")
}

/// The mechanism's message in an element, decoded; `Err` gives the condition (RFC 6120 §6.5) of what no client needs to
/// send, and of which servers make different things.
fn message(element: &str) -> Result<Vec<u8>, &'static str> {
    let whole = if local_name(element) == "authenticate" {
        // XEP-0388 §2.3: among other children, and at most once.
        let mut found = element.match_indices("initial-response").filter(|(place, _)| {
            let before = element[..*place].rsplit('<').next().unwrap_or_default();
            before.is_empty() || before.strip_suffix(':').is_some_and(|prefix| !prefix.contains([' ', '>', '/']))
        });
        match (found.next(), found.next()) {
            (None, _) => return Ok(Vec::new()),
            (Some((place, _)), None) => &element[place..],
            (Some(_), Some(_)) => return Err("malformed-request"),
        }
    } else {
        element
    };
    let Some((_, rest)) = whole.split_once('>').filter(|(head, _)| !head.ends_with('/')) else {
        return Ok(Vec::new());
    };
    let (text, tail) = rest.split_once('<').unwrap_or((rest, ""));
    if !tail.starts_with('/') || text.len() > MAX_MESSAGE {
        return Err("malformed-request");
    }
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    // A single equals sign is an empty message (RFC 6120 §6.4.2).
    if packed == "=" { Ok(Vec::new()) } else { BASE64.decode(packed).map_err(|_| "incorrect-encoding") }
}

/// The name of an element without its prefix.
fn local_name(element: &str) -> &str {
    let name = head(element).trim_start_matches('<').split([' ', '/']).next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default()
}

/// Who signs in: of PLAIN (RFC 4616 §2) and SCRAM (RFC 5802 §7) the first message tells.
fn name(message: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(message);
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

/// What a client is told that tried too often, or in a way that is not passed on, in the language of its attempt.
fn refusal(attempt: &str, condition: &str) -> Piece {
    const TOO_OFTEN: &str = "Too many attempts to sign in. Please wait some minutes.";
    let text = if condition == "temporary-auth-failure" { TOO_OFTEN } else { "This is not how SASL is spoken." };
    let sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
    let namespace = if head(attempt).contains("urn:xmpp:sasl:2") { "urn:xmpp:sasl:2" } else { sasl };
    if attempt.starts_with("<iq") {
        let id = attempt.split_once(" id=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
        let bytes = format!(
            "<iq xmlns='jabber:client' type='error' id=\"{id}\"><error type='wait'>\
             <resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
             <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>{text}</text></error></iq>"
        );
        return Piece { sort: Sort::Iq, bytes: Bytes::from(bytes) };
    }
    let bytes = format!(
        "<failure xmlns='{namespace}'><{condition} xmlns='{sasl}'/><text xml:lang='en'>{text}</text></failure>"
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
        let message = if message.is_empty() { String::new() } else { BASE64.encode(message) };
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
            ("\0alice\0\u{FF}", Some("alice@b.c")),
            ("anything", None),
        ] {
            let (mut watch, attempts) = (Watch::default(), Attempts::new(&Limits::default()));
            watch.sent(&auth("X", message), "b.c", CLIENT, &attempts).unwrap();
            assert_eq!(watch.account.as_deref(), account, "{message:?}");
        }
    }

    #[test]
    fn guesses_are_counted_however_they_are_sent() {
        let attempts = Attempts::new(&Limits { sign_ins_per_address: 4, ..Limits::default() });
        let mut watch = Watch::default();
        let response = Piece {
            sort: Sort::Response,
            bytes: format!("<response>{}</response>", BASE64.encode("\0alice\0x")).into(),
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

    #[test]
    fn nothing_hides_a_guess() {
        let guess = BASE64.encode("\0alice\0x");
        let sasl2 =
            |inner: &str| format!("<authenticate xmlns=\"urn:xmpp:sasl:2\" mechanism=\"PLAIN\"{inner}</authenticate>");
        for (text, account) in [
            (format!("<auth mechanism=\"PLAIN\"> {} \n{}</auth>", &guess[..4], &guess[4..]), Ok(Some("alice@b.c"))),
            (format!("<auth mechanism=\"PLAIN\">{}</auth>", guess.trim_end_matches('=')), Ok(Some("alice@b.c"))),
            (format!("<auth mechanism=\"PLAIN\"><x xmlns=\"u\"/>{guess}</auth>"), Err("malformed-request")),
            (format!("<auth mechanism=\"PLAIN\">{guess}<x xmlns=\"u\"/></auth>"), Err("malformed-request")),
            ("<auth mechanism=\"PLAIN\">????</auth>".to_owned(), Err("incorrect-encoding")),
            (format!("<auth mechanism=\"PLAIN\">{}</auth>", "A".repeat(10_000)), Err("malformed-request")),
            (format!("<auth mechanism=\"PLAIN\" a=\"urn:xmpp:sasl:2\">{guess}</auth>"), Ok(Some("alice@b.c"))),
            (sasl2(&format!("><initial-response>{guess}</initial-response>")), Ok(Some("alice@b.c"))),
            (
                sasl2(&format!(" a=\"initial-response\"><p:initial-response>{guess}</p:initial-response>")),
                Ok(Some("alice@b.c")),
            ),
            (
                sasl2(&format!("><x><initial-response/></x><initial-response>{guess}</initial-response>")),
                Err("malformed-request"),
            ),
        ] {
            let (mut watch, attempts) =
                (Watch::default(), Attempts::new(&Limits { sign_ins_per_address: 1, ..Limits::default() }));
            let piece = Piece { sort: Sort::Auth, bytes: text.clone().into() };
            match watch.sent(&piece, "b.c", CLIENT, &attempts) {
                Ok(()) => {
                    assert_eq!(Ok(watch.account.as_deref()), account, "{text}");
                    assert!(watch.sent(&piece, "b.c", CLIENT, &attempts).is_err(), "{text} is counted");
                }
                Err(refused) => {
                    let said = String::from_utf8(refused.bytes.to_vec()).unwrap();
                    assert!(said.contains(account.unwrap_err()), "{text}: {said}");
                }
            }
        }
    }
}
