//! Logging: sentences that stand alone, with dotted fields, and no secrets.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};

/// Crates whose debug lines print what travels on the wire, passwords included. Whatever the operator asks for,
/// they say no more than this.
const CLAMPED: [&str; 6] =
    ["tokio_xmpp=info", "xmpp_parsers=info", "rxml=info", "hyper=info", "hickory_net=info", "rustls=info"];

/// Starts logging to standard error. Call once.
pub fn start(log: &Log) -> anyhow::Result<()> {
    let mut filter = EnvFilter::try_new(&log.level)?;
    for directive in CLAMPED {
        filter = filter.add_directive(directive.parse::<Directive>()?);
    }
    let registry = tracing_subscriber::registry().with(filter);
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_ansi(is_terminal).with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => registry.with(lines.with_target(false)).try_init()?,
        LogFormat::Json => registry.with(lines.json()).try_init()?,
    }
    Ok(())
}
