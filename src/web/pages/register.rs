//! Making an account, where the server allows it (XEP-0077 In-Band Registration): the server's own form.

use askama::Template;
use axum::extract::{self, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tokio::time::Instant;

use crate::channel::Address;
use crate::language::Text;
use crate::session::{FieldKind, RegisterError, RegistrationForm};
use crate::web::answer::{Echo, Private, set_cookie};
use crate::web::csrf::Protected;
use crate::web::error::{Error, sign_in_status};
use crate::web::filters;
use crate::web::html::{self, Frame};
use crate::web::sentences::Sentence;
use crate::web::state::State;
use crate::web::urls;
use crate::web::visit::Visitor;

/// What the names of the server's own fields begin with in our form.
const PREFIX: &str = "field-";

/// How many fields are passed on.
const MAX_FIELDS: usize = 50;

#[derive(Template)]
#[template(path = "pages/register.html")]
struct RegisterPage {
    frame: Frame,
    /// What went wrong, as one sentence.
    problem: Option<String>,
    /// The servers to choose from.
    domains: Vec<String>,
    /// The chosen one.
    domain: String,
    /// Its form; `None` if it has none.
    form: Option<RegistrationForm>,
}

/// What stands behind the question mark.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    domain: String,
}

/// Shows the form of the chosen server, or of the first one.
pub async fn form(visitor: Visitor, Query(wanted): Query<Wanted>) -> Response {
    if visitor.viewer.is_some() {
        return Redirect::to(urls::HOME).into_response();
    }
    match choose(&visitor.state, &wanted.domain) {
        Some(domain) => match visitor.state.registrations.form(&visitor.state, &domain).await {
            Ok(said) => show(visitor, domain, Some(said), None, &[]),
            Err(error) => error.into_response(),
        },
        None => Error::NotFound.into_response(),
    }
}

/// Sends the filled-in form to the server.
pub async fn create(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
    Protected(fields): Protected<Vec<(String, String)>>,
) -> Response {
    let wanted = fields.iter().find(|(name, _)| name == "domain").map_or("", |(_, domain)| domain.as_str());
    let Some(domain) = choose(&state, wanted) else { return Error::NotFound.into_response() };
    let typed: Vec<(String, String)> = fields
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value.clone())))
        .take(MAX_FIELDS)
        .collect();
    match send(&state, &visitor, &domain, &typed).await {
        Ok(address) => Redirect::to(&urls::sign_in_with(&address)).into_response(),
        Err(problem) => {
            let said = state.registrations.last(&domain);
            show(visitor, domain, said, Some(problem), &typed)
        }
    }
}

/// Sends the form, if not too many are sent already.
async fn send(
    state: &State,
    visitor: &Visitor,
    domain: &str,
    typed: &[(String, String)],
) -> Result<Address, (StatusCode, String)> {
    let ours = |error: Error| (error.status(), error.sentence().to_string());
    let admitted = state.attempts.admit_new(visitor.client, Instant::now());
    admitted.map_err(|wait| ours(Error::TooOften(wait)))?;
    let _permit = state.registrations.sending.try_acquire().map_err(|_| ours(Error::Busy))?;
    let made = state.sessions.register(domain, typed.to_vec()).await;
    let address = made.map_err(|error| (status(&error), error.sentence().to_string()))?;
    tracing::info!(server.domain = %domain, "somebody made an account");
    Ok(address)
}

/// The domain, if it is one of ours; the first for an empty wish.
fn choose(state: &State, wanted: &str) -> Option<String> {
    let domains = &state.config.xmpp.domains;
    if wanted.is_empty() { domains.first().cloned() } else { domains.iter().find(|domain| *domain == wanted).cloned() }
}

fn status(error: &RegisterError) -> StatusCode {
    match error {
        RegisterError::Closed | RegisterError::Elsewhere(_) | RegisterError::NotAllowed(_) => StatusCode::FORBIDDEN,
        RegisterError::Wait => StatusCode::TOO_MANY_REQUESTS,
        RegisterError::Taken => StatusCode::CONFLICT,
        RegisterError::NotAcceptable(_) => StatusCode::UNPROCESSABLE_ENTITY,
        RegisterError::Connect(error) => sign_in_status(error),
    }
}

/// The page, with what the server said, and with what was typed put back; never a password.
fn show(
    mut visitor: Visitor,
    domain: String,
    said: Option<Result<RegistrationForm, RegisterError>>,
    mut problem: Option<(StatusCode, String)>,
    typed: &[(String, String)],
) -> Response {
    let state = visitor.state.clone();
    let form = match said {
        Some(Ok(mut form)) => {
            for field in form.fields.iter_mut().filter(|field| field.kind != FieldKind::Password) {
                if let Some((_, value)) = typed.iter().find(|(name, _)| *name == field.name) {
                    field.value.clone_from(value);
                }
            }
            Some(form)
        }
        Some(Err(error)) => {
            problem.get_or_insert((status(&error), error.sentence().to_string()));
            None
        }
        None => None,
    };
    let made = visitor.prepare_form();
    let (status, problem) = problem.unzip();
    let domains = state.config.xmpp.domains.clone();
    let page =
        RegisterPage { frame: Frame::new(&visitor, Text::new("register-title")), problem, domains, domain, form };
    let mut response = html::page(status.unwrap_or(StatusCode::OK), &page);
    response.extensions_mut().insert(Echo);
    response.extensions_mut().insert(Private);
    if let Some(cookie) = made {
        set_cookie(&mut response, cookie);
    }
    response
}
