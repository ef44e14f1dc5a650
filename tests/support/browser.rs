//! A person with Chromium.

use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::cdp::Link;
use super::certificates;
use super::patience::until;
use super::ports::free_port;
use super::process::Process;
use super::servers::Account;

/// The one browser of this test run; every tab has its own cookies and cache.
struct Chromium {
    address: String,
    _process: Mutex<Process>,
}

/// The port of 127.0.0.1 where browsers find port 443 of every name below `test`.
pub fn https_port() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(free_port)
}

fn chromium() -> &'static Chromium {
    static CHROMIUM: OnceLock<Chromium> = OnceLock::new();
    CHROMIUM.get_or_init(|| {
        let folder = tempfile::Builder::new().prefix("cirrus-chromium-").tempdir().unwrap().keep();
        let program = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let mut command = Command::new(program);
        command
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-background-timer-throttling",
                "--disable-renderer-backgrounding",
                "--disable-backgrounding-occluded-windows",
                "--disable-breakpad",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--remote-debugging-port=0",
            ])
            .arg(format!("--user-data-dir={}", folder.display()))
            .arg(format!("--ignore-certificate-errors-spki-list={}", certificates::authority().fingerprint()))
            .arg(format!("--host-resolver-rules=MAP *.test:443 127.0.0.1:{}, MAP *.test 127.0.0.1", https_port()))
            .arg("about:blank")
            .env("HOME", &folder);
        let mut process = Process::start("Chromium", Some(&folder), &folder.join("output.log"), &command);
        let address = process.wait_for("debugging port", 60, || {
            let text = std::fs::read_to_string(folder.join("DevToolsActivePort")).ok()?;
            let (port, path) = text.split_once('\n')?;
            Some(format!("ws://127.0.0.1:{port}{}", path.trim()))
        });
        Chromium { address, _process: Mutex::new(process) }
    })
}

/// How a tab looks at pages.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Width in CSS pixels.
    pub width: u32,
    /// Whether the person prefers dark pages.
    pub is_dark: bool,
    /// Whether scripts run.
    pub has_scripts: bool,
    /// The language that the browser asks for.
    pub language: &'static str,
}

impl Default for Look {
    fn default() -> Self {
        Look { width: 1280, is_dark: false, has_scripts: true, language: "en" }
    }
}

/// One tab of a browser with nothing in its memory.
pub struct Tab {
    link: Arc<Link>,
    session: String,
    base: String,
    look: Look,
}

/// Whether a fault is a violation of the content security policy.
fn breaks_policy(fault: &str) -> bool {
    fault.starts_with("policy") || fault.contains("Content Security Policy")
}

impl Drop for Tab {
    /// No test is about a page that breaks the policy, so none may.
    fn drop(&mut self) {
        let broken: Vec<_> = self.faults().into_iter().filter(|fault| breaks_policy(fault)).collect();
        assert!(broken.is_empty() || std::thread::panicking(), "the policy was broken: {broken:#?}");
    }
}

impl Tab {
    /// A tab for a gateway.
    pub async fn open(base: &str) -> Tab {
        Tab::looking(base, Look::default()).await
    }

