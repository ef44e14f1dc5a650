//! Proxies as operators run them before the gateway: with the files of `config/examples`, only names, ports and paths replaced.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};

use super::certificates;
use super::gateway::Settings;
use super::ports::free_port;
use super::process::Process;

/// Which proxy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `nginx.conf`
    Nginx,
    /// `haproxy.cfg`
    HaProxy,
    /// `Caddyfile`
    Caddy,
}

/// A proxy with TLS on 127.0.0.1. Browsers of the tests find every name below `test` there.
pub struct Front {
    /// Which it is.
    pub kind: Kind,
    /// Where it listens with TLS.
    pub port: u16,
    /// Where it listens without, and sends browsers to the other.
    pub plain_port: u16,
    /// The name of the gateway's site.
    pub site: String,
    folder: PathBuf,
    is_shared: bool,
    process: Option<Process>,
}

/// The address of a domain's site, for browsers that find it at a port.
pub fn site_url(domain: &str, port: u16) -> String {
    // A browser leaves the usual port out.
    let port = if port == super::browser::https_port() { String::new() } else { format!(":{port}") };
    format!("https://social.{domain}{port}")
}

/// What a gateway behind a proxy is told about it.
pub fn settings_behind(settings: Settings, url: &str) -> Settings {
    Settings {
        public_url: Some(url.to_owned()),
        web: format!("trusted_proxies = [\"127.0.0.1/32\"]\n{}", settings.web),
        ..settings
    }
}

impl Front {
    /// Starts one before a port of 127.0.0.1, for the people of a domain.
    pub fn before(kind: Kind, target: u16, domain: &str) -> Front {
        Front::launch(kind, target, domain, false)
    }

