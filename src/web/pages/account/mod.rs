//! The account's own pages: looks, sign-ins, password, export, leaving. Guests have looks only.

pub mod looks;
pub mod sign_ins;
pub mod password;
pub mod picture;
pub mod profile;
pub mod blocked;
pub mod leaving;
pub mod posts;
pub mod follows;
mod refusal;

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::language::Text;
use crate::web::answer::{Private, set_cookie};
use crate::web::filters;
use crate::web::html::{self, Frame};
use crate::web::visit::Visitor;
use looks::Choices;
use sign_ins::SignInList;

#[derive(Template)]
#[template(path = "pages/account.html")]
pub(super) struct AccountPage {
    pub(super) frame: Frame,
    /// What was done a moment ago.
    pub(super) done: Option<Text>,
    pub(super) choices: Vec<Choices>,
    /// Empty for guests.
    pub(super) sign_ins: Option<SignInList>,
}

/// `?changed=`: what was changed a moment ago.
#[derive(Default, Deserialize)]
pub struct Changed {
    #[serde(default)]
    changed: String,
}

impl Changed {
    fn sentence(&self) -> Option<Text> {
        match self.changed.as_str() {
            "password" => Some(Text::new("account-password-changed")),
            "picture" => Some(Text::new("account-picture-changed")),
            _ => None,
        }
    }
}

/// The overview.
pub async fn show(mut visitor: Visitor, changed: Result<Query<Changed>, QueryRejection>) -> Response {
    let made = visitor.prepare_form();
    let title = if visitor.viewer.is_some() { Text::new("account-title") } else { Text::new("frame-looks") };
    let page = AccountPage {
        frame: Frame::new(&visitor, title),
        done: changed.unwrap_or_default().sentence(),
        choices: Choices::of(visitor.looks),
        sign_ins: visitor.sign_in.as_deref().map(|sign_in| SignInList::of(&visitor.state, sign_in)),
    };
    let mut response = html::page(StatusCode::OK, &page);
    response.extensions_mut().insert(Private);
    if let Some(cookie) = made {
        set_cookie(&mut response, cookie);
    }
    response
}
