//! A person with a plain browser: cookies, links and forms, no scripts.

use std::sync::Arc;
use std::time::Duration;

use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{HeaderMap, HeaderValue};

use super::gateway::Gateway;
use super::page::{Form, Page};
use super::servers::Account;

/// The path of the personal channel of an account.
pub fn channel_of(account: &Account) -> String {
    format!("/@{}", account.address)
}

/// The path of a channel on a service.
pub fn community(service: &str, node: &str) -> String {
    let mut url = url::Url::parse("http://x").unwrap();
    url.path_segments_mut().unwrap().extend(["c", service, node]);
    url.path().to_owned()
}

/// A browser without scripts, and the page it shows.
pub struct Person {
    client: reqwest::Client,
    jar: Arc<Jar>,
    base: url::Url,
    headers: HeaderMap,
    /// The page last seen.
    pub page: Page,
}

impl Person {
    /// Somebody new at a gateway.
    pub fn at(gateway: &Gateway) -> Person {
        Person::at_url(&gateway.url)
    }

    /// Somebody new at an address.
    pub fn at_url(url: &str) -> Person {
        let jar = Arc::new(Jar::default());
        let client = super::web::client()
            .cookie_provider(Arc::clone(&jar))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(60))
            .no_proxy()
            .build()
            .unwrap();
        let base = url::Url::parse(url).unwrap();
        let page = Page { url: base.clone(), status: 0, headers: HeaderMap::new(), body: String::new() };
        Person { client, jar, base, headers: HeaderMap::new(), page }
    }

    /// The same with another browser, by what it says of itself.
    pub fn using(mut self, browser: &'static str) -> Person {
        self.headers.insert("user-agent", HeaderValue::from_static(browser));
        self
    }

    /// The client below, for requests no browser would send.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The cookies as the browser sends them: what another browser would need to be taken for this one.
    pub fn cookies(&self) -> HeaderValue {
        self.jar.cookies(&self.base).expect("there are cookies")
    }

    /// An address at the gateway.
    pub fn url(&self, path: &str) -> url::Url {
        self.base.join(path).unwrap()
    }

    /// Opens a path or an address, following redirects.
    pub async fn visit(&mut self, path: &str) -> &Page {
        let url = self.page.url.join(path).unwrap_or_else(|_| self.url(path));
        let request = self.client.get(url);
        self.perform(request).await
    }

    /// Follows the link with this visible name.
    pub async fn follow_link(&mut self, name: &str) -> &Page {
        let url = self.page.link(name);
        self.visit(url.as_str()).await
    }

    /// Opens the page of the post that says something.
    pub async fn open_post(&mut self, text: &str) -> &Page {
        let url = self.page.post_link(text);
        self.visit(url.as_str()).await
    }

    /// Sends a form, following redirects.
    pub async fn submit(&mut self, form: Form) -> &Page {
        let request = if form.is_post && form.is_multipart {
            let (kind, body) = form.multipart();
            let origin = self.base.origin().ascii_serialization();
            self.client.post(form.action).header("origin", origin).header("content-type", kind).body(body)
        } else if form.is_post {
            self.client.post(form.action).header("origin", self.base.origin().ascii_serialization()).form(&form.fields)
        } else {
            let mut url = form.action;
            url.query_pairs_mut().clear().extend_pairs(&form.fields);
            self.client.get(url)
        };
        self.perform(request).await
    }

    /// Presses a button whose form needs nothing filled in.
    pub async fn press(&mut self, button: &str) -> &Page {
        let form = self.page.form(button);
        self.submit(form).await
    }

    async fn perform(&mut self, request: reqwest::RequestBuilder) -> &Page {
        let mut request = request.headers(self.headers.clone());
        for _ in 0..10 {
            let response = request.send().await.unwrap_or_else(|error| panic!("{error:?}"));
            let url = response.url().clone();
            if response.status().is_redirection()
                && let Some(location) = response.headers().get("location")
            {
                let target = url.join(location.to_str().unwrap()).unwrap();
                assert_eq!(target.origin(), self.base.origin(), "a redirect leads away");
                request = self.client.get(target).headers(self.headers.clone());
                continue;
            }
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.text().await.unwrap();
            self.page = Page { url, status, headers, body };
            return &self.page;
        }
        panic!("ten redirects in a row");
    }

    /// Signs in through the form; gives the page that comes then.
    pub async fn try_sign_in(&mut self, address: &str, password: &str) -> &Page {
        self.visit("/sign-in").await;
        let form = self.page.form("Sign in").fill("address", address).fill("password", password);
        self.submit(form).await
    }

    /// Signs in, which must succeed.
    pub async fn sign_in(&mut self, account: &Account) -> &Page {
        self.try_sign_in(&account.address, &account.password).await;
        self.page.must_be(200);
        assert!(
            self.page.find_form("Sign out").is_some(),
            "{} is not signed in:\n{}",
            account.address,
            self.page.text()
        );
        &self.page
    }

    /// Signed in at once.
    pub async fn signed_in(gateway: &Gateway, account: &Account) -> Person {
        let mut person = Person::at(gateway);
        person.sign_in(account).await;
        person
    }

    /// Writes a post into a channel; gives the page that comes then, which must show the channel.
    pub async fn post(&mut self, channel: &str, text: &str) -> &Page {
        self.visit(channel).await;
        let form = self
            .page
            .find_form_where("Post", |action| action.ends_with("/posts"))
            .unwrap_or_else(|| panic!("{channel}: nothing to post with:\n{}", self.page.text()))
            .fill("text", text);
        self.submit(form).await;
        self.page.must_be(200);
        &self.page
    }

    /// Opens the page of a post in a channel and replies to it.
    pub async fn reply(&mut self, channel: &str, post: &str, text: &str) -> &Page {
        self.visit(channel).await;
        self.open_post(post).await;
        let form = self
            .page
            .find_form_where("Reply", |action| action.ends_with("/replies"))
            .unwrap_or_else(|| panic!("{channel}: nothing to reply with:\n{}", self.page.text()))
            .fill("text", text);
        self.submit(form).await;
        self.page.must_be(200);
        &self.page
    }

    /// Loads a page again and again until it fits.
    pub async fn reload_until(&mut self, path: &str, what: &str, fits: impl Fn(&Page) -> bool) -> &Page {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            self.visit(path).await;
            if fits(&self.page) {
                return &self.page;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "{path} never shows {what}; it says:\n{}",
                self.page.text()
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}
