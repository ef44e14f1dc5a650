//! Pages in the reader's language: the one that the browser asks for, or the one that was chosen.

use crate::support::browser::{Look, Tab};
use crate::support::gateway::Gateway;
use crate::support::person::{Person, channel_of};
use crate::support::servers;

/// A page as a stranger gets it whose browser asks for a language.
async fn asked(gateway: &Gateway, path: &str, language: &str) -> (reqwest::header::HeaderMap, String) {
    let stranger = Person::at(gateway);
    let request = stranger.client().get(stranger.url(path)).header("accept-language", language);
    let answer = request.send().await.expect("an answer");
    (answer.headers().clone(), answer.text().await.expect("a page"))
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_read_what_their_browsers_ask_for() {
    let gateway = Gateway::shared(servers::home());
    for (language, mark, words) in [
        ("de-AT,de;q=0.9,en;q=0.8", "<html lang=\"de\">", "Anmelden"),
        ("nl,fr;q=0.5", "<html lang=\"fr\">", "Cirrus"),
        ("ar", "<html lang=\"ar\" dir=\"rtl\">", "Cirrus"),
        ("nl", "<html lang=\"en\">", "Sign in"),
        ("de", "<html lang=\"de\">", "Anmelden"),
    ] {
        // The same page again and again: nobody gets one that was made for somebody else.
        let (fields, page) = asked(gateway, "/", language).await;
        assert!(page.contains(mark) && page.contains(words), "{language}: {page}");
        let vary: Vec<_> = fields.get_all("vary").iter().map(|field| field.to_str().unwrap().to_lowercase()).collect();
        assert!(vary.join(",").contains("accept-language"), "caches must know: {vary:?}");
    }
    let (_, missing) = asked(gateway, "/no/such/page", "de").await;
    assert!(missing.contains("<html lang=\"de\">") && !missing.contains("There is no page"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_language_stays() {
    let gateway = Gateway::shared(servers::home());
    let alice = servers::home().account();
    let mut person = Person::signed_in(gateway, &alice).await;
    person.post("/", "Worte bleiben, wie sie sind").await;
    person.visit("/account").await;
    let form = person.page.form("Save").fill("language", "de");
    person.submit(form).await.must_be(200);
    for path in ["/", "/me", "/follows", "/account", "/channels", "/no/such/page"] {
        person.visit(path).await;
        assert_eq!(person.page.count("html[lang=de]"), 1, "{path}");
        person.page.must_not_say("Sign out");
    }
    person.visit("/me").await.must_say("Worte bleiben, wie sie sind");
    // A form that fails is answered in the same language.
    let form = person.visit("/follows").await.form("Folgen").fill("address", "no address at all");
    person.submit(form).await.must_be(422);
    assert_eq!(person.page.count("html[lang=de] [role=alert]"), 1);
    person.page.must_not_say("should look like");
    // Another browser of the same person is asked for itself.
    let mut other = Person::signed_in(gateway, &alice).await;
    assert_eq!(other.visit("/").await.count("html[lang=en]"), 1);
}

/// A card is made once for all who read it in the same language, and not for the others.
#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_live_is_in_the_language_of_the_page() {
    let gateway = Gateway::shared(servers::home());
    let alice = servers::home().account();
    let mut writer = Person::signed_in(gateway, &alice).await;
    writer.post("/", "The first one").await;
    let mut tabs = Vec::new();
    for language in ["de", "en", "ar"] {
        let tab = Tab::looking(&gateway.url, Look { language, ..Look::default() }).await;
        tab.visit(&channel_of(&alice)).await;
        tab.wait_for("the first post", "document.querySelectorAll('#posts article').length === 1").await;
        tabs.push(tab);
    }
    writer.post("/", "The second one").await;
    let replies = "document.querySelector('#arrivals article .more a').textContent";
    let mut said = Vec::new();
    for tab in &tabs {
        tab.wait_for("the second post", "document.querySelectorAll('#arrivals article').length === 1").await;
        tab.wait_for("the button", "document.querySelector('#news button')?.textContent.includes('1')").await;
        let button = tab.evaluate("document.querySelector('#news button').textContent").await;
        said.push((tab.evaluate(replies).await, button));
        tab.must_be_clean();
    }
    assert_eq!(said[1].0, "Replies");
    assert!(said[0] != said[1] && said[1] != said[2] && said[0] != said[2], "{said:?}");
}
