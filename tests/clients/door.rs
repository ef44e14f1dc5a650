//! The way from a browser to a server: a network that fails on demand, nginx as in the example, the gateway.

use crate::support::front::{self, Front, Kind};
use crate::support::gateway::{Gateway, Settings};
use crate::support::ports::free_port;
use crate::support::proxy::Proxy;
use crate::support::servers::Server;

/// Everything between a browser and a server.
pub struct Door {
    /// Between the browser and nginx.
    pub network: Proxy,
    /// nginx.
    pub nginx: Front,
    /// The site's address for browsers, without a slash at the end.
    pub url: String,
    _gateway: Gateway,
}

impl Door {
    /// One of its own before a server.
    pub async fn before(server: &Server) -> Door {
        Door::at(server, free_port(), Settings::for_server(server)).await
    }

    /// One where requests are held no longer than some seconds.
    pub async fn waiting(server: &Server, seconds: u32) -> Door {
        let mut settings = Settings::for_server(server);
        settings.proxy.push_str(&format!("wait_seconds = {seconds}\n"));
        Door::at(server, free_port(), settings).await
    }

    /// One that browsers find at a port.
    pub async fn at(server: &Server, port: u16, settings: Settings) -> Door {
        let url = front::site_url(&server.domain, port);
        let gateway = Gateway::start(&front::settings_behind(settings, &url));
        let nginx = Front::before(Kind::Nginx, gateway.port(), &server.domain);
        let network = Proxy::at(([127, 0, 0, 1], port).into(), ([127, 0, 0, 1], nginx.port).into()).await;
        Door { network, nginx, url, _gateway: gateway }
    }

    /// Where BOSH is.
    pub fn bosh(&self) -> String {
        format!("{}/http-bind", self.url)
    }

    /// Where WebSocket is.
    pub fn websocket(&self) -> String {
        format!("{}/xmpp-websocket", self.url.replacen("http", "ws", 1))
    }
}