    /// A tab with a certain look at things.
    pub async fn looking(base: &str, look: Look) -> Tab {
        let link = Link::open(&chromium().address).await;
        let context = link
            .command(None, "Target.createBrowserContext", json!({"disposeOnDetach": true}))
            .await
            .expect("a browser context");
        let target = link
            .command(
                None,
                "Target.createTarget",
                json!({"url": "about:blank", "browserContextId": context["browserContextId"]}),
            )
            .await
            .expect("a tab");
        let attached = link
            .command(None, "Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}))
            .await
            .expect("a session of the tab");
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        let tab = Tab { link, session, base: base.to_owned(), look };
        for domain in ["Page", "Runtime", "Log", "Network", "Audits"] {
            tab.command(&format!("{domain}.enable"), json!({})).await;
        }
        tab.command(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": look.width, "height": 800, "deviceScaleFactor": 1, "mobile": false}),
        )
        .await;
        let scheme = if look.is_dark { "dark" } else { "light" };
        tab.command(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        )
        .await;
        tab.command("Network.setExtraHTTPHeaders", json!({"headers": {"Accept-Language": look.language}})).await;
        tab.allow_scripts(look.has_scripts).await;
        tab
    }

    async fn allow_scripts(&self, allowed: bool) {
        self.command("Emulation.setScriptExecutionDisabled", json!({"value": !allowed})).await;
    }

    /// A command to this tab, which must succeed.
    pub async fn command(&self, method: &str, parameters: Value) -> Value {
        self.link
            .command(Some(&self.session), method, parameters)
            .await
            .unwrap_or_else(|error| panic!("Chromium: {error}"))
    }

    /// Opens a path and waits until the page has loaded.
    pub async fn visit(&self, path: &str) {
        let loads = self.loads();
        self.start_visit(path).await;
        self.wait_for_load(loads).await;
    }

    /// Opens a path whose response stays open: waits for nothing.
    pub async fn start_visit(&self, path: &str) {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let result = self.command("Page.navigate", json!({"url": url})).await;
        assert!(result["errorText"].is_null(), "{url}: {}", result["errorText"]);
    }

    fn loads(&self) -> u64 {
        self.link.seen.lock().unwrap().loads
    }

    async fn wait_for_load(&self, before: u64) {
        until("the page finishes loading", 45, async || self.loads() > before).await;
    }

    /// Runs an expression in the page, waits for its promise, and gives its value.
    pub async fn try_evaluate(&self, expression: &str) -> Result<Value, String> {
        let result = self
            .link
            .command(
                Some(&self.session),
                "Runtime.evaluate",
                json!({"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true}),
            )
            .await?;
        match result.get("exceptionDetails") {
            Some(details) => Err(format!("{expression}: {details}")),
            None => Ok(result["result"]["value"].clone()),
        }
    }

    /// The same, which must succeed.
    pub async fn evaluate(&self, expression: &str) -> Value {
        self.try_evaluate(expression).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Waits until an expression is true. A navigation in between is no failure.
    pub async fn wait_for(&self, what: &str, expression: &str) {
        self.wait_for_within(what, expression, 45).await;
    }

    /// The same within some seconds.
    pub async fn wait_for_within(&self, what: &str, expression: &str, seconds: u64) {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        let wrapped = format!("Boolean({expression})");
        loop {
            if self.try_evaluate(&wrapped).await == Ok(Value::Bool(true)) {
                return;
            }
            if Instant::now() >= deadline {
                let text = self.try_evaluate("location.href + '\\n' + document.body.innerText").await;
                panic!(
                    "{what} did not come within {seconds} s; the page says:\n{}\nfaults: {:#?}",
                    text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default(),
                    self.faults()
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the page shows a text, and presses the counter of what is new until then.
    pub async fn wait_for_news(&self, text: &str) {
        let quoted = json!(text);
        let expression = format!(
            "document.body.innerText.includes({quoted}) || (document.querySelector('#news button, #news a')?.click(), false)"
        );
        self.wait_for(&format!("news of {text:?}"), &expression).await;
    }

    /// Waits until the page shows a text.
    pub async fn wait_for_text(&self, text: &str) {
        let quoted = json!(text);
        self.wait_for(text, &format!("document.body && document.body.innerText.includes({quoted})")).await;
    }

    /// Waits until the page no longer shows a text.
    pub async fn wait_for_no_text(&self, text: &str) {
        let quoted = json!(text);
        self.wait_for(&format!("absence of {text}"), &format!("!document.body.innerText.includes({quoted})")).await;
    }

    /// Whether the page shows a text now.
    pub async fn shows(&self, text: &str) -> bool {
        self.evaluate(&format!("document.body.innerText.includes({})", json!(text))).await == Value::Bool(true)
    }

    /// Clicks the link, button or disclosure with this visible name, inside what fits `within`.
    pub async fn click_in(&self, within: &str, name: &str) {
        let expression = format!(
            "(() => {{
                const named = e => (e.getAttribute('aria-label') || e.innerText || e.value || '').trim();
                const found = [...document.querySelectorAll({within})]
                    .flatMap(scope => [...scope.querySelectorAll('a[href], button, summary, input[type=submit]')])
                    .filter(e => e.getClientRects().length > 0);
                const wanted = found.find(e => named(e) === {name}) || found.find(e => named(e).includes({name}));
                if (!wanted) throw new Error('nothing called ' + {name} + ' among ' + found.map(named).join(' | '));
                wanted.scrollIntoView({{block: 'center'}});
                wanted.click();
            }})()",
            within = json!(within),
            name = json!(name),
        );
        self.evaluate(&expression).await;
    }

    /// Writes into the first visible field that fits a selector, replacing what is there.
    pub async fn write(&self, field: &str, text: &str) {
        let expression = format!(
            "(() => {{
                const field = [...document.querySelectorAll({field})].find(e => e.getClientRects().length > 0);
                if (!field) throw new Error('no field ' + {field});
                field.focus(); field.select();
            }})()",
            field = json!(field)
        );
        self.evaluate(&expression).await;
        self.command("Input.insertText", json!({"text": text})).await;
    }

    /// Signs in through the form.
    pub async fn sign_in(&self, account: &Account) {
        self.visit("/sign-in").await;
        self.write("[name=address]", &account.address).await;
        self.write("[name=password]", &account.password).await;
        self.evaluate("document.querySelector('form:has([name=password]) [type=submit]').click()").await;
        let is_in = "document.querySelector('form[action=\"/sign-out\"]') && document.readyState === 'complete'";
        self.wait_for("the button to sign out", &format!("Boolean({is_in})")).await;
    }

    /// What went wrong in the page so far.
    pub fn faults(&self) -> Vec<String> {
        self.link.seen.lock().unwrap().faults.clone()
    }

    /// Forgets what went wrong so far, where the test provoked it; not what broke the content security policy.
    pub fn forgive(&self) {
        self.link.seen.lock().unwrap().faults.retain(|fault| breaks_policy(fault));
    }

    /// Fails if a script threw, the console has an error, or the content security policy was broken.
    #[track_caller]
    pub fn must_be_clean(&self) {
        let faults = self.faults();
        assert!(faults.is_empty(), "the page is not clean: {faults:#?}");
    }

    /// How many requests were sent, and how many bytes came over the wire.
    pub fn weight(&self) -> (Vec<String>, f64) {
        let seen = self.link.seen.lock().unwrap();
        let urls = seen.requests.iter().map(|(_, url)| url.clone()).filter(|url| url.starts_with("http")).collect();
        (urls, seen.bytes.values().sum())
    }

    /// Violations that axe-core finds, as lines; rules of WCAG 2.2 AA.
    pub async fn axe(&self) -> Vec<String> {
        if !self.look.has_scripts {
            self.allow_scripts(true).await;
        }
        let source = std::fs::read_to_string(super::checks::tool("axe-core/axe.min.js")).expect("axe-core is readable");
        self.evaluate(&source).await;
        let found = self
            .evaluate(
                "axe.run(document, {runOnly: {type: 'tag', values:
                    ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})
                 .then(r => r.violations.flatMap(v => v.nodes.map(n =>
                    `${v.impact} ${v.id}: ${v.help} at ${n.target.join(' ')}: ${n.html.slice(0, 200)} (${n.failureSummary})`)))",
            )
            .await;
        if !self.look.has_scripts {
            self.allow_scripts(false).await;
        }
        found.as_array().unwrap().iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }
}
