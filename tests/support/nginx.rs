//! nginx before a gateway, as operators have it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Mutex;

use super::ports::free_port;
use super::process::Process;

/// What leads to the gateway; the rest of a configuration file says where nginx keeps its own files.
const LOCATION: &str = "
    location / {
        proxy_pass http://@GATEWAY@;
        proxy_http_version 1.1;
        proxy_set_header Connection \"\";
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_buffering off;
        proxy_read_timeout 90s;
        proxy_next_upstream off;
        client_max_body_size 2m;
    }";

/// The one that stands before this gateway for all tests; gives its address.
pub fn before(gateway: SocketAddr) -> SocketAddr {
    static RUNNING: Mutex<Option<HashMap<SocketAddr, (SocketAddr, Process)>>> = Mutex::new(None);
    let mut running = RUNNING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    running.get_or_insert_default().entry(gateway).or_insert_with(|| start(gateway)).0
}

fn start(gateway: SocketAddr) -> (SocketAddr, Process) {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let folder = tempfile::Builder::new().prefix("cirrus-nginx-").tempdir().unwrap().keep();
    let place = folder.display();
    let own_files: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("{name}_temp_path {place}/{name};\n"))
        .collect();
    let location = LOCATION.replace("@GATEWAY@", &gateway.to_string());
    let config = format!(
        "user root;\ndaemon off;\npid {place}/nginx.pid;\nevents {{}}\n\
         http {{\naccess_log off;\n{own_files}server {{\nlisten {address};{location}\n}}\n}}\n"
    );
    std::fs::write(folder.join("nginx.conf"), config).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    command.arg("-p").arg(&folder).arg("-e").arg("stderr").arg("-c").arg(folder.join("nginx.conf"));
    let mut process = Process::start("nginx", Some(&folder), &folder.join("output.log"), &command);
    process.wait_for_port(address.port());
    (address, process)
}
