//! Starts Prosody from `tests/fixtures/prosody`.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use super::certificates;
use super::ports::free_port;
use super::process::{Process, fixture};
use super::servers::{self, ACCOUNTS, Kind, PASSWORD, Running, Server, Setup, Tls};

/// Where and how a Prosody runs, beyond its setup.
pub struct Place<'a> {
    /// Its domain.
    pub domain: &'a str,
    /// Where it listens.
    pub address: &'a str,
    /// Port for clients.
    pub clients: u16,
    /// Port for servers.
    pub servers: u16,
    /// Port of 127.0.0.1 for the BOSH that the server has itself.
    pub bosh: Option<u16>,
    /// Further lines of global configuration.
    pub extra: &'a str,
    /// Further modules, as Prosody lists them.
    pub modules: &'a str,
    /// How many accounts it has.
    pub accounts: usize,
}

/// Starts one on 127.0.0.1.
pub fn start(domain: &str, setup: Setup, tls: Tls) -> Server {
    start_at(&Place::on_loopback(domain), setup, tls)
}

impl Place<'_> {
    /// Free ports of 127.0.0.1 and the usual accounts.
    pub fn on_loopback(domain: &str) -> Place<'_> {
        let (clients, servers) = (free_port(), free_port());
        Place { domain, address: "127.0.0.1", clients, servers, bosh: None, extra: "", modules: "", accounts: ACCOUNTS }
    }
}

/// Starts one at a place.
pub fn start_at(place: &Place<'_>, setup: Setup, tls: Tls) -> Server {
    let domain = place.domain;
    let folder = tempfile::Builder::new().prefix("cirrus-prosody-").tempdir().unwrap().keep();
    let names = [
        domain,
        &format!("anon.{domain}"),
        &format!("pubsub.{domain}"),
        &format!("comments.{domain}"),
        &format!("channels.{domain}"),
        &format!("topics.{domain}"),
        &format!("upload.{domain}"),
    ];
    certificates::authority().write(&folder.join("certs"), domain, &names);
    make_accounts(&folder, domain, place.accounts);
    let template = fixture(match setup {
        Setup::Stock => "prosody/stock.cfg.lua",
        Setup::Recommended => "prosody/recommended.cfg.lua",
    });
    let files = place.bosh.unwrap_or_else(free_port);
    let (bosh, bosh_module) = match place.bosh {
        None if setup == Setup::Recommended => (
            format!(
                "http_ports = {{ {files} }}\nhttps_ports = {{}}\nhttp_interfaces = {{ \"127.0.0.1\" }}\n\
                     http_default_host = \"upload.{domain}\"\n"
            ),
            "",
        ),
        None => (String::new(), ""),
        Some(port) => (
            format!(
                "http_ports = {{ {port} }}\nhttp_interfaces = {{ \"127.0.0.1\" }}\nhttp_default_host = \"{domain}\"\n\
                 consider_bosh_secure = true\n"
            ),
            "\"bosh\";",
        ),
    };
    let components = free_port();
    let channel_service = servers::channel_service_example("prosody-channel-service.cfg.lua", domain, components);
    let config = std::fs::read_to_string(template)
        .unwrap()
        .replace("@CHANNEL_SERVICE@", &channel_service)
        .replace("@FILES@", &files.to_string())
        .replace("@COMPONENTS@", &components.to_string())
        .replace("@DIR@", folder.to_str().unwrap())
        .replace("@PLUGINS@", fixture("prosody/modules").to_str().unwrap())
        .replace("@EXAMPLES@", concat!(env!("CARGO_MANIFEST_DIR"), "/config/examples"))
        .replace("@MODULES@", &format!("{}{bosh_module}", place.modules))
        .replace("@HOST@", domain)
        .replace("@ADDRESS@", place.address)
        .replace("@C2S@", &place.clients.to_string())
        .replace("@S2S@", &place.servers.to_string())
        .replace("@TLS_REQUIRED@", if tls == Tls::Required { "true" } else { "false" })
        .replace("@TLS_MODULE_OFF@", if tls == Tls::Required { "" } else { "\"tls\"" })
        .replace("@EXTRA@", &format!("{bosh}{}", place.extra));
    std::fs::write(folder.join("prosody.cfg.lua"), config).unwrap();
    let mut command = Command::new("prosody");
    command.arg("-F").arg("--config").arg(folder.join("prosody.cfg.lua"));
    let mut process = Process::start("Prosody", Some(&folder), &folder.join("output.log"), &command);
    process.wait_for_port(place.clients);
    place.bosh.into_iter().for_each(|port| process.wait_for_port(port));
    let mut server =
        Server::new(Kind::Prosody, setup, tls, domain, place.clients, Running::Program(Mutex::new(process)));
    server.components = (setup == Setup::Recommended).then_some(components);
    server.accounts = place.accounts;
    server
}

/// Accounts with a plain password, which Prosody replaces by a hash when it is used first. Its own tool would take a
/// quarter of a second for each.
fn make_accounts(folder: &Path, domain: &str, number: usize) {
    let encoded: String = domain
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("%{:02x}", c as u32) })
        .collect();
    let accounts = folder.join("data").join(encoded).join("accounts");
    std::fs::create_dir_all(&accounts).unwrap();
    for number in 1..=number {
        let text = format!("return {{ [\"password\"] = \"{PASSWORD}\"; }};\n");
        std::fs::write(accounts.join(format!("p{number}.dat")), text).unwrap();
    }
}
