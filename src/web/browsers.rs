//! Which browser somebody uses, in a few words: enough to tell one's own sign-ins apart, and nothing is decided by it.

use axum::http::{HeaderMap, header};

use crate::language::Text;

/// The longest name of a browser that we do not know, in characters.
const MAX_NAME: usize = 60;

/// What a browser's line has in it, and what it is called. Most claim to be others too: the rarer come first.
const BROWSERS: [(&str, &str); 17] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("Epiphany/", "GNOME Web"),
    ("Konqueror/", "Konqueror"),
    ("SeaMonkey/", "SeaMonkey"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("w3m/", "w3m"),
    ("Lynx/", "Lynx"),
    ("ELinks/", "ELinks"),
    ("Dillo/", "Dillo"),
];

/// The same for what it runs on.
const SYSTEMS: [(&str, &str); 9] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("Linux", "Linux"),
];

/// The browser that sent a request.
pub(super) fn browser(headers: &HeaderMap) -> Text {
    let line = headers.get(header::USER_AGENT).and_then(|line| line.to_str().ok()).unwrap_or_default();
    name(line)
}

fn name(line: &str) -> Text {
    let find =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| line.contains(mark)).map(|(_, name)| *name);
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => Text::new("browser-on-system").with("browser", browser).with("system", system),
        (Some(browser), None) => Text::new("browser-alone").with("browser", browser),
        (None, _) if line.trim().is_empty() => Text::new("browser-unknown"),
        (None, _) => Text::new("browser-alone").with("browser", line.trim().chars().take(MAX_NAME).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_as_people_know_them() {
        for (line, known) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
                "Safari on Mac",
            ),
            ("w3m/0.5.3+git20230121", "w3m"),
            ("  curl/8.0  ", "curl/8.0"),
            ("", "A browser without a name"),
        ] {
            assert_eq!(name(line).to_string(), known);
        }
        assert_eq!(name(&"x".repeat(8000)).to_string().len(), MAX_NAME);
    }
}