    /// Starts one that several tests use; it ends with the test run.
    pub fn shared(kind: Kind, target: u16, domain: &str) -> &'static Front {
        Box::leak(Box::new(Front::launch(kind, target, domain, true)))
    }

    fn launch(kind: Kind, target: u16, domain: &str, is_shared: bool) -> Front {
        let folder = tempfile::Builder::new().prefix("cirrus-front-").tempdir().unwrap().keep();
        let site = format!("social.{domain}");
        certificates::authority().write(&folder, "front", &[&site, domain]);
        let (port, plain_port) = (free_port(), free_port());
        let mut front = Front { kind, port, plain_port, site, folder, is_shared, process: None };
        for (name, text) in front.files(target, domain) {
            std::fs::write(front.folder.join(name), text).unwrap();
        }
        front.start();
        front
    }

    /// Starts it, again after [`Front::stop`].
    pub fn start(&mut self) {
        // A shared one is never dropped: its folder goes with its process.
        let folder = self.is_shared.then_some(self.folder.as_path());
        let log = self.folder.join("output.log");
        let mut process = Process::start(self.program(), folder, &log, &self.command(false));
        process.wait_for_port(self.port);
        self.process = Some(process);
    }

    /// Ends it, and with it every connection.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// What the program says about the file when it only checks it, if it does not accept it or warns.
    pub fn complaint(&self) -> Option<String> {
        let output = self.command(true).output().expect("the proxy is installed");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (!output.status.success() || text.to_lowercase().contains("[warn")).then_some(text)
    }

    /// Connects to it with TLS, as a client that knows the tests' authority and speaks HTTP/1.1.
    pub async fn connect(&self, name: &str) -> TlsStream<TcpStream> {
        self.connect_with(name, &[]).await
    }

    /// Connects as a client that can speak several protocols.
    pub async fn connect_with(&self, name: &str, protocols: &[&str]) -> TlsStream<TcpStream> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificates::authority().file()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let socket = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, socket).await.unwrap()
    }

    fn program(&self) -> &'static str {
        match self.kind {
            Kind::Nginx => "nginx",
            Kind::HaProxy => "haproxy",
            Kind::Caddy => "caddy",
        }
    }

    fn command(&self, is_check: bool) -> Command {
        let file = |name: &str| self.folder.join(name);
        match self.kind {
            Kind::Nginx => {
                let mut command = Command::new("/usr/sbin/nginx");
                command.arg("-p").arg(&self.folder).arg("-c").arg(file("nginx.conf")).arg("-e").arg("stderr");
                if is_check {
                    command.arg("-t");
                }
                command
            }
            Kind::HaProxy => {
                let mut command = Command::new("/usr/sbin/haproxy");
                command.arg(if is_check { "-c" } else { "-db" }).arg("-f").arg(file("haproxy.cfg"));
                command
            }
            Kind::Caddy => {
                let mut command = Command::new("/usr/bin/caddy");
                command.arg(if is_check { "validate" } else { "run" });
                command.args(["--adapter", "caddyfile", "--config"]).arg(file("Caddyfile")).env("HOME", &self.folder);
                command
            }
        }
    }

    /// The files it reads: the example for a place of our own, without IPv6, which a machine may not have.
    fn files(&self, target: u16, domain: &str) -> Vec<(&'static str, String)> {
        let (folder, port, plain) = (self.folder.display(), self.port, self.plain_port);
        let certificate = [format!("{folder}/front.crt"), format!("{folder}/front.key")];
        match self.kind {
            Kind::Nginx => {
                let mut text = Example::read("nginx.conf");
                text.drop_lines("listen [::]");
                for name in ["social.example.org", "example.org"] {
                    text.replace(&format!("/etc/letsencrypt/live/{name}/fullchain.pem"), &certificate[0]);
                    text.replace(&format!("/etc/letsencrypt/live/{name}/privkey.pem"), &certificate[1]);
                }
                text.replace("listen 443 ssl http2;", &format!("listen 127.0.0.1:{port} ssl http2;"));
                text.replace("listen 80;", &format!("listen 127.0.0.1:{plain};"));
                vec![("cirrus.conf", text.placed(target, domain)), ("nginx.conf", surroundings(&self.folder))]
            }
            Kind::HaProxy => {
                let mut text = Example::read("haproxy.cfg");
                text.replace("/dev/log", "stdout format raw");
                text.replace("bind :::443 v4v6", &format!("bind 127.0.0.1:{port}"));
                text.replace("bind :::80 v4v6", &format!("bind 127.0.0.1:{plain}"));
                text.replace("/etc/haproxy/certs/", &format!("{folder}/front.pem"));
                vec![("haproxy.cfg", text.placed(target, domain))]
            }
            Kind::Caddy => {
                let mut text = Example::read("Caddyfile");
                let [chain, key] = certificate;
                text.replace("\nsocial.example.org {", &format!("\nsocial.example.org {{\n\ttls {chain} {key}"));
                text.replace("\nexample.org {", &format!("\nexample.org {{\n\ttls {chain} {key}"));
                let globals = format!(
                    "{{\n\tadmin off\n\thttps_port {port}\n\thttp_port {plain}\n\tdefault_bind 127.0.0.1\n\tskip_install_trust\n}}\n"
                );
                vec![("Caddyfile", globals + &text.placed(target, domain))]
            }
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.join("output.log")).unwrap_or_default();
            eprintln!("--- {} wrote:\n{log}---", self.program());
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A file of `config/examples`. What is replaced must be there: an example that has changed is not tested in silence.
struct Example {
    name: &'static str,
    text: String,
}

impl Example {
    fn read(name: &'static str) -> Example {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/examples").join(name);
        Example { name, text: std::fs::read_to_string(file).unwrap() }
    }

    fn replace(&mut self, from: &str, to: &str) {
        assert!(self.text.contains(from), "{} does not contain {from:?}", self.name);
        self.text = self.text.replace(from, to);
    }

    fn drop_lines(&mut self, with: &str) {
        self.text = self.text.lines().filter(|line| !line.contains(with)).map(|line| format!("{line}\n")).collect();
    }

    fn placed(mut self, target: u16, domain: &str) -> String {
        self.replace("127.0.0.1:8480", &format!("127.0.0.1:{target}"));
        self.replace("example.org", domain);
        self.text
    }
}

/// What Debian's own `nginx.conf` has around the files of `conf.d`, with everything in one folder.
fn surroundings(folder: &Path) -> String {
    let folder = folder.display();
    let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
    let places: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {folder}/{kind};\n"))
        .collect();
    format!(
        "{user}worker_processes 1;\npid {folder}/nginx.pid;\ndaemon off;\nevents {{ worker_connections 768; }}\n\
         http {{\ntcp_nopush on;\ngzip on;\naccess_log off;\n{places}include {folder}/cirrus.conf;\n}}\n"
    )
}
