//! A name server of the tests' own, honest and hostile.

#![allow(clippy::unwrap_used)]

use std::str::FromStr;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{CNAME, PTR, SRV, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;

use super::*;

fn service(priority: u16, weight: u16, host: &str) -> Service {
    Service { priority, weight, host: host.to_owned(), port: 5222, direct_tls: false }
}

fn hosts(records: Vec<Service>) -> String {
    records.iter().map(|record| record.host.as_str()).collect()
}

#[test]
fn records_are_ordered_by_priority_and_weight() {
    let records = vec![service(2, 0, "d"), service(1, 10, "b"), service(1, 90, "c"), service(1, 0, "a")];
    assert_eq!(hosts(order(records.clone(), |_| 0)), "abcd");
    assert_eq!(hosts(order(records.clone(), |total| total)), "cbad");
    assert_eq!(hosts(order(records, |total| total.min(5))), "bcad");
    assert!((0..40).all(|_| random_below(3) <= 3));
    assert_eq!(random_below(0), 0);
}

#[tokio::test]
async fn literal_addresses_are_checked_too() {
    for literal in ["127.0.0.1", "[::1]", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]", "a b", ""] {
        assert_eq!(find(literal).await, Err(ConnectError::Unreachable), "{literal}");
    }
}

/// One line of a zone: `name type data…`.
fn record(line: &str) -> Record {
    let parts: Vec<&str> = line.split(' ').collect();
    let name = |text: &str| Name::from_str(text).unwrap();
    let data = match parts[1] {
        "A" => RData::A(parts[2].parse::<std::net::Ipv4Addr>().unwrap().into()),
        "AAAA" => RData::AAAA(parts[2].parse::<std::net::Ipv6Addr>().unwrap().into()),
        "CNAME" => RData::CNAME(CNAME(name(parts[2]))),
        "SRV" => {
            let number = |at: usize| parts[at].parse().unwrap();
            RData::SRV(SRV::new(number(2), number(3), number(4), name(parts[5])))
        }
        "TXT" => RData::TXT(TXT::new(parts[2..].iter().map(|part| (*part).to_owned()).collect())),
        "PTR" => RData::PTR(PTR(name(parts[2]))),
        other => panic!("{other}"),
    };
    Record::from_rdata(name(parts[0]), 0, data)
}

/// A resolver that asks a server with this zone, over UDP on loopback.
async fn resolver(zone: &str) -> TokioResolver {
    let zone: Vec<Record> = zone.lines().map(str::trim).filter(|line| !line.is_empty()).map(record).collect();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let asked = Message::from_vec(&buffer[..length]).unwrap();
            let query = asked.queries[0].clone();
            let mut answer = asked.into_response();
            let fits = |record: &&Record| {
                let kind = record.record_type();
                record.name == *query.name() && (kind == query.query_type() || kind == RecordType::CNAME)
            };
            answer.answers = zone.iter().filter(fits).cloned().collect();
            if answer.answers.is_empty() {
                answer.metadata.response_code = ResponseCode::NXDomain;
            }
            socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
        }
    });
    let mut connection = ConnectionConfig::udp();
    connection.port = address.port();
    let server = NameServerConfig::new(address.ip(), true, vec![connection]);
    let config = ResolverConfig::from_parts(None, vec![], vec![server]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    builder.options_mut().use_hosts_file = hickory_resolver::config::ResolveHosts::Never;
    builder.options_mut().attempts = 0;
    builder.build().unwrap()
}

async fn found(zone: &str) -> Result<Vec<String>, ConnectError> {
    let candidates = look_up(&resolver(zone).await, "example.org").await?;
    Ok(candidates
        .iter()
        .flat_map(|candidate| candidate.addresses.iter().map(|address| (address, candidate.direct_tls)))
        .map(|(address, direct_tls)| format!("{address}{}", if direct_tls { " tls" } else { "" }))
        .collect())
}

#[tokio::test]
async fn both_kinds_of_service_are_one_list() {
    let zone = "_xmpps-client._tcp.example.org. SRV 5 0 5223 a.example.org.
        _xmpp-client._tcp.example.org. SRV 1 0 5222 b.example.org.
        _xmpps-client._tcp.example.org. SRV 9 0 443 b.example.org.
        a.example.org. A 8.8.8.8
        b.example.org. AAAA 2a01:4f8::1";
    let expected = ["[2a01:4f8::1]:5222", "8.8.8.8:5223 tls", "[2a01:4f8::1]:443 tls"];
    assert_eq!(found(zone).await.unwrap(), expected);
}

