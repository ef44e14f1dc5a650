//! The frame around every page, and the answers that pages become.

use std::fmt;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::fragments::{Bell, Beside, Preview};
use super::looks::Looks;
use super::markup::SafeHtml;
use super::urls;
use super::visit::Visitor;
use crate::channel::{Address, ChannelId};
use crate::language::Language;
use crate::session::{EventId, Scope, Session};

/// What `layout.html` needs to know.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The page's name, also for the browser's tab.
    pub title: String,
    /// Who is signed in.
    pub viewer: Option<Viewer>,
    /// The nonce of this page's script and htmx attributes.
    pub nonce: String,
    /// The token for the forms of this page.
    pub csrf: String,
    /// The path that was asked for, without the query.
    pub path: String,
    /// The sign-in form that leads back here.
    pub sign_in_url: String,
    /// The followed channels, which stand beside the page where there is room.
    pub beside: Option<SafeHtml>,
    /// In how many followed channels something is new, as far as that is known.
    pub unread: usize,
    /// The way to the notifications, for those who are signed in.
    pub bell: Option<SafeHtml>,
    /// How pages look in this browser.
    pub looks: Looks,
    /// The language of the page.
    pub language: Language,
    /// Where the page's live events come from, if it has any.
    pub live: Option<String>,
    /// What the page tells programs that do not read it.
    pub preview: Option<SafeHtml>,
    /// The style sheet, the script and the icon.
    pub assets: AssetUrls,
}

/// The person a page is made for.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The account.
    pub address: Address,
}

/// Where the files of the layout are.
#[derive(Debug, Clone)]
pub struct AssetUrls {
    /// The one style sheet.
    pub style: String,
    /// The one script.
    pub script: String,
    /// The icon.
    pub icon: String,
    /// The icon while something is new.
    pub icon_with_news: String,
}

impl Frame {
    /// The frame of a page for this visitor.
    pub fn new(visitor: &Visitor, title: impl fmt::Display) -> Self {
        let viewer = visitor.viewer.clone().map(|address| Viewer { address });
        let path = visitor.path.split('?').next().unwrap_or("/").to_owned();
        let bell = viewer.as_ref().map(|viewer| {
            let count = visitor.state.sessions.notified(&viewer.address);
            Bell { count, is_here: path == urls::NOTIFICATIONS }.html()
        });
        let icon = |file| visitor.state.assets.url(file).unwrap_or("/favicon.ico").to_owned();
        Frame {
            title: title.to_string(),
            viewer,
            nonce: visitor.nonce.clone(),
            csrf: visitor.csrf.clone(),
            path,
            bell,
            sign_in_url: urls::sign_in_then(&visitor.path),
            beside: None,
            unread: 0,
            looks: visitor.looks,
            language: visitor.language,
            live: None,
            preview: None,
            assets: AssetUrls {
                style: visitor.state.assets.style().to_owned(),
                script: visitor.state.assets.script().to_owned(),
                icon: icon("icons/icon.svg"),
                icon_with_news: icon("icons/icon-dot.svg"),
            },
        }
    }

    /// The same, told of what happens in a scope after an event.
    pub fn live(mut self, scope: &Scope, seen: EventId) -> Self {
        let own = if self.viewer.is_some() { "&own=1" } else { "" };
        self.live = Some(format!("{}?after={seen}{own}", urls::events(scope)));
        self
    }

    /// The same with the followed channels beside it, for those who are signed in.
    pub async fn beside(mut self, visitor: &Visitor, session: &Session) -> Self {
        if let Some(lines) = session.overview_at_hand().await {
            self.unread = lines.iter().filter(|line| line.news.unread > 0).count();
            self.beside = Some(Beside::new(visitor, &lines).html());
        }
        self
    }

    /// The same, with what it tells programs that do not read it.
    pub fn presenting(mut self, preview: Option<&Preview>) -> Self {
        self.preview = preview.map(Preview::html);
        self
    }

    /// Whether this page is the viewer's own channel, in whichever language.
    pub fn is_at_own_channel(&self) -> bool {
        let Some(viewer) = &self.viewer else { return false };
        let own = [ChannelId::personal(viewer.address.clone()), ChannelId::buddycloud(viewer.address.clone())];
        own.iter().any(|own| self.is_at(&urls::channel(own)))
    }

    /// Whether a place of the navigation is this page.
    pub fn is_at(&self, place: &str) -> bool {
        self.path == place
    }
}

/// A page, or a fragment, as an answer.
pub fn page<T: Template>(status: StatusCode, template: &T) -> Response {
    match template.render() {
        Ok(html) => html_answer(status, html),
        Err(error) => {
            tracing::error!(error = %error, "a template could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// HTML that is ready, as an answer.
pub fn html_answer(status: StatusCode, html: String) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
    (status, kind, html).into_response()
}

/// Where to look after a form was accepted (303, so that a reload does not send it again).
pub fn see_other(path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
