//! The W3C XML Conformance Test Suite against `document::check`, as XMPP restricts XML (RFC 6120 §11.1).

use std::path::{Path, PathBuf};

use cirrus::xml::{CUT, Limits, Violation, document};

struct Case {
    kind: String,
    file: PathBuf,
    /// What the index says about editions and versions.
    edition: Option<String>,
    recommendation: Option<String>,
    has_namespaces: bool,
}

/// The folder of the suite, where `xmlconf/` and `cleaned/` lie.
pub fn suite() -> PathBuf {
    let Some(folder) = std::env::var_os("CIRRUS_XML_SUITE") else {
        panic!("CIRRUS_XML_SUITE is not set: run this test with tests/run, which installs the W3C XML suite first");
    };
    PathBuf::from(folder)
}

fn value(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let end = start + tag[start..].find('"')?;
    Some(tag[start..end].to_owned())
}

/// Reads the index. It has comments and a DTD, so it is taken apart by its tags.
fn cases(suite: &Path) -> Vec<Case> {
    let index = std::fs::read_to_string(suite.join("cleaned/xmlconf-flattened.xml")).unwrap();
    let mut base = String::new();
    let mut cases = Vec::new();
    for part in index.split("<TEST").skip(1) {
        let part = part.replace(['\n', '\r', '\t'], " ");
        let tag = &part[..part.find('>').unwrap()];
        if tag.starts_with("CASES") {
            base = value(tag, "xml:base").unwrap_or(base);
        } else if let (Some(kind), Some(uri)) = (value(tag, "TYPE"), value(tag, "URI")) {
            cases.push(Case {
                kind,
                file: suite.join("xmlconf").join(&base).join(uri),
                edition: value(tag, "EDITION"),
                recommendation: value(tag, "RECOMMENDATION"),
                has_namespaces: value(tag, "NAMESPACE").as_deref() != Some("no"),
            });
        }
    }
    cases
}

fn is_utf8(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).to_lowercase();
    let declaration = start.split("?>").next().filter(|_| start.contains("<?xml")).unwrap_or("");
    std::str::from_utf8(bytes).is_ok() && (!declaration.contains("encoding") || declaration.contains("utf-8"))
}

/// Does it have what XMPP forbids?
fn is_restricted(text: &str) -> bool {
    let mut text = text.trim_start_matches('\u{FEFF}').to_owned();
    if text.starts_with("<?xml") && text[5..].starts_with(|c: char| c.is_ascii_whitespace()) {
        text.replace_range(..text.find("?>").map_or(0, |at| at + 2), "");
    }
    while let Some(start) = text.find("<![CDATA[") {
        let end = text[start..].find("]]>").map_or(text.len(), |at| start + at + 3);
        text.replace_range(start..end, "");
    }
    ["<!DOCTYPE", "<!--", "<?"].iter().any(|mark| text.contains(mark))
}

#[test]
fn the_w3c_suite() {
    let suite = suite();
    let cases = cases(&suite);
    let (mut refused, mut accepted, mut restricted, mut other, mut wrong) = (0, 0, 0, 0, Vec::new());
    for case in &cases {
        let bytes = std::fs::read(&case.file).unwrap_or_else(|error| panic!("{}: {error}", case.file.display()));
        let result = document::check(&bytes, Limits::default());
        let text = String::from_utf8_lossy(&bytes);
        let version_1_1 = text.starts_with("<?xml version=\"1.1\"") || text.starts_with("<?xml version='1.1'");
        let of_old_edition = case.edition.as_deref().is_some_and(|editions| !editions.contains('5'));
        let of_1_1 = case.recommendation.as_deref().is_some_and(|name| name.ends_with("1.1"));
        let is_fine = match case.kind.as_str() {
            // Fifth edition allows more in names than the others; 1.1 more characters.
            "not-wf" if (of_old_edition || of_1_1) && result.is_ok() => {
                other += 1;
                true
            }
            "not-wf" => {
                refused += 1;
                result.is_err()
            }
            // A processor may report these or not.
            "error" => {
                other += 1;
                true
            }
            _ if !is_utf8(&bytes) => {
                other += 1;
                result.is_err()
            }
            _ if is_restricted(&text) || version_1_1 => {
                restricted += 1;
                result == Err(Violation::Restricted)
            }
            // Names that are no names where namespaces count.
            _ if !case.has_namespaces && result == Err(Violation::BadNamespace) => {
                other += 1;
                true
            }
            _ => {
                accepted += 1;
                // Written anew once more it stays as it is; a mark from outside is not believed.
                result.is_ok_and(|clean| {
                    clean.contains(CUT) || document::check(&clean, Limits::default()).as_ref() == Ok(&clean)
                })
            }
        };
        if !is_fine {
            wrong.push(format!(
                "{} {} {:?}",
                case.kind,
                case.file.display(),
                document::check(&bytes, Limits::default())
            ));
        }
    }
    println!("{} cases: {refused} refused, {accepted} accepted, {restricted} restricted, {other} other", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() > 2500 && refused > 1300 && restricted > 800 && accepted > 10, "the suite is not all there");
}
