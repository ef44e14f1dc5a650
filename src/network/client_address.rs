//! Which address a request really comes from, behind trusted proxies.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// The other end of the connection that a request came over; an extension of the request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// An extension of a response that is not to be given: the connection is closed instead.
#[derive(Clone, Copy, Debug)]
pub struct HangUp;

/// The most entries of an `X-Forwarded-For` that are looked at, from the right.
const MAX_HOPS: usize = 16;

/// The address a request comes from.
///
/// `X-Forwarded-For` is believed only when the peer is one of `trusted`, and then only as far as the chain of
/// trusted proxies reaches: the rightmost address that is not a trusted proxy is the client. Of several fields
/// only the last is read, since that is the one the nearest proxy wrote; `Forwarded` is never read.
/// Addresses are canonical: an IPv4 address mapped into IPv6 is given as IPv4.
pub fn client_address<'a>(
    peer: IpAddr,
    forwarded_for: impl IntoIterator<Item = &'a [u8]>,
    trusted: &[IpNet],
) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut client = peer.to_canonical();
    if !is_trusted(&client) {
        return client;
    }
    let Some(Ok(chain)) = forwarded_for.into_iter().last().map(std::str::from_utf8) else { return client };
    for hop in chain.rsplit(',').take(MAX_HOPS) {
        let Some(address) = parse(hop.trim()) else { break };
        client = address.to_canonical();
        if !is_trusted(&client) {
            break;
        }
    }
    client
}

/// An address as proxies write it: bare, with a port, or an IPv6 address in brackets.
fn parse(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(peer: &str, fields: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().expect("a network")).collect();
        client_address(peer.parse().expect("an address"), fields.iter().map(|field| field.as_bytes()), &trusted)
            .to_string()
    }

    #[test]
    fn a_stranger_cannot_name_another_address() {
        assert_eq!(ask("198.51.100.7", &["9.9.9.9"], &[]), "198.51.100.7");
        assert_eq!(ask("198.51.100.7", &["9.9.9.9"], &["127.0.0.0/8"]), "198.51.100.7");
    }

    #[test]
    fn the_rightmost_untrusted_address_counts() {
        let proxies = ["127.0.0.1/32", "10.0.0.0/8"];
        assert_eq!(ask("127.0.0.1", &["9.9.9.9, 203.0.113.5"], &proxies), "203.0.113.5");
        assert_eq!(ask("127.0.0.1", &["9.9.9.9, 203.0.113.5, 10.1.2.3"], &proxies), "203.0.113.5");
        assert_eq!(ask("127.0.0.1", &["10.9.9.9, 10.1.2.3"], &proxies), "10.9.9.9");
        assert_eq!(ask("127.0.0.1", &[], &proxies), "127.0.0.1");
    }

    #[test]
    fn only_the_last_field_is_read() {
        assert_eq!(ask("127.0.0.1", &["9.9.9.9", "203.0.113.5"], &["127.0.0.1/32"]), "203.0.113.5");
    }

    #[test]
    fn rubbish_ends_the_chain() {
        let proxies = ["127.0.0.1/32", "10.0.0.0/8"];
        assert_eq!(ask("127.0.0.1", &["203.0.113.5, unknown"], &proxies), "127.0.0.1");
        assert_eq!(ask("127.0.0.1", &["203.0.113.5, unknown, 10.0.0.1"], &proxies), "10.0.0.1");
        assert_eq!(ask("127.0.0.1", &[""], &proxies), "127.0.0.1");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_understood() {
        let proxies = ["127.0.0.1/32"];
        assert_eq!(ask("::ffff:127.0.0.1", &["203.0.113.5:4711"], &proxies), "203.0.113.5");
        assert_eq!(ask("127.0.0.1", &["[2001:db8::1]:443"], &proxies), "2001:db8::1");
        assert_eq!(ask("127.0.0.1", &["[2001:db8::1]"], &proxies), "2001:db8::1");
        assert_eq!(ask("127.0.0.1", &["::ffff:203.0.113.5"], &proxies), "203.0.113.5");
    }
}
