//! Starts ejabberd from `tests/fixtures/ejabberd`.

use std::process::Command;
use std::sync::Mutex;

use super::certificates;
use super::ports::free_port;
use super::process::{Process, fixture, script};
use super::prosody::Place;
use super::servers::{self, Kind, PASSWORD, Running, Server, Setup, Tls};

/// Starts one on 127.0.0.1.
pub fn start(domain: &str, setup: Setup, tls: Tls) -> Server {
    start_at(&Place::on_loopback(domain), setup, tls, None)
}

/// Starts one at a place; `resolver` is an Erlang resolver file (`ERL_INETRC`).
pub fn start_at(place: &Place<'_>, setup: Setup, tls: Tls, resolver: Option<&str>) -> Server {
    let domain = place.domain;
    let folder = tempfile::Builder::new().prefix("cirrus-ejabberd-").tempdir().unwrap().keep();
    let names = [
        domain,
        &format!("anon.{domain}"),
        &format!("pubsub.{domain}"),
        &format!("comments.{domain}"),
        &format!("channels.{domain}"),
        &format!("topics.{domain}"),
    ];
    certificates::authority().write(&folder.join("certs"), "server", &names);
    let template = fixture(match setup {
        Setup::Stock => "ejabberd/stock.yml",
        Setup::Recommended => "ejabberd/recommended.yml",
    });
    let files = place.bosh.unwrap_or_else(free_port);
    let (handlers, module) = match (place.bosh, setup) {
        (None, Setup::Stock) => ("", ""),
        (None, Setup::Recommended) => ("/upload: mod_http_upload", ""),
        (Some(_), Setup::Stock) => ("/http-bind: mod_bosh", "mod_bosh: {}"),
        (Some(_), Setup::Recommended) => ("/http-bind: mod_bosh\n      /upload: mod_http_upload", "mod_bosh: {}"),
    };
    let listener = if handlers.is_empty() {
        String::new()
    } else {
        format!(
            "-\n    port: {files}\n    ip: \"127.0.0.1\"\n    module: ejabberd_http\n    request_handlers:\n      {handlers}"
        )
    };
    let components = free_port();
    let example = servers::channel_service_example("ejabberd-channel-service.yml", domain, components);
    let listener_of_components = example.split_once("listen:\n").expect("a list of listeners").1;
    let config = std::fs::read_to_string(template)
        .unwrap()
        .replace("@CHANNEL_SERVICE@\n", listener_of_components)
        .replace("@FILES@", &files.to_string())
        .replace("@DIR@", folder.to_str().unwrap())
        .replace("@HOST@", domain)
        .replace("@ADDRESS@", place.address)
        .replace("@C2S@", &place.clients.to_string())
        .replace("@S2S@", &place.servers.to_string())
        .replace("@STARTTLS@", if tls == Tls::Required { "starttls_required: true" } else { "starttls: false" })
        .replace("@BOSH_LISTENER@", &listener)
        .replace("@BOSH_MODULE@", module)
        .replace("@EXTRA@", place.extra);
    std::fs::write(folder.join("ejabberd.yml"), config).unwrap();
    let mut command = Command::new(script("start-ejabberd"));
    command.arg(&folder).arg(domain).arg(place.accounts.to_string()).arg(PASSWORD);
    if let Some(resolver) = resolver {
        std::fs::write(folder.join("inetrc"), resolver).unwrap();
        command.env("ERL_INETRC", folder.join("inetrc"));
    }
    let mut process = Process::start("ejabberd", Some(&folder), &folder.join("output.log"), &command);
    process.wait_for("accounts", 120, || std::fs::metadata(folder.join("ready")).ok());
    process.wait_for_port(place.clients);
    place.bosh.into_iter().for_each(|port| process.wait_for_port(port));
    let mut server =
        Server::new(Kind::Ejabberd, setup, tls, domain, place.clients, Running::Program(Mutex::new(process)));
    server.components = (setup == Setup::Recommended).then_some(components);
    server.accounts = place.accounts;
    server
}
