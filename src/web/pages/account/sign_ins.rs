//! The browsers in which an account is signed in here, and their end.

use axum::extract;
use axum::response::Response;
use serde::Deserialize;

use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::fragments::When;
use crate::web::html;
use crate::web::seal::SignIn;
use crate::web::state::State;
use crate::web::urls;
use crate::web::visit::Visitor;

/// How many are listed.
const LISTED: usize = 50;

/// What the button says that ends all others.
const OTHERS: &str = "others";

/// Those in use, as the page shows them.
pub(in crate::web::pages) struct SignInList {
    pub(in crate::web::pages) rows: Vec<SignInRow>,
    pub(in crate::web::pages) left_out: usize,
}

/// One of them.
pub(in crate::web::pages) struct SignInRow {
    pub(in crate::web::pages) browser: String,
    pub(in crate::web::pages) since: When,
    pub(in crate::web::pages) used: When,
    /// What to end it by; `None` for the one that looks at the page.
    pub(in crate::web::pages) name: Option<String>,
}

impl SignInList {
    /// Those of the account that looks at its page.
    pub(super) fn of(state: &State, sign_in: &SignIn) -> Self {
        let mut all = state.sign_ins.of(&sign_in.address);
        let left_out = all.len().saturating_sub(LISTED);
        all.truncate(LISTED);
        let row = |in_use: &crate::web::sign_ins::InUse| SignInRow {
            browser: in_use.browser.to_string(),
            since: When::new(in_use.created),
            used: When::new(in_use.used),
            name: (in_use.id != sign_in.id).then(|| in_use.name()),
        };
        SignInList { rows: all.iter().map(row).collect(), left_out }
    }

    /// Whether there is another one than that which looks.
    pub fn has_others(&self) -> bool {
        self.rows.iter().any(|row| row.name.is_some())
    }
}

/// What the buttons send.
#[derive(Deserialize)]
pub struct Ended {
    which: String,
}

/// Ends one, or all others: their cookies are refused from now on and their streams end.
pub async fn end(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
    Protected(ended): Protected<Ended>,
) -> Result<Response, Error> {
    let sign_in = visitor.sign_in.as_deref().ok_or(Error::SignedOut)?;
    state.end_others(sign_in, |other| ended.which == OTHERS || other.name() == ended.which);
    tracing::info!(account.jid = %sign_in.address, "somebody ended sign-ins in other browsers");
    Ok(html::see_other(urls::SIGN_IN_LIST))
}
