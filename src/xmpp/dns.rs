//! Where a domain's server is: SRV records (RFC 6120 §3.2, XEP-0368), else the domain itself on port 5222.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures::future::join_all;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::{RData, RecordType};
use tokio::time::timeout;

use super::connect::ConnectError;
use crate::network::{address, resolver};

/// The whole look-up takes at most this.
const WHOLE: Duration = Duration::from_secs(3);
/// SRV takes at most this of it, so that time is left where a network drops SRV queries.
const SERVICES: Duration = Duration::from_millis(1500);
/// More SRV targets than this are not looked at.
const MOST_TARGETS: usize = 4;

/// One way to reach a server: addresses that may be dialled, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Of one host, in the order to try them; never empty.
    pub addresses: Vec<SocketAddr>,
    /// TLS from the first byte (XEP-0368); else STARTTLS.
    pub direct_tls: bool,
}

/// One SRV record that names a host.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Service {
    priority: u16,
    weight: u16,
    host: String,
    port: u16,
    direct_tls: bool,
}

/// What was asked for one kind of service.
enum Answer {
    /// Records, at least one.
    Found(Vec<Service>),
    /// No record, or no answer.
    Nothing,
    /// The domain says that it does not offer this (a single record with the target `.`, RFC 2782).
    Refused,
}

/// A domain in the form DNS wants, or `None` where it is no host name.
fn ascii(domain: &str) -> Option<String> {
    url::Host::parse(domain).ok().map(|host| host.to_string())
}

/// The resolver of this process.
fn resolver() -> Result<&'static TokioResolver, ConnectError> {
    resolver::system().map_err(|_| ConnectError::Unreachable)
}

/// Finds the ways to reach `domain`, best first: at most four, with public addresses only. Private and loopback
/// addresses must be configured; what DNS says cannot lead into the operator's network.
pub async fn find(domain: &str) -> Result<Vec<Candidate>, ConnectError> {
    let name = ascii(domain).ok_or(ConnectError::Unreachable)?;
    if let Ok(ip) = name.trim_matches(['[', ']']).parse::<IpAddr>() {
        return reachable(domain, vec![(vec![SocketAddr::new(ip, 5222)], false)]);
    }
    look_up(resolver()?, &name).await
}

/// With any resolver, within [`WHOLE`].
async fn look_up(resolver: &TokioResolver, domain: &str) -> Result<Vec<Candidate>, ConnectError> {
    timeout(WHOLE, ask(resolver, domain)).await.unwrap_or_else(|_| {
        tracing::info!(xmpp.domain = domain, "DNS did not answer in time.");
        Err(ConnectError::Unreachable)
    })
}

async fn ask(resolver: &TokioResolver, domain: &str) -> Result<Vec<Candidate>, ConnectError> {
    let (direct, plain) = tokio::join!(
        services(resolver, domain, "_xmpps-client", true),
        services(resolver, domain, "_xmpp-client", false)
    );
    let records = match (direct, plain) {
        (Answer::Found(mut direct), Answer::Found(plain)) => {
            direct.extend(plain);
            direct
        }
        (Answer::Found(records), _) | (_, Answer::Found(records)) => records,
        (_, Answer::Refused) => {
            tracing::info!(xmpp.domain = domain, "The domain says that it has no XMPP server.");
            return Err(ConnectError::Unreachable);
        }
        _ => vec![Service { priority: 0, weight: 0, host: format!("{domain}."), port: 5222, direct_tls: false }],
    };
    let random = |below: u32| random_below(below);
    let found = join_all(order(records, random).into_iter().take(MOST_TARGETS).map(async |service| {
        let found = resolver.lookup_ip(service.host.as_str()).await;
        let addresses = found.map(|found| found.iter().map(|ip| SocketAddr::new(ip, service.port)).collect());
        (addresses.unwrap_or_default(), service.direct_tls)
    }))
    .await;
    reachable(domain, found)
}

/// Leaves out what may not be dialled, and says so to the operator.
fn reachable(domain: &str, found: Vec<(Vec<SocketAddr>, bool)>) -> Result<Vec<Candidate>, ConnectError> {
    let named: usize = found.iter().map(|(addresses, _)| addresses.len()).sum();
    let candidates: Vec<Candidate> = found
        .into_iter()
        .map(|(addresses, direct_tls)| Candidate { addresses: address::public(addresses), direct_tls })
        .filter(|candidate| !candidate.addresses.is_empty())
        .collect();
    if candidates.is_empty() {
        if named > 0 {
            tracing::warn!(
                xmpp.domain = domain,
                "DNS names only addresses or ports that are not dialled; set xmpp.servers for this domain if they are right."
            );
        }
        return Err(ConnectError::Unreachable);
    }
    Ok(candidates)
}

