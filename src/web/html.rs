//! From a template to an answer.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::visit::Visitor;

/// What the frame around every page needs.
pub struct Frame {
    /// The title of the page.
    pub title: String,
    /// Who is signed in.
    pub viewer: Option<String>,
    /// The nonce of the script.
    pub nonce: String,
    /// The token for forms.
    pub csrf: String,
    /// The path and query that were asked for.
    pub path: String,
    /// The URL of the style sheet.
    pub style: String,
    /// The URL of the script.
    pub script: String,
}

impl Frame {
    /// The frame of a page for this visitor.
    pub fn new(visitor: &Visitor, title: impl Into<String>) -> Self {
        Frame {
            title: title.into(),
            viewer: visitor.viewer.as_ref().map(ToString::to_string),
            nonce: visitor.nonce.clone(),
            csrf: visitor.csrf.clone(),
            path: visitor.path.clone(),
            style: visitor.state.assets.style().to_owned(),
            script: visitor.state.assets.script().to_owned(),
        }
    }
}

/// A rendered template as an answer.
pub fn page<T: Template>(status: StatusCode, template: &T) -> Response {
    match template.render() {
        Ok(page) => {
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            (status, [(header::CONTENT_TYPE, kind)], page).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a template cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
