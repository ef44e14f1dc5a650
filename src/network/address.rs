//! Which addresses may be reached: what DNS says is believed only for addresses of the public Internet.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Ports a name from DNS may send us to: XMPP, XMPP over TLS, and HTTPS where XMPP is multiplexed (XEP-0368).
pub const PORTS: [u16; 3] = [5222, 5223, 443];

/// The most addresses tried for one name; what a hostile zone adds is not looked at.
pub const MOST: usize = 8;

/// IPv4 networks that are not of the public Internet (IANA special-purpose registry; network, prefix length).
const SPECIAL_V4: [([u8; 4], u32); 18] = [
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // carrier-grade NAT
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link-local, cloud metadata
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 31, 196, 0], 24), // AS112
    ([192, 52, 193, 0], 24), // AMT
    ([192, 88, 99, 0], 24),  // 6to4 relays
    ([192, 168, 0, 0], 16),  // private
    ([192, 175, 48, 0], 24), // AS112
    ([198, 18, 0, 0], 15),   // benchmarks
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 4),     // multicast
    ([240, 0, 0, 0], 4),     // reserved, broadcast
];

/// Parts of 2000::/3 that are not of the public Internet, or hide an IPv4 address inside.
const SPECIAL_V6: [([u16; 8], u32); 5] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),         // protocol assignments, Teredo, ORCHID
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),     // documentation
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),         // 6to4
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),         // documentation
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48), // AS112
];

/// Whether an address belongs to the public Internet. IPv6 outside 2000::/3 never does: that leaves out loopback,
/// mapped and NAT64 addresses, unique local, link-local and site-local ones, and multicast.
pub fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|&(net, length)| within_v4(v4, net, length)),
        IpAddr::V6(v6) => {
            within_v6(v6, [0x2000, 0, 0, 0, 0, 0, 0, 0], 3)
                && !SPECIAL_V6.iter().any(|&(net, length)| within_v6(v6, net, length))
        }
    }
}

fn within_v4(address: Ipv4Addr, network: [u8; 4], length: u32) -> bool {
    (u32::from(address) ^ u32::from(Ipv4Addr::from(network))) >> (32 - length) == 0
}

fn within_v6(address: Ipv6Addr, network: [u16; 8], length: u32) -> bool {
    (u128::from(address) ^ u128::from(Ipv6Addr::from(network))) >> (128 - length) == 0
}

/// Of the addresses that DNS gave for a name, those that may be dialled: global, on one of [`PORTS`], at most
/// [`MOST`]. The caller connects to exactly these, without looking the name up again.
pub fn public(found: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    found.into_iter().filter(|found| is_global(found.ip()) && PORTS.contains(&found.port())).take(MOST).collect()
}

/// The addresses of a `host`, `host:port` or `[v6]:port` that the operator wrote into the configuration: they are
/// allowed as they stand, private ones and names of the hosts file too. At most [`MOST`].
pub async fn configured(address: &str, default_port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = address.parse::<SocketAddr>() {
        return Ok(vec![address]);
    }
    if let Ok(ip) = address.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, default_port)]);
    }
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| io::ErrorKind::InvalidInput)?),
        None => (address, default_port),
    };
    Ok(tokio::net::lookup_host((host, port)).await?.take(MOST).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn refuses_what_is_not_of_the_public_internet() {
        for hostile in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.31.196.1",
            "192.52.193.1",
            "192.88.99.1",
            "192.168.1.1",
            "192.175.48.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2620:4f:8000::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_global(hostile.parse().unwrap()), "{hostile}");
        }
    }

    #[test]
    fn lets_the_public_internet_through() {
        for good in ["8.8.8.8", "1.1.1.1", "9.255.255.255", "100.63.255.255", "100.128.0.0", "172.32.0.1", "198.20.0.1"]
        {
            assert!(is_global(good.parse().unwrap()), "{good}");
        }
        for good in ["2001:4860:4860::8888", "2606:4700::1111", "2a01:4f8::1", "2001:200::1", "3ffe::1"] {
            assert!(is_global(good.parse().unwrap()), "{good}");
        }
    }

    #[test]
    fn a_name_cannot_send_us_to_other_ports() {
        let found = ["8.8.8.8:22", "8.8.8.8:6379", "8.8.8.8:5222", "127.0.0.1:5222", "8.8.8.8:443", "8.8.8.8:0"];
        let kept = public(found.iter().map(|a| a.parse().unwrap()));
        assert_eq!(kept, ["8.8.8.8:5222".parse().unwrap(), "8.8.8.8:443".parse().unwrap()]);
        assert_eq!(public((0..500).map(|n| SocketAddr::from(([8, 8, (n / 250) as u8, 8], 5222)))).len(), MOST);
    }

    #[tokio::test]
    async fn configured_addresses_are_taken_as_written() {
        assert_eq!(configured("127.0.0.1:15222", 5222).await.unwrap(), ["127.0.0.1:15222".parse().unwrap()]);
        assert_eq!(configured("[::1]", 5223).await.unwrap(), ["[::1]:5223".parse().unwrap()]);
        assert_eq!(configured("::1", 5223).await.unwrap(), ["[::1]:5223".parse().unwrap()]);
        assert_eq!(configured("10.1.2.3", 5222).await.unwrap(), ["10.1.2.3:5222".parse().unwrap()]);
        assert!(configured("localhost", 5222).await.unwrap().iter().all(|a| a.ip().is_loopback() && a.port() == 5222));
        assert!(configured("localhost:many", 5222).await.is_err());
    }
}
