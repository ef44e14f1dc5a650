//! What an operator meets before the first start: the printed defaults, and a check that says where a fault stands.

use std::process::{Command, Output};

use crate::support::gateway::{Gateway, Settings};
use crate::support::person::Person;
use crate::support::ports::free_port;
use crate::support::process::Process;
use crate::support::servers;

fn cirrus(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cirrus")).args(arguments).output().unwrap()
}

/// Two options are all that a first run needs.
#[tokio::test(flavor = "multi_thread")]
async fn a_domain_and_an_address_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    let (ready, listen) = (folder.path().join("ready.json"), format!("127.0.0.1:{}", free_port()));
    let url = format!("http://{listen}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cirrus"));
    command.args(["serve", "--domain", "example.test", "--public-url", &url]);
    // Neither the port of the defaults nor a place for the key has to be free on the machine of the tests.
    command.args(["--listen", &listen, "--ready-file"]).arg(&ready).env_remove("STATE_DIRECTORY");
    let mut process = Process::start("cirrus", None, &folder.path().join("output.log"), &command);
    process.wait_for("ready file", 30, || std::fs::read(&ready).ok());
    let page = crate::support::web::get(format!("{url}/sign-in")).await.unwrap().text().await.unwrap();
    assert!(page.contains("name@example.test"), "{page}");
}

/// Checks a file; gives all that was said, and whether all is well.
fn check(text: &str) -> (String, bool) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    std::fs::write(&file, text).unwrap();
    let output = cirrus(&["check-config", file.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (said, output.status.success())
}

#[test]
fn the_defaults_are_printed_as_they_are_documented() {
    let output = cirrus(&["print-config"]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), include_str!("../config/gateway.toml"));
}

#[test]
fn every_fault_names_file_line_and_key() {
    let server = "[xmpp]\ndomains = [\"example.org\"]\n[xmpp.servers.\"Example.org\"]\n";
    let broken: &[(&str, usize, &str)] = &[
        ("[web]\nlitsen = \"127.0.0.1:80\"\n", 2, "litsen"),
        ("[web]\n\nlisten = \"nowhere\"\n", 3, "listen"),
        ("[xmpp\n", 1, "xmpp"),
        ("[web]\npublic_url = \"http://localhost\"\n", 1, "xmpp.domains"),
        ("[log]\n[xmpp]\nca_file = \"\"\n", 2, "xmpp.domains"),
        ("[xmpp]\ndomains = [\"alice@example.org\"]\n", 2, "xmpp.domains"),
        ("[xmpp]\ndomains = [\"example.org\"]\nservices = [\"a b\"]\n", 3, "xmpp.services"),
        (&format!("{server}address = \"nowhere\"\n"), 4, "xmpp.servers.\"example.org\".address"),
        (
            &format!("{server}address = \"192.0.2.1:5222\"\nsecurity = \"plain\"\n"),
            5,
            "xmpp.servers.\"example.org\".security",
        ),
        ("[xmpp]\ndomains = [\"example.org\"]\nca_file = \"/no/such/file\"\n", 3, "xmpp.ca_file"),
        ("[web]\npublic_url = \"http://example.org\"\n[xmpp]\ndomains = [\"example.org\"]\n", 2, "web.public_url"),
        ("xmpp.domains = [\"example.org\"]\nguest.account = \"reader\"\n", 2, "guest.account"),
        ("xmpp.domains = [\"example.org\"]\n[limits]\nsessions = 0\n", 3, "limits.sessions"),
        ("xmpp.domains = [\"example.org\"]\n[log]\nlevel = \"inof\"\n", 3, "log.level"),
    ];
    for (text, line, key) in broken {
        let (said, is_good) = check(text);
        assert!(!is_good, "{text}\n{said}");
        for part in ["gateway.toml", &format!("line {line}"), key] {
            assert!(said.contains(part), "{part:?} is not in:\n{said}\nabout:\n{text}");
        }
    }
}

#[test]
fn two_faults_are_told_at_once() {
    let (said, is_good) = check("[limits]\nsessions = 0\nidle_minutes = 0\n[xmpp]\ndomains = [\"example.org\"]\n");
    assert!(
        !is_good && said.contains("line 2: limits.sessions") && said.contains("line 3: limits.idle_minutes"),
        "{said}"
    );
}

#[test]
fn a_server_that_answers_and_its_guest() {
    let server = servers::home();
    let capitals = server.domain.to_uppercase();
    let table = server.gateway_config().replace(&format!("\"{}\"", server.domain), &format!("\"{capitals}\""));
    let guest = format!("[guest]\ndomain = \"{}\"\n", server.anonymous.as_ref().unwrap());
    let (said, is_good) = check(&format!("{guest}[xmpp]\ndomains = [\"{capitals}\"]\n{table}"));
    assert!(is_good, "{said}");
    assert!(said.contains(&format!("{}: the server answers", server.domain)), "{said}");
    assert!(said.contains("guest: public channels can be read"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_in_capitals_is_the_same_domain() {
    let server = servers::home();
    let mut settings = Settings::for_server(server);
    let quoted = |domain: &str| format!("\"{domain}\"");
    settings.xmpp = settings.xmpp.replace(&quoted(&server.domain), &quoted(&server.domain.to_uppercase()));
    let gateway = Gateway::start(&settings);
    Person::signed_in(&gateway, &server.account()).await;
}

#[test]
fn a_server_that_is_away_is_no_success() {
    let table = format!("[xmpp.servers.\"away.test\"]\naddress = \"127.0.0.1:{}\"\n", free_port());
    let (said, is_good) = check(&format!("[xmpp]\ndomains = [\"away.test\"]\n{table}"));
    assert!(!is_good && said.contains("away.test: the server cannot be reached"), "{said}");
}

#[test]
fn a_proxy_that_is_not_named_is_asked_for() {
    let web = "[web]\npublic_url = \"https://social.example.org\"\n";
    let table = format!("[xmpp.servers.\"away.test\"]\naddress = \"127.0.0.1:{}\"\n", free_port());
    let xmpp = format!("[xmpp]\ndomains = [\"away.test\"]\n{table}");
    let (said, _) = check(&format!("{web}{xmpp}"));
    assert!(said.contains("web.trusted_proxies") && said.contains("127.0.0.1/32"), "{said}");
    let (said, _) = check(&format!("{web}trusted_proxies = [\"127.0.0.1/32\"]\n{xmpp}"));
    assert!(!said.contains("web.trusted_proxies"), "{said}");
}
