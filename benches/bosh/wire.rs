//! HTTP as much as a connection manager needs of it: requests made by hand, answers read with the least of parsing.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// From where to where a connection goes, and what a request over it starts with.
#[derive(Clone)]
pub struct Route {
    /// An address of the generator's own: so that one client is not all clients.
    pub from: SocketAddr,
    /// Where the manager listens.
    pub to: SocketAddr,
    /// The head of a request up to its length.
    pub head: String,
    /// The size of the buffer for what is not read yet, if not the system's.
    pub room: Option<u32>,
}

impl Route {
    /// To a manager, from one of 64 addresses of this machine.
    pub fn new(to: SocketAddr, client: usize) -> Route {
        let from = SocketAddr::from(([127, 0, 1, (1 + client % 64) as u8], 0));
        let head = format!(
            "POST /http-bind HTTP/1.1\r\nhost: {to}\r\ncontent-type: text/xml; charset=utf-8\r\ncontent-length: "
        );
        Route { from, to, head, room: None }
    }

    /// A new connection.
    pub async fn connect(&self) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        if let Some(room) = self.room {
            socket.set_recv_buffer_size(room)?;
        }
        socket.set_nodelay(true)?;
        socket.bind(self.from)?;
        socket.connect(self.to).await
    }

    /// A whole request.
    pub fn request(&self, body: &str) -> Vec<u8> {
        format!("{}{}\r\n\r\n{body}", self.head, body.len()).into_bytes()
    }
}

/// A connection that is kept alive, and the request that waits on it.
pub struct Wire {
    stream: TcpStream,
    request: Vec<u8>,
    seen: Vec<u8>,
}

impl Wire {
    pub async fn open(route: &Route) -> io::Result<Wire> {
        Ok(Wire { stream: route.connect().await?, request: Vec::new(), seen: Vec::new() })
    }

    /// Whether a request waits for its answer.
    pub fn is_waiting(&self) -> bool {
        !self.request.is_empty()
    }

    pub async fn send(&mut self, route: &Route, request: Vec<u8>) -> io::Result<()> {
        self.request = request;
        // The other side may have closed what idled; the request is as good on a new connection.
        if self.stream.try_read(&mut [0]).is_ok() || self.stream.write_all(&self.request).await.is_err() {
            self.repeat(route).await?;
        }
        Ok(())
    }

    /// The same request over a new connection.
    pub async fn repeat(&mut self, route: &Route) -> io::Result<()> {
        self.seen.clear();
        self.stream = route.connect().await?;
        self.stream.write_all(&self.request).await
    }

    /// The body of the answer. What is read stays read when this is given up in between.
    pub async fn answer(&mut self) -> io::Result<String> {
        loop {
            if let Some(body) = complete(&self.seen) {
                self.seen.clear();
                self.request.clear();
                return Ok(body);
            }
            if self.stream.read_buf(&mut self.seen).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// The body of an answer, once all of it is there.
fn complete(seen: &[u8]) -> Option<String> {
    let end = seen.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let (head, rest) = (&seen[..end], &seen[end + 4..]);
    let head = std::str::from_utf8(head).expect("a head is ASCII");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let field = |name: &str| {
        head.split("\r\n").find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    match field("content-length") {
        Some(length) => {
            let length: usize = length.parse().expect("a length");
            (rest.len() >= length).then(|| String::from_utf8_lossy(&rest[..length]).into_owned())
        }
        None => chunks(rest),
    }
}

/// The content of chunks, if the last one is among them.
fn chunks(mut rest: &[u8]) -> Option<String> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|bytes| bytes == b"\r\n")?;
        let length = std::str::from_utf8(&rest[..end]).ok().and_then(|hex| usize::from_str_radix(hex.trim(), 16).ok());
        let length = length.expect("the length of a chunk");
        let chunk = rest.get(end + 2..end + 2 + length)?;
        rest = rest.get(end + 4 + length..)?;
        if length == 0 {
            return Some(String::from_utf8_lossy(&body).into_owned());
        }
        body.extend_from_slice(chunk);
    }
}
