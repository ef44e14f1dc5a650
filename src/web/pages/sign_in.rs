//! Signing in: the form, and what happens when it is sent.

use askama::Template;
use axum::extract::{self, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::channel::Address;
use crate::language::Text;
use crate::session::SignInError;
use crate::web::answer::{Echo, Private, set_cookie};
use crate::web::browsers::browser;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::html::{self, Frame};
use crate::web::passwords;
use crate::web::seal::SignIn;
use crate::web::state::State;
use crate::web::urls;
use crate::web::visit::{self, Visitor};

/// The longest address that may sign in, in bytes: it has to fit into a cookie.
const MAX_ADDRESS: usize = 255;

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage {
    frame: Frame,
    /// What went wrong, as one sentence.
    problem: Option<String>,
    /// What was done a moment ago.
    done: Option<Text>,
    /// What was typed as address.
    address: String,
    /// What an address looks like here.
    example: String,
    /// Where to go afterwards; a path of this site.
    next: String,
    /// Whether a link to the registration form makes sense.
    may_register: bool,
}

/// What stands behind the question mark.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    next: String,
    /// The address of an account that was made a moment ago.
    #[serde(default)]
    made: String,
    /// Not empty if the password was changed a moment ago.
    #[serde(default)]
    changed: String,
}

/// The form's fields.
#[derive(Deserialize)]
pub struct Fields {
    address: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Shows the form; who is signed in already goes on.
pub async fn form(visitor: Visitor, Query(wanted): Query<Wanted>) -> Response {
    let next = urls::local_path(&wanted.next);
    if visitor.viewer.is_some() {
        return Redirect::to(&next).into_response();
    }
    let made = read_address(&wanted.made, &visitor.state.config.xmpp.domains).ok();
    page(
        visitor,
        StatusCode::OK,
        next,
        match made {
            Some(address) => Told::Made(address),
            None if !wanted.changed.is_empty() => Told::Changed,
            None => Told::Nothing,
        },
    )
}

/// Signs in, and leads to where the person wanted to go.
pub async fn create(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
    headers: HeaderMap,
    Protected(fields): Protected<Fields>,
) -> Response {
    let password = Zeroizing::new(fields.password);
    let next = urls::local_path(&fields.next);
    match sign_in(&state, &visitor, &headers, &fields.address, password).await {
        Ok(cookie) => {
            if let Some(old) = &visitor.sign_in {
                state.end(old.id, &old.address, old.created);
            }
            let mut response = Redirect::to(&next).into_response();
            set_cookie(&mut response, cookie);
            set_cookie(&mut response, visit::forget(&state, visit::pre_cookie(&state)));
            response
        }
        Err(failure) => {
            let told = Told::Problem { typed: fields.address, sentence: failure.to_string() };
            let mut response = page(visitor, failure.status(), next, told);
            if let Error::TooOften(wait) = failure {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
            }
            response
        }
    }
}

async fn sign_in(
    state: &State,
    visitor: &Visitor,
    headers: &HeaderMap,
    typed: &str,
    password: Zeroizing<String>,
) -> Result<cookie::Cookie<'static>, Error> {
    let address = read_address(typed, &state.config.xmpp.domains)?;
    let secret = passwords::prove(state, visitor.client, &address, &password).await?;
    let now = state.now();
    let sign_in = SignIn { id: state.seal.new_id(), address, secret: secret.to_bytes(), created: now, used: now };
    let cookie = visit::sealed_cookie(state, &sign_in).ok_or_else(|| Error::Form(Text::new("sign-in-too-long")))?;
    state.sign_ins.note(&sign_in, browser(headers), now);
    tracing::info!(account.jid = %sign_in.address, "somebody signed in");
    Ok(cookie)
}

/// What was typed as an address; a bare name means the first domain.
fn read_address(typed: &str, domains: &[String]) -> Result<Address, Error> {
    let typed = typed.trim();
    let typed = typed.strip_prefix("xmpp:").unwrap_or(typed);
    let whole = match domains.first() {
        Some(first) if !typed.contains('@') => format!("{typed}@{first}"),
        _ => typed.to_owned(),
    };
    let wrong = || Error::Form(Text::new("error-address-form"));
    let address: Address = whole.parse().map_err(|_| wrong())?;
    if address.node().is_none() || address.as_str().len() > MAX_ADDRESS {
        return Err(wrong());
    }
    let is_ours =
        domains.iter().any(|domain| domain.parse::<Address>().is_ok_and(|ours| ours.domain() == address.domain()));
    if is_ours { Ok(address) } else { Err(Error::SignIn(SignInError::Domain)) }
}

/// What the page says besides the form.
enum Told {
    Nothing,
    /// An account was made a moment ago.
    Made(Address),
    /// The password was changed a moment ago.
    Changed,
    /// What was typed as address, and why that did not work.
    Problem {
        typed: String,
        sentence: String,
    },
}

fn page(mut visitor: Visitor, status: StatusCode, next: String, told: Told) -> Response {
    let made = visitor.prepare_form();
    let done = match told {
        Told::Made(_) => Some(Text::new("sign-in-account-made")),
        Told::Changed => Some(Text::new("sign-in-password-changed")),
        Told::Nothing | Told::Problem { .. } => None,
    };
    let may_register = done.is_none() && visitor.state.registrations.is_offered(&visitor.state);
    let (address, problem) = match told {
        Told::Nothing | Told::Changed => (String::new(), None),
        Told::Made(address) => (address.to_string(), None),
        Told::Problem { typed, sentence } => (typed, Some(sentence)),
    };
    let domains = &visitor.state.config.xmpp.domains;
    let page = SignInPage {
        frame: Frame::new(&visitor, Text::new("frame-sign-in")),
        problem,
        done,
        address,
        example: format!("name@{}", domains.first().map_or("example.org", String::as_str)),
        next,
        may_register,
    };
    let mut response = html::page(status, &page);
    response.extensions_mut().insert(Echo);
    response.extensions_mut().insert(Private);
    if let Some(cookie) = made {
        set_cookie(&mut response, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_type_them() {
        let domains = ["example.org".to_owned(), "example.net".to_owned()];
        let read = |typed: &str| read_address(typed, &domains).map(|address| address.to_string());
        for typed in ["alice@example.org", " Alice@EXAMPLE.org ", "alice", "xmpp:alice@example.org"] {
            assert_eq!(read(typed), Ok("alice@example.org".to_owned()), "{typed}");
        }
        assert_eq!(read("bob@example.net"), Ok("bob@example.net".to_owned()));
        assert_eq!(read("bob@evil.example"), Err(Error::SignIn(SignInError::Domain)));
        assert!(matches!(read(""), Err(Error::Form(_))));
        assert!(matches!(read("@example.org"), Err(Error::Form(_))));
        assert!(matches!(read(&"a".repeat(300)), Err(Error::Form(_))));
    }
}
