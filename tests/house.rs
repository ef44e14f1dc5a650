//! The rules of the house: imports go down the floors of ARCHITECTURE.md, files say what they are, one place marks text as safe.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The room a source file belongs to: its folder or file directly under `src`.
fn room(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).expect("a source file");
    let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The table of imports in ARCHITECTURE.md: room → floor and what it may import.
fn table() -> BTreeMap<String, (u32, BTreeSet<String>)> {
    let text = read(&root().join("ARCHITECTURE.md"));
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit());
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let may = cells[2].split(',').map(|name| name.trim().to_owned()).filter(|name| name != "–").collect();
        (cells[1].to_owned(), (cells[0].parse().expect("a floor"), may))
    })
    .collect()
}

#[test]
fn the_table_only_goes_down() {
    let table = table();
    assert!(table.len() > 10, "the table was not found in ARCHITECTURE.md");
    for (room, (floor, may)) in &table {
        for other in may {
            let (below, _) = table.get(other).unwrap_or_else(|| panic!("{room} may import {other}, which has no row"));
            assert!(below < floor, "{room} (floor {floor}) may not import {other} (floor {below})");
        }
    }
}

#[test]
fn imports_follow_the_table() {
    let table = table();
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), "rs") {
        let from = room(&path);
        if from == "lib" {
            continue;
        }
        let (_, may) = table.get(&from).unwrap_or_else(|| panic!("the room {from} has no row in ARCHITECTURE.md"));
        let text = read(&path);
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for prefix in ["crate::", "cirrus::"] {
                for (at, _) in line.match_indices(prefix) {
                    let rest = &line[at + prefix.len()..];
                    let named: Vec<&str> = match rest.strip_prefix('{') {
                        Some(list) => list.split(['}', ',']).map(str::trim).collect(),
                        None => vec![rest],
                    };
                    for name in named {
                        let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                        if table.contains_key(&name) && name != from && !may.contains(&name) {
                            wrong.push(format!("{}:{}: {from} may not import {name}", path.display(), number + 1));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<_> = files(&root().join("src"), "rs")
        .into_iter()
        .chain(files(&root().join("tests"), "rs"))
        .filter(|path| !read(path).starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "these files do not open with a //! sentence: {silent:?}");
}

#[test]
fn one_template_only_marks_text_as_safe() {
    let marks: Vec<_> = files(&root().join("templates"), "html")
        .into_iter()
        .filter(|path| {
            let text: String = read(path).split_whitespace().collect();
            text.contains("|safe") || text.contains("|escape(\"none\")")
        })
        .collect();
    assert!(marks.len() <= 1, "|safe stands in more than one template: {marks:?}");
}

#[test]
fn sql_and_markup_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), "rs") {
        let (room, text) = (room(&path), read(&path));
        if room != "store" && text.contains("rusqlite") {
            wrong.push(format!("{}: only store talks to the database", path.display()));
        }
        if room == "web" && (text.contains("minidom") || text.contains("xmpp_parsers") || text.contains("tokio_xmpp")) {
            wrong.push(format!("{}: web never sees a stanza", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
