//! A TCP proxy with faults: between the gateway and a server, a network that misbehaves on demand.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Carries everything.
    Fair,
    /// Takes connections and carries nothing; what is sent waits.
    Silent,
    /// Ends every connection, and new ones at once.
    Cut,
}

/// The proxy. It ends with its runtime.
pub struct Proxy {
    /// The port to connect to instead.
    pub port: u16,
    weather: Arc<watch::Sender<Weather>>,
    forgotten: Arc<watch::Sender<()>>,
    heard: Heard,
}

/// All that clients have said through a proxy.
type Heard = Arc<Mutex<Vec<u8>>>;

impl Proxy {
    /// A proxy before a port of 127.0.0.1.
    pub async fn before(target: u16) -> Proxy {
        Proxy::at(
            SocketAddr::from(([127, 0, 0, 1], super::ports::free_port())),
            SocketAddr::from(([127, 0, 0, 1], target)),
        )
        .await
    }

    /// A proxy at an address, before another.
    pub async fn at(listen: SocketAddr, target: SocketAddr) -> Proxy {
        let listener = TcpListener::bind(listen).await.unwrap();
        let (weather, _) = watch::channel(Weather::Fair);
        let weather = Arc::new(weather);
        let forgotten = Arc::new(watch::channel(()).0);
        let (told, lost) = (weather.clone(), forgotten.clone());
        let heard = Heard::default();
        let ear = heard.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target, told.subscribe(), lost.subscribe(), ear.clone()));
            }
        });
        Proxy { port: listen.port(), weather, forgotten, heard }
    }

    /// All that clients have said so far.
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }

    /// Changes what the network does.
    pub fn becomes(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Carries nothing more for those who are connected, and tells neither end. New connections are carried.
    pub fn forgets(&self) {
        self.forgotten.send_replace(());
    }
}

async fn carry(
    client: TcpStream,
    target: SocketAddr,
    mut weather: watch::Receiver<Weather>,
    mut forgotten: watch::Receiver<()>,
    heard: Heard,
) {
    if *weather.borrow() == Weather::Cut {
        return;
    }
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut cut = weather.clone();
    let (up, down) = (weather.clone(), weather.clone());
    let is_forgotten = tokio::select! {
        () = pump(&mut from_client, &mut to_server, up, Some(heard)) => false,
        () = pump(&mut from_server, &mut to_client, down, None) => false,
        _ = cut.wait_for(|weather| *weather == Weather::Cut) => false,
        _ = forgotten.changed() => true,
    };
    if is_forgotten {
        // Both ends keep their sockets.
        let _ = weather.wait_for(|weather| *weather == Weather::Cut).await;
    }
    weather.mark_unchanged();
}

async fn pump(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut weather: watch::Receiver<Weather>,
    heard: Option<Heard>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        if weather.wait_for(|weather| *weather == Weather::Fair).await.is_err() {
            return;
        }
        let Ok(count) = from.read(&mut buffer).await else { return };
        if count == 0 || weather.wait_for(|weather| *weather != Weather::Silent).await.is_err() {
            return;
        }
        if let Some(heard) = &heard {
            heard.lock().unwrap().extend_from_slice(&buffer[..count]);
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
