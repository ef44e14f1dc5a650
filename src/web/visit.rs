//! Who asks, and with which session: the extractors that pages start from.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, SameSite};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::browsers::browser;
use super::csrf::{self, Binding};
use super::error::Error;
use super::looks::{self, Looks};
use super::seal::SignIn;
use super::state::State;
use crate::channel::Address;
use crate::language::Language;
use crate::network::client_address::{Peer, client_address};
use crate::session::{Secret, Session, SignInError};

/// How much older a cookie gets before it is sealed again with a newer date.
const RESEAL_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What is known of a request before any session is asked: enough for the frame around every page.
#[derive(Clone)]
pub struct Visitor {
    /// What every handler can reach.
    pub state: State,
    /// Who is signed in.
    pub viewer: Option<Address>,
    /// The nonce of this page's script; replaced in pages that everybody shares.
    pub nonce: String,
    /// The token for the forms of this page, masked anew for each; empty in pages that have no forms.
    pub csrf: String,
    /// Whether htmx asks, and a fragment is enough.
    pub is_htmx: bool,
    /// The path and query that were asked for.
    pub path: String,
    /// How pages look in this browser.
    pub looks: Looks,
    /// The language of its pages: the one that was chosen, else the one that the browser asks for.
    pub language: Language,
    /// Which address the request comes from.
    pub client: IpAddr,
    pub(super) sign_in: Option<Arc<SignIn>>,
    /// Cancelled when the sign-in ends.
    pub(super) ended: CancellationToken,
    pub(super) pre: Option<[u8; 16]>,
    /// Whether the request had a sign-in cookie, good or bad.
    pub(super) has_cookie: bool,
}

/// A request with a session: the viewer's own or the guest's.
pub struct Visit {
    /// Who asks.
    pub visitor: Visitor,
    /// The session to ask.
    pub session: Session,
}

/// A request that needs a sign-in. Without one, a page leads to the sign-in form and back.
pub struct SignedIn(pub Visit);

/// A request whose page has something to say even when nobody reads for guests.
pub struct MaybeGuest {
    /// Who asks.
    pub visitor: Visitor,
    /// The session to ask, if there is one.
    pub session: Option<Session>,
}

/// A request that is answered with what the guest may read, whoever asks: its answer goes out to everybody.
pub struct AsGuest {
    /// What every handler can reach.
    pub state: State,
    /// The guest's session.
    pub session: Session,
}

impl Deref for Visit {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

impl Deref for MaybeGuest {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

impl Visitor {
    /// Reads what the request says about who asks.
    pub(super) fn read(state: &State, parts: &Parts) -> Self {
        let cookies = Cookies::read(&parts.headers, state);
        let sign_in = cookies.sign_in.as_deref().and_then(|value| {
            state.seal.open(sign_in_cookie(state), value, state.now(), state.lifetime()).map(Arc::new)
        });
        let noted = sign_in.and_then(|sign_in| {
            let ended = state.sign_ins.note(&sign_in, browser(&parts.headers), state.now())?;
            Some((sign_in, ended))
        });
        let (sign_in, ended) = noted.unzip();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let mut visitor = Visitor {
            state: state.clone(),
            viewer: sign_in.as_ref().map(|sign_in| sign_in.address.clone()),
            nonce: URL_SAFE_NO_PAD.encode(state.seal.random_bytes::<16>()),
            csrf: String::new(),
            is_htmx: parts.headers.get("hx-request").is_some_and(|value| value == "true"),
            path,
            looks: cookies.looks,
            language: cookies.looks.language.unwrap_or_else(|| accepted(&parts.headers)),
            client: client(state, parts),
            sign_in,
            ended: ended.unwrap_or_default(),
            pre: cookies.pre,
            has_cookie: cookies.sign_in.is_some(),
        };
        if visitor.sign_in.is_some() {
            visitor.csrf = csrf::token(&visitor);
        }
        visitor
    }

    /// What the tokens of this visitor's forms are bound to.
    pub(super) fn binding(&self) -> Option<Binding> {
        match (&self.sign_in, self.pre) {
            (Some(sign_in), _) => Some(Binding::SignIn(sign_in.id)),
            (None, Some(pre)) => Some(Binding::Pre(pre)),
            (None, None) => None,
        }
    }

    /// Makes sure that a form for somebody who is not signed in can be sent: gives a token and, where the browser
    /// has nothing yet to bind it to, the cookie for that.
    pub(super) fn prepare_form(&mut self) -> Option<Cookie<'static>> {
        let mut made = None;
        if self.binding().is_none() {
            let pre = self.state.seal.random_bytes();
            self.pre = Some(pre);
            made = Some(cookie(&self.state, pre_cookie(&self.state), URL_SAFE_NO_PAD.encode(pre)).build());
        }
        self.csrf = csrf::token(self);
        made
    }

