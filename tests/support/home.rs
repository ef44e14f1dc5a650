//! Starts the small server of the demo, in a thread of this process.

use std::sync::{Mutex, mpsc};

use cirrus::hosting::home::{Component, Home, HomeConfig, HomeLimits};
use tokio_util::sync::CancellationToken;

use super::ports::free_port;
use super::servers::{COMPONENT_SECRET, Kind, PASSWORD, Running, Server, Setup, Tls};

/// Asks the thread of a home server for accounts; each takes some milliseconds, so they are made when a test wants one.
pub struct Accounts(Mutex<mpsc::Sender<(String, mpsc::Sender<()>)>>);

impl Accounts {
    /// Makes an account with the usual password.
    pub fn make(&self, name: &str) {
        let (done, made) = mpsc::channel();
        self.0.lock().unwrap().send((name.to_owned(), done)).expect("the home server lives");
        made.recv().expect("the home server makes an account");
    }
}

/// Starts one in memory on 127.0.0.1.
pub fn start(domain: &str) -> Server {
    let port = free_port();
    let component = |name: &str| Component { address: format!("{name}.{domain}"), secret: COMPONENT_SECRET.to_owned() };
    let components = vec![component("channels"), component("topics"), component("pusher")];
    let files = free_port();
    let config = HomeConfig {
        domain: domain.to_owned(),
        data: None,
        open_registration: true,
        components,
        files: Some(format!("http://127.0.0.1:{files}")),
    };
    let components = free_port();
    let limits = HomeLimits { iterations: 4096, ..HomeLimits::default() };
    let (accounts, wanted) = mpsc::channel::<(String, mpsc::Sender<()>)>();
    let (ready, started) = mpsc::channel();
    std::thread::Builder::new()
        .name("home server".to_owned())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let home = runtime.block_on(async {
                let home = Home::open_with(config, limits).await.expect("the home server opens");
                let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
                tokio::spawn(home.clone().run(listener, CancellationToken::new()));
                let listener = tokio::net::TcpListener::bind(("127.0.0.1", components)).await.unwrap();
                tokio::spawn(home.clone().run_components(listener, CancellationToken::new()));
                let listener = tokio::net::TcpListener::bind(("127.0.0.1", files)).await.unwrap();
                tokio::spawn(home.clone().run_files(listener, CancellationToken::new()));
                home
            });
            ready.send(()).unwrap();
            for (name, done) in wanted {
                runtime.block_on(home.create_account(&name, PASSWORD)).expect("an account is made");
                let _ = done.send(());
            }
        })
        .unwrap();
    started.recv().expect("the home server starts");
    let running = Running::Thread(Accounts(Mutex::new(accounts)));
    let mut server = Server::new(Kind::Home, Setup::Recommended, Tls::Off, domain, port, running);
    server.components = Some(components);
    server
}
