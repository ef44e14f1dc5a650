//! One command: home server and gateway, seeded and alive.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::{self, App};
use crate::config::{Config, Security, Server};
use crate::hosting::channel_service::{Place, Running, Settings};
use crate::hosting::home::{Component, Home, HomeConfig, accounts, seed};

/// The domain of the demo's server. Nobody else can have it (RFC 6761).
const DOMAIN: &str = "demo.localhost";

/// What stands before the domain for the channel service and its topics.
const COMPONENTS: [&str; 2] = ["channels", "topics"];

/// The two accounts that a visitor may use.
const ACCOUNTS: [(&str, &str); 2] = [("ada", "clouds"), ("ben", "clouds")];

/// What the command line says about the demo.
pub struct Demo {
    /// Where the gateway listens.
    pub listen: SocketAddr,
    /// Where data stay; `None`: in memory, they end with the demo.
    pub data: Option<PathBuf>,
    /// Where to write address and accounts as JSON once it serves.
    pub ready_file: Option<PathBuf>,
}

impl Demo {
    /// Runs until Ctrl-C.
    pub async fn run(self) -> anyhow::Result<()> {
        app::keep_secrets();
        let shutdown = CancellationToken::new();
        let secret = accounts::fresh();
        let files = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen on loopback")?;
        let home = self.home(&secret, &format!("http://{}", files.local_addr()?)).await?;
        let xmpp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen on loopback")?;
        let mut config = Config::default();
        config.web.listen = self.listen;
        if let Some(data) = &self.data {
            config.web.key_file = data.join("sealing.key");
        }
        config.xmpp.domains = vec![DOMAIN.to_owned()];
        let server = Server { address: xmpp.local_addr()?.to_string(), security: Security::Plain };
        config.xmpp.servers.insert(DOMAIN.to_owned(), server.clone());
        config.xmpp.servers.insert(format!("anon.{DOMAIN}"), server);
        config.guest.domain = format!("anon.{DOMAIN}");
        config.media.internal_hosts = vec![Ipv4Addr::LOCALHOST.to_string()];
        let (config, listener) = config_with_port(config).await?;
        let url = config.web.public_url.clone();

        // The server outlives the gateway, whose sessions say goodbye to it.
        let server_shutdown = CancellationToken::new();
        let server = tokio::spawn(home.clone().run(xmpp, server_shutdown.clone()));
        tokio::spawn(home.clone().run_files(files, server_shutdown.clone()));
        let channels = self.channels(&home, secret, server_shutdown.clone()).await?;
        tokio::spawn(seed::run(home, shutdown.clone()));
        let app = App::with_listener(config, listener, shutdown.clone())?;
        self.announce(&url)?;
        tokio::spawn(async move {
            app::stop_signal().await;
            shutdown.cancel();
        });
        app.run().await?;
        server_shutdown.cancel();
        channels.wait().await;
        server.await?;
        Ok(())
    }

    /// The channel service, as a component of the home server: by the same door as anywhere else.
    async fn channels(
        &self,
        home: &Home,
        secret: String,
        shutdown: CancellationToken,
    ) -> anyhow::Result<tokio_util::task::TaskTracker> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen on loopback")?;
        let server = listener.local_addr()?.to_string();
        tokio::spawn(home.clone().run_components(listener, shutdown.clone()));
        let [address, topics] = COMPONENTS.map(|name| format!("{name}.{DOMAIN}"));
        let file = self.data.as_ref().map(|folder| folder.join("channels.db"));
        let is_new = file.as_ref().is_none_or(|file| !file.exists());
        let settings = Settings {
            domain: DOMAIN.to_owned(),
            guests: vec![format!("anon.{DOMAIN}")],
            address: address.clone(),
            topics: topics.clone(),
            name: "Channels".to_owned(),
        };
        let running = Running { settings, place: file.map_or(Place::Memory, Place::File), server, secret };
        let (tasks, up) = running.start(shutdown).await?;
        for mut is_up in up {
            let _ = is_up.wait_for(|is_up| *is_up).await;
        }
        if is_new {
            seed::seed_channels(home, &address, &topics, &ACCOUNTS.map(|(user, _)| user)).await?;
        }
        Ok(tasks)
    }

    async fn home(&self, secret: &str, files: &str) -> anyhow::Result<Home> {
        let component = |name: &str| Component { address: format!("{name}.{DOMAIN}"), secret: secret.to_owned() };
        let config = HomeConfig {
            domain: DOMAIN.to_owned(),
            data: self.data.clone(),
            open_registration: true,
            components: COMPONENTS.map(component).to_vec(),
            files: Some(files.to_owned()),
        };
        let home = Home::open(config).await?;
        for (user, password) in ACCOUNTS {
            home.create_account(user, password).await?;
        }
        seed::seed(&home, jiff::Timestamp::now()).await?;
        Ok(home)
    }

    fn announce(&self, url: &str) -> anyhow::Result<()> {
        println!("Cirrus demo: {url}");
        for (user, password) in ACCOUNTS {
            println!("  sign in as {user}@{DOMAIN}, password {password}");
        }
        println!("Its people post now and then. Ctrl-C ends it.");
        let accounts: Vec<_> = ACCOUNTS
            .iter()
            .map(|(user, password)| serde_json::json!({ "address": format!("{user}@{DOMAIN}"), "password": password }))
            .collect();
        match &self.ready_file {
            Some(file) => app::write_ready(file, &serde_json::json!({ "url": url, "accounts": accounts })),
            None => Ok(()),
        }
    }
}

/// Binds the port first, because the address that people type names it.
async fn config_with_port(mut config: Config) -> anyhow::Result<(Config, TcpListener)> {
    let listen = config.web.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; choose another address with --listen"))?;
    let address = listener.local_addr()?;
    let host = match address.ip() {
        // Of all addresses of this machine, the name stands for the first.
        IpAddr::V4(v4) if v4.is_loopback() && v4 != Ipv4Addr::LOCALHOST => v4.to_string(),
        _ => "localhost".to_owned(),
    };
    config.web.public_url = format!("http://{host}:{}", address.port());
    if !address.ip().is_loopback() {
        tracing::warn!(web.listen = %address, "the demo is for this machine: browsers elsewhere will not keep its cookie");
    }
    Ok((config, listener))
}
