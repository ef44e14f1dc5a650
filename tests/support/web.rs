//! A web client for the tests.

use std::sync::Once;

/// The beginning of one. The library leaves the choice of cryptography to the program.
pub fn client() -> reqwest::ClientBuilder {
    static CHOSEN: Once = Once::new();
    CHOSEN.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    reqwest::Client::builder().no_proxy()
}

/// Gets a page.
pub async fn get(url: impl reqwest::IntoUrl) -> reqwest::Result<reqwest::Response> {
    client().build()?.get(url).send().await
}
