//! Builds every room from the configuration, runs them, stops them in order.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::{ChannelService, Config};
use crate::hosting::channel_service::{self, Place, archive};
use crate::network::attempts::Attempts;
use crate::proxy::Proxy;
use crate::session::Sessions;
use crate::web;

/// How long sessions may take to say goodbye to their servers.
const FAREWELL: Duration = Duration::from_secs(3);

/// A gateway that is ready to serve.
pub struct App {
    listener: TcpListener,
    state: web::State,
    sessions: Sessions,
    proxy: Proxy,
    shutdown: CancellationToken,
}

impl App {
    /// Builds it and binds its port; nothing is answered yet. It stops when `shutdown` is cancelled.
    pub async fn build(config: Config, shutdown: CancellationToken) -> anyhow::Result<Self> {
        let listen = config.web.listen;
        let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
        App::with_listener(config, listener, shutdown)
    }

    /// The same on a port that is already bound.
    pub fn with_listener(config: Config, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<Self> {
        let config = Arc::new(config);
        // Sessions outlive the pages: they end when the last page has been answered.
        let sessions = Sessions::new(Arc::clone(&config), CancellationToken::new())?;
        // Whoever guesses passwords is counted once, by whichever door.
        let attempts = Arc::new(Attempts::new(&config.limits));
        let proxy = Proxy::new(Arc::clone(&config), Arc::clone(&attempts))?;
        let state = web::State::new(config, sessions.clone(), attempts)?;
        Ok(App { listener, state, sessions, proxy, shutdown })
    }

    /// The address it listens on, with the port that the system chose if the configuration left it open.
    pub fn address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until told to stop; pages first, then sessions.
    pub async fn run(self) -> anyhow::Result<()> {
        let sessions = self.sessions;
        let warm = sessions.clone();
        // Asked for at start, so that the log says early whether public pages work.
        tokio::spawn(async move { warm.guest().await.map(drop) });
        let (proxy, shutdown) = (self.proxy.clone(), self.shutdown.clone());
        // While pages still end: requests that are held would keep their connections open.
        let leaving = tokio::spawn(async move {
            shutdown.cancelled().await;
            proxy.stop().await;
        });
        web::run(self.listener, self.state, self.proxy.router(), self.shutdown).await?;
        let _ = leaving.await;
        if tokio::time::timeout(FAREWELL, sessions.stop()).await.is_err() {
            tracing::warn!("some sessions did not end in time and were cut off");
        }
        Ok(())
    }
}

/// What is in memory stays there: a crash writes no core file, and other processes of the same user may not read or
/// trace this one. Passwords, keys and cookies of everybody pass through here.
pub fn keep_secrets() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let no_core = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let no_core = no_core.and(rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable));
    if let Err(error) = no_core {
        tracing::warn!(%error, "a crash may write passwords into a core file");
    }
}

/// `cirrus serve`: runs until a signal comes. With `ready_file`, writes the address there once it serves.
pub async fn run(config: Config, ready_file: Option<&Path>) -> anyhow::Result<()> {
    keep_secrets();
    let shutdown = CancellationToken::new();
    let public_url = config.web.public_url.clone();
    let app = App::build(config, shutdown.clone()).await?;
    let address = app.address()?;
    tracing::info!(web.listen = %address, web.public_url = public_url, "the gateway serves");
    if let Some(file) = ready_file {
        let ready = serde_json::json!({ "url": public_url, "listen": address.to_string() });
        write_ready(file, &ready)?;
    }
    tokio::spawn(async move {
        stop_signal().await;
        shutdown.cancel();
    });
    app.run().await
}

