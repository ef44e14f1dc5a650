//! The header fields that every answer carries, errors included, and the place where browsers complain.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use super::state::State;
use super::urls;

/// The nonce of the scripts in this answer; an extension of the response. Without it no script runs.
#[derive(Clone)]
pub(super) struct ScriptNonce(pub String);

/// Marks an answer whose body was made of a stranger's file: nothing in it may run, whatever it is.
#[derive(Clone, Copy)]
pub(super) struct Foreign;

/// The largest report that is read, in bytes.
pub(super) const MAX_REPORT: usize = 16 * 1024;

/// How many reports are logged in full in a minute; what comes besides is only counted, so that nobody fills the log,
/// and nobody silences it for longer.
const LOGGED_REPORTS: u32 = 20;

/// How long that many reports are logged in full.
const MINUTE: Duration = Duration::from_secs(60);

/// Reports of a stopped script or style.
#[derive(Default)]
pub struct CspReports {
    count: AtomicU64,
    window: Mutex<Option<(Instant, u32)>>,
}

impl CspReports {
    /// How many came in.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Counts one, and says its number and whether to log it.
    fn note(&self, now: Instant) -> (u64, bool) {
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, logged) = match &mut *window {
            Some(window) if now - window.0 < MINUTE => window,
            window => window.insert((now, 0)),
        };
        let is_logged = *logged < LOGGED_REPORTS;
        *logged += u32::from(is_logged);
        (number, is_logged)
    }
}

/// What nobody needs here.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), \
    browsing-topics=(), camera=(), clipboard-read=(), display-capture=(), encrypted-media=(), fullscreen=(), \
    geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), \
    midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), storage-access=(), usb=(), \
    xr-spatial-tracking=()";

/// The content security policy of an answer.
fn policy(nonce: Option<&str>, pictures: &str) -> String {
    let script = nonce.map_or_else(|| "'none'".to_owned(), |nonce| format!("'nonce-{nonce}'"));
    format!(
        "default-src 'none'; script-src {script}; style-src 'self'; img-src 'self'{pictures}; media-src 'self'; \
         connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
         manifest-src 'self'; require-trusted-types-for 'script'; trusted-types htmx; report-uri {report}; \
         report-to csp",
        report = urls::CSP_REPORT,
    )
}

/// The policy of what a stranger made.
const FOREIGN: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// Puts the fields on every answer, also on those of the layers further in.
pub(super) async fn headers(
    extract::State(state): extract::State<State>,
    request: extract::Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let nonce = response.extensions_mut().remove::<ScriptNonce>();
    let is_foreign = response.extensions_mut().remove::<Foreign>().is_some();
    let pictures = &state.config.media.public_url;
    let pictures = if pictures.is_empty() { String::new() } else { format!(" {pictures}") };
    let fields = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        fields.insert(name, HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    set(HeaderName::from_static("reporting-endpoints"), "csp=\"/csp-report\"");
    if state.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    let policy = if is_foreign {
        if !pictures.is_empty() {
            set(HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
        }
        FOREIGN
    } else {
        let policy = HeaderValue::try_from(policy(nonce.as_ref().map(|nonce| nonce.0.as_str()), &pictures));
        policy.expect("a nonce is base64url and a URL of ours is ASCII")
    };
    fields.insert(header::CONTENT_SECURITY_POLICY, policy);
    fields.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Counts a report and logs it, if there are not too many. What a report says was written by a stranger's browser.
pub(super) async fn report(
    extract::State(state): extract::State<State>,
    headers: HeaderMap,
    report: Bytes,
) -> StatusCode {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !matches!(kind, "application/csp-report" | "application/reports+json") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE;
    }
    let Ok(report) = serde_json::from_slice::<serde_json::Value>(&report) else { return StatusCode::BAD_REQUEST };
    let (count, is_logged) = state.csp_reports.note(Instant::now());
    if is_logged {
        let reports = report.as_array().map_or(std::slice::from_ref(&report), Vec::as_slice);
        for report in reports.iter().take(10) {
            let body = report.get("csp-report").or_else(|| report.get("body")).unwrap_or(report);
            let text = |keys: [&str; 2]| {
                let value = keys.iter().find_map(|key| body.get(key)).and_then(|value| value.as_str());
                value.unwrap_or_default().chars().take(200).collect::<String>()
            };
            tracing::warn!(
                csp.directive = ?text(["effective-directive", "effectiveDirective"]),
                csp.blocked = ?text(["blocked-uri", "blockedURL"]),
                csp.count = count,
                "a browser stopped something that the content security policy does not allow"
            );
        }
    }
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_silences_reports_for_a_minute_at_most() {
        let (reports, start) = (CspReports::default(), Instant::now());
        let logged = (0..1000).filter(|_| reports.note(start).1).count();
        assert_eq!(logged, LOGGED_REPORTS as usize);
        assert_eq!(reports.note(start + MINUTE), (1001, true));
    }

    #[test]
    fn without_a_nonce_no_script_runs() {
        assert!(policy(None, "").contains("script-src 'none';"));
        let policy = policy(Some("abc"), "");
        assert!(policy.starts_with("default-src 'none'; script-src 'nonce-abc'; style-src 'self'; img-src 'self';"));
        assert!(!policy.contains("unsafe"));
    }
}
