//! A name server for two servers that must find each other: SRV records from a short list, all leading to this machine.

use std::net::{Ipv4Addr, UdpSocket};

/// Where the servers of one domain and its services are.
#[derive(Debug, Clone)]
pub struct Zone {
    /// The domain; names below it are there too.
    pub domain: String,
    /// The port for servers (`_xmpp-server._tcp`).
    pub port: u16,
}

/// Starts it on 127.0.0.1 and gives its port. It ends with the test run.
pub fn start(zones: Vec<Zone>) -> u16 {
    let port = super::ports::free_port();
    let socket = UdpSocket::bind(("127.0.0.1", port)).expect("a port for names");
    std::thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((count, client)) = socket.recv_from(&mut buffer) {
            if let Some(answer) = answer(&buffer[..count], &zones) {
                let _ = socket.send_to(&answer, client);
            }
        }
    });
    port
}

/// RFC 1035 §4.1 as far as one question needs it.
fn answer(question: &[u8], zones: &[Zone]) -> Option<Vec<u8>> {
    let mut at = 12;
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(question.get(at..at + length)?).to_lowercase());
        at += length;
    }
    let kind = u16::from_be_bytes([*question.get(at)?, *question.get(at + 1)?]);
    let end = at + 4;
    let name = labels.join(".");
    let (service, host) = match name.split_once("._tcp.") {
        Some((service, host)) => (Some(service), host),
        None => (None, name.as_str()),
    };
    let is_here = host == "localhost";
    let zone = zones.iter().find(|zone| host == zone.domain || host.ends_with(&format!(".{}", zone.domain)));
    let data = match (zone, service, kind) {
        (_, None, 1) if is_here || zone.is_some() => Some(Ipv4Addr::LOCALHOST.octets().to_vec()),
        (Some(zone), Some("_xmpp-server"), 33) => {
            let mut data = vec![0, 0, 0, 0];
            data.extend(zone.port.to_be_bytes());
            // ejabberd asks the system for addresses, and every system knows this one.
            data.extend(b"\x09localhost\0");
            Some(data)
        }
        _ => None,
    };
    let mut reply = question[..2].to_vec();
    let code = if data.is_some() || (service.is_none() && (is_here || zone.is_some())) { 0 } else { 3 };
    reply.extend([0x85, 0x80 | code, 0, 1, 0, u8::from(data.is_some()), 0, 0, 0, 0]);
    reply.extend(question.get(12..end)?);
    if let Some(data) = data {
        reply.extend([0xc0, 12]);
        reply.extend(kind.to_be_bytes());
        reply.extend([0, 1, 0, 0, 0, 60]);
        reply.extend((data.len() as u16).to_be_bytes());
        reply.extend(data);
    }
    Some(reply)
}