/// `cirrus channel-service`: runs until a signal comes. With `ready_file`, writes the address there once it is connected.
pub async fn channel_service(config: ChannelService, ready_file: Option<&Path>) -> anyhow::Result<()> {
    keep_secrets();
    let secret = channel_service::read_secret(&config.secret_file)
        .with_context(|| format!("cannot read the secret in {}", config.secret_file.display()))?;
    let shutdown = CancellationToken::new();
    let address = config.address.clone();
    let (place, server) = (database(&config.database), config.server.clone());
    let running = channel_service::Running { place, server, secret, settings: settings(config) };
    let (tasks, up) = running.start(shutdown.clone()).await?;
    let stopping = shutdown.clone();
    tokio::spawn(async move {
        stop_signal().await;
        stopping.cancel();
    });
    let ready = async {
        for mut is_up in up {
            let _ = is_up.wait_for(|is_up| *is_up).await;
        }
    };
    tokio::select! {
        () = ready => {
            tracing::info!(component.jid = address, "the channel service serves");
            if let Some(file) = ready_file {
                write_ready(file, &serde_json::json!({ "address": address }))?;
            }
        }
        () = shutdown.cancelled() => {}
    }
    tasks.wait().await;
    Ok(())
}

/// `cirrus channel-service export`: writes a channel to the standard output. The service may be running.
pub fn export_channel(config: ChannelService, channel: &str) -> anyhow::Result<()> {
    let place = database(&config.database);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    Ok(archive::export(&place, &settings(config), channel, &mut out)?)
}

/// `cirrus channel-service import`: takes a channel in from a file, under another name if one is given.
pub fn import_channel(config: ChannelService, file: &Path, name: Option<&str>) -> anyhow::Result<()> {
    let mut source = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let (place, now) = (database(&config.database), jiff::Timestamp::now().as_millisecond());
    let import = archive::import(&place, &settings(config), &mut source, name, now)
        .with_context(|| format!("nothing of {} was imported", file.display()))?;
    println!("{}: {} posts and replies, {} people with a role", import.name, import.posts, import.roles);
    Ok(())
}

fn settings(config: ChannelService) -> channel_service::Settings {
    channel_service::Settings {
        domain: config.domain,
        guests: config.guests,
        address: config.address,
        topics: config.topics,
        name: config.name,
    }
}

/// Where the data of the channel service are.
fn database(setting: &str) -> Place {
    if setting.starts_with("postgresql://") || setting.starts_with("postgres://") || setting.contains("dbname=") {
        return Place::Postgres(setting.to_owned());
    }
    if !setting.is_empty() {
        return Place::File(setting.into());
    }
    let folder = std::env::var_os("STATE_DIRECTORY").map(std::path::PathBuf::from).unwrap_or_default();
    Place::File(folder.join("channels.db"))
}

/// Writes a ready file whole or not at all: who waits for it may read it the moment it is there.
pub fn write_ready(file: &Path, ready: &serde_json::Value) -> anyhow::Result<()> {
    let draft = file.with_extension("writing");
    std::fs::write(&draft, ready.to_string())
        .and_then(|()| std::fs::rename(&draft, file))
        .with_context(|| format!("cannot write {}", file.display()))
}

/// Waits for Ctrl-C or a service manager's SIGTERM.
pub async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}

/// `cirrus check-config`: tries what the configuration names and says what it found. Fails if something that is named
/// does not work.
pub async fn check(config: Config) -> anyhow::Result<()> {
    let has_guest = !config.guest.account.is_empty() || !config.guest.domain.is_empty();
    let mut broken = Vec::new();
    let sessions = Sessions::new(Arc::new(config.clone()), CancellationToken::new())?;
    for domain in &config.xmpp.domains {
        match sessions.probe(domain).await {
            Ok(()) => println!("{domain}: the server answers over a connection that Cirrus accepts"),
            Err(error) => {
                println!("{domain}: {error}");
                broken.push(domain.as_str());
            }
        }
    }
    match sessions.guest().await {
        Ok(_) => println!("guest: public channels can be read without signing in"),
        Err(error) => {
            println!("guest: none ({error}); signed-out pages will offer sign-in instead");
            broken.extend(has_guest.then_some("guest"));
        }
    }
    let _ = tokio::time::timeout(FAREWELL, sessions.stop()).await;
    anyhow::ensure!(broken.is_empty(), "this does not work yet: {}", broken.join(", "));
    Ok(())
}
