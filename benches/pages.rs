//! Channel pages per second, next to nginx serving the same bytes.

use std::process::Command;

use crate::figures::median;
use crate::support::gateway::{Gateway, Settings};
use crate::support::person::{Person, channel_of};
use crate::support::ports::free_port;
use crate::support::process::Process;
use crate::support::servers;

/// How often each is loaded, in turns, so that a busy moment of the machine meets both.
const ROUNDS: usize = 5;

/// How long one load lasts, in seconds.
const SECONDS: u32 = 4;

/// Connections that ask at the same time.
const READERS: u32 = 64;

/// What somebody might write: paragraphs of real words.
const WORDS: &str = include_str!("../ARCHITECTURE.md");

pub async fn run() {
    let server = servers::home();
    let gateway = Gateway::start(&Settings::for_server(server));
    let alice = server.account();
    let mut writer = Person::signed_in(&gateway, &alice).await;
    let path = channel_of(&alice);
    let paragraphs: Vec<&str> = WORDS.split("\n\n").filter(|text| text.starts_with(char::is_alphabetic)).collect();
    for number in 0..30 {
        let text = format!("Note {number}. {}", paragraphs[number % paragraphs.len()]);
        writer.post(&path, &text).await;
    }
    let url = format!("{}{path}", gateway.url);
    let folder = tempfile::tempdir().unwrap();
    let mut pages = Vec::new();
    for encoding in ["identity", "gzip", "zstd"] {
        let answer = crate::support::web::client()
            .build()
            .unwrap()
            .get(&url)
            .header("accept-encoding", encoding)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        let coded = answer.headers().get("content-encoding").map(|coding| coding.to_str().unwrap().to_owned());
        assert_eq!(coded.as_deref().unwrap_or("identity"), encoding);
        let bytes = answer.bytes().await.unwrap();
        std::fs::write(folder.path().join(encoding), &bytes).unwrap();
        pages.push((encoding, bytes.len()));
    }
    let (_nginx, beside) = nginx(folder.path());

    println!("\nA signed-out channel page of 20 posts, requests a second (median of {ROUNDS}):");
    println!("{:<10} {:>8} {:>10} {:>10} {:>7}", "encoding", "bytes", "Cirrus", "nginx", "ratio");
    for (encoding, size) in pages {
        let mut rates = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let ours = load(&url, encoding);
            let theirs = load(&format!("{beside}/{encoding}"), encoding);
            rates.0.push(ours);
            rates.1.push(theirs);
            rates.2.push(ours / theirs);
        }
        let (ours, theirs, ratio) = (median(rates.0), median(rates.1), median(rates.2));
        println!("{encoding:<10} {size:>8} {ours:>10.0} {theirs:>10.0} {ratio:>7.2}");
    }
}

/// nginx with two workers, and the address where it serves the files of a folder.
fn nginx(folder: &std::path::Path) -> (Process, String) {
    let port = free_port();
    let place = folder.display();
    let locations: String = ["gzip", "zstd"]
        .iter()
        .map(|coding| format!("location = /{coding} {{ add_header Content-Encoding {coding}; }}\n"))
        .collect();
    let config = format!(
        "daemon off; worker_processes 2; pid {place}/nginx.pid; error_log {place}/error.log;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; etag on;\n\
         open_file_cache max=10; default_type 'text/html; charset=utf-8';\n\
         client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;\n\
         uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;\n\
         server {{ listen 127.0.0.1:{port}; root {place};\n{locations} }} }}\n"
    );
    std::fs::write(folder.join("nginx.conf"), config).unwrap();
    // Workers run as another user when nginx is started by root.
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    command.arg("-c").arg(folder.join("nginx.conf"));
    let mut process = Process::start("nginx", None, &folder.join("output.log"), &command);
    process.wait_for_port(port);
    (process, format!("http://127.0.0.1:{port}"))
}

/// Requests a second, all of which must succeed.
fn load(url: &str, encoding: &str) -> f64 {
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{READERS}"), &format!("-d{SECONDS}s"), "-H"])
        .arg(format!("Accept-Encoding: {encoding}"))
        .arg(url)
        .output()
        .expect("wrk is installed (apt-get install wrk)");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && !text.contains("Non-2xx") && !text.contains("Socket errors"), "{text}");
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:")).expect("wrk tells a rate");
    rate.trim().parse().expect("a rate is a number")
}