    /// The cookie sealed again, if it is a day old.
    pub(super) fn resealed(&self) -> Option<Cookie<'static>> {
        let sign_in = self.sign_in.as_deref()?;
        let now = self.state.now();
        if now.duration_since(sign_in.used) < RESEAL_AFTER || self.ended.is_cancelled() {
            return None;
        }
        sealed_cookie(&self.state, &SignIn { used: now, ..sign_in.clone() })
    }

    /// The session of the viewer, found or opened again; `None` if nobody is signed in.
    async fn own_session(&self) -> Result<Option<Session>, SignInError> {
        let Some(sign_in) = &self.sign_in else { return Ok(None) };
        let Some(secret) = Secret::from_bytes(&sign_in.secret) else { return Err(SignInError::Refused) };
        self.state.sessions.resume(&sign_in.address, &secret).await.map(Some)
    }
}

/// The language that a browser asks for, or English.
pub(super) fn accepted(headers: &HeaderMap) -> Language {
    let field = headers.get(header::ACCEPT_LANGUAGE).and_then(|field| field.to_str().ok());
    field.and_then(Language::accepted).unwrap_or_default()
}

fn client(state: &State, parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let fields = parts.headers.get_all("x-forwarded-for").iter().map(|value| value.as_bytes());
    client_address(peer, fields, &state.config.web.trusted_proxies)
}

impl FromRequestParts<State> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Infallible> {
        Ok(match parts.extensions.get::<Visitor>() {
            Some(visitor) => visitor.clone(),
            None => Visitor::read(state, parts),
        })
    }
}

impl FromRequestParts<State> for MaybeGuest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        let Ok(visitor) = Visitor::from_request_parts(parts, state).await;
        let session = match visitor.own_session().await? {
            Some(session) => Some(session),
            None => state.sessions.guest().await.ok(),
        };
        Ok(MaybeGuest { visitor, session })
    }
}

impl FromRequestParts<State> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        let MaybeGuest { visitor, session } = MaybeGuest::from_request_parts(parts, state).await?;
        let session = session.ok_or(Error::GuestUnavailable)?;
        Ok(Visit { visitor, session })
    }
}

impl FromRequestParts<State> for AsGuest {
    type Rejection = Error;

    async fn from_request_parts(_: &mut Parts, state: &State) -> Result<Self, Error> {
        let session = state.sessions.guest().await.map_err(|_| Error::GuestUnavailable)?;
        Ok(AsGuest { state: state.clone(), session })
    }
}

impl FromRequestParts<State> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        let Ok(visitor) = Visitor::from_request_parts(parts, state).await;
        let session = visitor.own_session().await?.ok_or(Error::SignedOut)?;
        Ok(SignedIn(Visit { visitor, session }))
    }
}

/// The cookies that mean something here.
struct Cookies {
    sign_in: Option<String>,
    pre: Option<[u8; 16]>,
    looks: Looks,
}

impl Cookies {
    fn read(headers: &HeaderMap, state: &State) -> Self {
        let mut cookies = Cookies { sign_in: None, pre: None, looks: Looks::default() };
        let fields = headers.get_all(header::COOKIE).iter().filter_map(|field| field.to_str().ok());
        for cookie in fields.flat_map(Cookie::split_parse).flatten() {
            if cookie.name() == sign_in_cookie(state) {
                cookies.sign_in = Some(cookie.value().to_owned());
            } else if cookie.name() == pre_cookie(state) {
                let bytes = URL_SAFE_NO_PAD.decode(cookie.value()).ok();
                cookies.pre = bytes.and_then(|bytes| bytes.try_into().ok());
            } else if cookie.name() == looks::cookie_name(state) {
                cookies.looks = Looks::read(cookie.value()).unwrap_or_default();
            }
        }
        cookies
    }
}

/// The name of the sign-in cookie. The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`;
/// it cannot be had without https.
pub(super) fn sign_in_cookie(state: &State) -> &'static str {
    if state.is_https() { "__Host-cirrus" } else { "cirrus" }
}

/// The name of the cookie that form tokens are bound to before anybody is signed in.
pub(super) fn pre_cookie(state: &State) -> &'static str {
    if state.is_https() { "__Host-pre" } else { "pre" }
}

/// A cookie with all that ours have in common.
pub(super) fn cookie(state: &State, name: &'static str, value: String) -> cookie::CookieBuilder<'static> {
    Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax).secure(state.is_https())
}

/// The sign-in cookie for this sign-in; `None` if it does not fit.
pub(super) fn sealed_cookie(state: &State, sign_in: &SignIn) -> Option<Cookie<'static>> {
    let name = sign_in_cookie(state);
    let value = state.seal.seal(name, sign_in).ok()?;
    let age =
        cookie::time::Duration::seconds(state.lifetime().left(sign_in.created, sign_in.used, state.now()).as_secs());
    Some(cookie(state, name, value).max_age(age).build())
}

/// What makes a browser forget one of our cookies.
pub(super) fn forget(state: &State, name: &'static str) -> Cookie<'static> {
    cookie(state, name, String::new()).max_age(cookie::time::Duration::ZERO).build()
}