/// The XMPP addresses that DNS gives as the Buddycloud channel services of a domain whose server does not name any: by
/// the TXT record of the specification, then by the SRV and PTR records of older documents. At most four; they are
/// claims, to be checked by asking there.
pub async fn channel_services(domain: &str) -> Vec<String> {
    match (resolver(), ascii(domain)) {
        (Ok(resolver), Some(domain)) => channel_services_by(resolver, &domain).await,
        _ => Vec::new(),
    }
}

async fn channel_services_by(resolver: &TokioResolver, domain: &str) -> Vec<String> {
    let look_up = async |service: &str, kind| {
        let name = format!("{service}._tcp.{domain}.");
        let found = timeout(WHOLE, resolver.lookup(name, kind)).await.ok().and_then(Result::ok);
        let answers = found.iter().flat_map(|found| found.answers().iter()).take(64);
        answers.filter_map(|record| channel_service(&record.data)).collect::<Vec<_>>()
    };
    let (text, service, pointer) = tokio::join!(
        look_up("_bcloud-server", RecordType::TXT),
        look_up("_buddycloud-server", RecordType::SRV),
        look_up("_buddycloud-server", RecordType::PTR),
    );
    let mut names: Vec<String> = Vec::new();
    for name in text.into_iter().chain(service).chain(pointer) {
        if names.len() < MOST_TARGETS && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The address in one record: `v=1.0 server=<address>` in one string or in several, or the name that it points at.
fn channel_service(record: &RData) -> Option<String> {
    let name = match record {
        RData::TXT(text) => {
            let words = text.txt_data.iter().map(|part| String::from_utf8_lossy(part).into_owned());
            let words = words.collect::<Vec<_>>().join(" ");
            words.split_whitespace().find_map(|word| word.strip_prefix("server="))?.to_owned()
        }
        RData::SRV(service) => service.target.to_ascii(),
        RData::PTR(pointer) => pointer.0.to_ascii(),
        _ => return None,
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    (!name.is_empty() && name.len() <= 253).then_some(name)
}

async fn services(resolver: &TokioResolver, domain: &str, service: &str, direct_tls: bool) -> Answer {
    let Ok(Ok(found)) = timeout(SERVICES, resolver.srv_lookup(format!("{service}._tcp.{domain}."))).await else {
        return Answer::Nothing;
    };
    let mut refused = false;
    let mut records = Vec::new();
    for record in found.answers().iter().take(64) {
        let RData::SRV(srv) = &record.data else { continue };
        if srv.target.is_root() {
            refused = true;
            continue;
        }
        let host = srv.target.to_ascii();
        records.push(Service { priority: srv.priority, weight: srv.weight, host, port: srv.port, direct_tls });
    }
    match (records.is_empty(), refused) {
        (false, _) => Answer::Found(records),
        (true, true) => Answer::Refused,
        (true, false) => Answer::Nothing,
    }
}

/// The order of RFC 2782: by priority, and within one at random by weight. Both kinds of service are one list
/// (XEP-0368 §3). `random(n)` gives a number from 0 to n, n included.
fn order(mut records: Vec<Service>, random: impl Fn(u32) -> u32) -> Vec<Service> {
    // Weight 0 comes first within its priority, as the RFC asks, so that it keeps a small chance.
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(priority) = records.first().map(|record| record.priority) {
        let same = records.iter().take_while(|record| record.priority == priority);
        let total: u32 = same.map(|record| u32::from(record.weight)).sum();
        let chosen = random(total);
        let mut sum = 0;
        let position = records.iter().position(|record| {
            sum += u32::from(record.weight);
            sum >= chosen
        });
        ordered.push(records.remove(position.unwrap_or(0)));
    }
    ordered
}

/// A number from 0 to `most`, included.
fn random_below(most: u32) -> u32 {
    let mut bytes = [0; 4];
    // Without randomness the first is taken, which is only less fair.
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    ((u64::from(u32::from_be_bytes(bytes)) * (u64::from(most) + 1)) >> 32) as u32
}

#[cfg(test)]
#[path = "dns_tests.rs"]
mod tests;
