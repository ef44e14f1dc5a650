//! The command line: serve, demo, check-config, print-config.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::config::{Config, DEFAULT_FILE, Fault, Source};
use crate::{app, demo, telemetry};

#[derive(Parser)]
#[command(name = "cirrus", version, about = "A web gateway to the social channels of XMPP")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve people in front of an existing XMPP server
    Serve(Serve),
    /// Try it: a small XMPP server, people and channels, all in this process
    Demo(Demo),
    /// Keep Buddycloud channels for the members of a domain, as a component of its XMPP server
    ChannelService(ChannelService),
    /// Check a configuration: the file, the XMPP servers, the guest
    CheckConfig(CheckConfig),
    /// Print every setting with its default
    PrintConfig,
}

#[derive(Args)]
struct Serve {
    /// The configuration file; without it the defaults hold
    #[arg(long, env = "CIRRUS_CONFIG")]
    config: Option<PathBuf>,
    /// A domain whose members may sign in (xmpp.domains); may be repeated
    #[arg(long)]
    domain: Vec<String>,
    /// The address people type (web.public_url)
    #[arg(long)]
    public_url: Option<String>,
    /// Where to listen (web.listen)
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Write the address as JSON to this file once it serves
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

#[derive(Args)]
struct Demo {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8480")]
    listen: SocketAddr,
    /// Keep the data in this folder; without it they end with the demo
    #[arg(long)]
    data: Option<PathBuf>,
    /// Write address and accounts as JSON to this file once it serves
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

#[derive(Args)]
struct ChannelService {
    /// The configuration file; its table [channel_service] is what counts
    #[arg(long, env = "CIRRUS_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Write the service's address as JSON to this file once it is connected
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// Without one of these the service is run
    #[command(subcommand)]
    task: Option<ChannelTask>,
}

#[derive(Subcommand)]
enum ChannelTask {
    /// Write a channel to the standard output, as an archive that another service can take in
    Export {
        /// Its address, or the plain name of a topic channel
        channel: String,
    },
    /// Take in a channel from an archive, as a whole or not at all; the service must not run meanwhile
    Import {
        /// The archive
        file: PathBuf,
        /// What it is called here, if not as before
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
    },
}

#[derive(Args)]
struct CheckConfig {
    /// The file to check
    file: PathBuf,
}

/// Runs the command that was typed. The error is a sentence for the person at the terminal.
pub fn run() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::PrintConfig => {
            print!("{DEFAULT_FILE}");
            Ok(())
        }
        Command::Serve(serve) => {
            let (config, ready_file) = serve.config()?;
            telemetry::start(&config.log)?;
            for doubt in config.doubts() {
                tracing::warn!(config.key = doubt.key(), "{}", doubt.reason);
            }
            runtime()?.block_on(app::run(config, ready_file.as_deref()))
        }
        Command::Demo(demo) => {
            telemetry::start(&crate::config::Log { level: "warn".to_owned(), ..Default::default() })?;
            let demo = demo::Demo { listen: demo.listen, data: demo.data, ready_file: demo.ready_file };
            runtime()?.block_on(demo.run())
        }
        Command::ChannelService(service) => {
            let file = service.config.context("--config names the configuration file; it is missing")?;
            let (config, source) = Source::read(&file)?;
            telemetry::start(&config.log)?;
            let config = config.canonical();
            let faults: Vec<String> =
                config.channel_service_faults().iter().map(|fault| source.locate(fault)).collect();
            anyhow::ensure!(faults.is_empty(), "the configuration cannot work:\n  {}", faults.join("\n  "));
            let config = config.channel_service.filled();
            match service.task {
                None => runtime()?.block_on(app::channel_service(config, service.ready_file.as_deref())),
                Some(ChannelTask::Export { channel }) => app::export_channel(config, &channel),
                Some(ChannelTask::Import { file, name }) => app::import_channel(config, &file, name.as_deref()),
            }
        }
        Command::CheckConfig(check) => {
            let (config, source) = Source::read(&check.file)?;
            refuse_faults(&config, |fault| source.locate(fault))?;
            println!("{}: every setting is valid", check.file.display());
            for doubt in config.doubts() {
                println!("{}", source.locate(&doubt));
            }
            runtime()?.block_on(app::check(config))
        }
    }
}

impl Serve {
    /// The file, with the options of the command line over it.
    fn config(self) -> anyhow::Result<(Config, Option<PathBuf>)> {
        let (mut config, source) = match &self.config {
            Some(file) => Source::read(file).map(|(config, source)| (config, Some(source)))?,
            None => (Config::default(), None),
        };
        let mut typed = Vec::new();
        if !self.domain.is_empty() {
            config.xmpp.domains = self.domain;
            typed.push("xmpp.domains");
        }
        if let Some(url) = self.public_url {
            config.web.public_url = url;
            typed.push("web.public_url");
        }
        if let Some(listen) = self.listen {
            config.web.listen = listen;
        }
        let config = config.canonical();
        refuse_faults(&config, |fault| match &source {
            Some(source) if !typed.contains(&fault.key().as_str()) => source.locate(fault),
            _ => fault.to_string(),
        })?;
        Ok((config, self.ready_file))
    }
}

fn refuse_faults(config: &Config, locate: impl Fn(&Fault) -> String) -> anyhow::Result<()> {
    let faults: Vec<String> = config.faults().iter().map(locate).collect();
    anyhow::ensure!(faults.is_empty(), "the configuration cannot work:\n  {}", faults.join("\n  "));
    Ok(())
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
