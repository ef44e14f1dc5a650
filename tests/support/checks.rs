//! Checkers that others wrote: where they lie, and the Nu HTML checker over many pages at once.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A file of an npm package that `tests/run` installs.
pub fn tool(path: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node_modules").join(path);
    assert!(file.exists(), "{} is missing: tests/run installs it", file.display());
    file
}

/// Errors and warnings of the Nu HTML checker in pages given as (name, bytes), as lines. One run for all of them.
pub fn nu(pages: &[(String, String)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("java");
    command.args(["-Xss2m", "-Xmx512m", "-jar"]).arg(tool("vnu-jar/build/dist/vnu.jar"));
    command.args(["--format", "json", "--exit-zero-always"]);
    for (number, (_, body)) in pages.iter().enumerate() {
        let file = folder.path().join(format!("{number}.html"));
        std::fs::write(&file, body).unwrap();
        command.arg(file);
    }
    let output = command.output().expect("java runs the Nu HTML checker");
    let report: Value = serde_json::from_slice(&output.stderr)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let mut lines = Vec::new();
    for message in report["messages"].as_array().expect("the checker's messages") {
        let is_warning = message["subType"] == "warning";
        if message["type"] != "error" && !is_warning {
            continue;
        }
        let file = message["url"].as_str().unwrap_or_default();
        let number = file.rsplit('/').next().and_then(|name| name.strip_suffix(".html")).and_then(|n| n.parse().ok());
        let name = number.and_then(|number: usize| pages.get(number)).map_or(file, |(name, _)| name);
        lines.push(format!(
            "{name}:{}: {} [{}]",
            message["lastLine"],
            message["message"].as_str().unwrap_or_default(),
            message["extract"].as_str().unwrap_or_default().trim()
        ));
    }
    lines
}
