//! A website by other hands, from another origin than the gateway's: the pages with chat clients that the browser tests open.

use std::path::{Component, Path};

use axum::http::{StatusCode, Uri, header};
use axum::response::IntoResponse;

use super::process::fixture;

/// Serves `tests/fixtures/clients`, and the npm packages below `/modules`, and gives its address. It ends with its runtime.
pub async fn open() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().fallback(async |uri: Uri| give(uri.path()).await);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn give(path: &str) -> impl IntoResponse + use<> {
    let file = match path.strip_prefix("/modules/") {
        Some(path) => Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node_modules").join(path),
        None => fixture("clients").join(path.trim_start_matches('/')),
    };
    if file.components().any(|part| part == Component::ParentDir) {
        return Err(StatusCode::NOT_FOUND);
    }
    match tokio::fs::read(&file).await {
        Ok(bytes) => Ok(([(header::CONTENT_TYPE, kind(&file))], bytes)),
        Err(_) => Err(StatusCode::NOT_FOUND),
    }
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "cjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}