#[tokio::test]
async fn without_services_the_domain_itself_is_asked() {
    assert_eq!(found("example.org. A 8.8.8.8").await.unwrap(), ["8.8.8.8:5222"]);
    assert_eq!(found("").await, Err(ConnectError::Unreachable));
}

#[tokio::test]
async fn a_domain_may_say_that_it_has_no_server() {
    let zone = "_xmpp-client._tcp.example.org. SRV 0 0 0 .\nexample.org. A 8.8.8.8";
    assert_eq!(found(zone).await, Err(ConnectError::Unreachable));
    // No direct TLS is no reason against STARTTLS.
    let zone = "_xmpps-client._tcp.example.org. SRV 0 0 0 .\nexample.org. A 8.8.8.8";
    assert_eq!(found(zone).await.unwrap(), ["8.8.8.8:5222"]);
}

#[tokio::test]
async fn hostile_zones_lead_nowhere() {
    for address in ["127.0.0.1", "0.0.0.0", "10.0.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "192.168.1.1"] {
        assert_eq!(found(&format!("example.org. A {address}")).await, Err(ConnectError::Unreachable), "{address}");
    }
    for address in
        ["::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fec0::1", "2002:7f00:1::", "fd00:ec2::254", "fe80::1"]
    {
        assert_eq!(found(&format!("example.org. AAAA {address}")).await, Err(ConnectError::Unreachable), "{address}");
    }
    for port in [0, 22, 25, 80, 6379] {
        let zone = format!("_xmpp-client._tcp.example.org. SRV 0 0 {port} example.org.\nexample.org. A 8.8.8.8");
        assert_eq!(found(&zone).await, Err(ConnectError::Unreachable), "{port}");
    }
    let chain = "example.org. CNAME a.example.org.\na.example.org. CNAME b.example.org.\nb.example.org. A 127.0.0.1";
    assert_eq!(found(chain).await, Err(ConnectError::Unreachable));
    let circle = "example.org. CNAME a.example.org.\na.example.org. CNAME example.org.";
    assert_eq!(found(circle).await, Err(ConnectError::Unreachable));
    let mixed = "example.org. A 127.0.0.1\nexample.org. A 8.8.8.8\nexample.org. AAAA ::1";
    assert_eq!(found(mixed).await.unwrap(), ["8.8.8.8:5222"]);
}

#[tokio::test]
async fn a_flood_of_records_is_cut() {
    let flood: String =
        (0..20).map(|n| format!("_xmpp-client._tcp.example.org. SRV 0 0 5222 h{n}.example.org.\n")).collect();
    let addresses: String = (0..40).map(|n| format!("h{n}.example.org. A 8.8.8.{n}\n")).collect();
    assert!(found(&format!("{flood}{addresses}")).await.unwrap().len() <= MOST_TARGETS);
    let many: String = (0..40).map(|n| format!("example.org. A 8.8.8.{n}\n")).collect();
    assert_eq!(found(&many).await.unwrap().len(), address::MOST);
}

#[tokio::test]
async fn channel_services_are_named_in_three_ways() {
    let zone = "_bcloud-server._tcp.example.org. TXT v=1.0 server=Server01.example.org.
        _buddycloud-server._tcp.example.org. SRV 0 0 5269 server02.example.org.
        _buddycloud-server._tcp.example.org. PTR server01.example.org.";
    let found = channel_services_by(&resolver(zone).await, "example.org").await;
    assert_eq!(found, ["server01.example.org", "server02.example.org"]);
    let odd = "_bcloud-server._tcp.example.org. TXT v=1.0\n_bcloud-server._tcp.example.org. TXT server=\n\
        _buddycloud-server._tcp.example.org. SRV 0 0 0 .";
    assert_eq!(channel_services_by(&resolver(odd).await, "example.org").await, Vec::<String>::new());
    let many: String =
        (0..20).map(|n| format!("_buddycloud-server._tcp.example.org. PTR s{n}.example.org.\n")).collect();
    assert_eq!(channel_services_by(&resolver(&many).await, "example.org").await.len(), MOST_TARGETS);
}
