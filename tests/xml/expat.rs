//! A differential test: what the guard lets through must mean to expat and to rxml what it means to the guard.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use bytes::BytesMut;
use cirrus::xml::guard::Guard;
use cirrus::xml::{CUT, HTTPBIND, Limits, STREAMS, Violation, document, relay};
use serde_json::Value;

use super::{conformance, seeds, tree};

struct Expat {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Expat {
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/xml/expat.py");
        let mut child = Command::new("python3")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is needed, for the expat that comes with it");
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    /// `Null`, `"restricted"` or the events.
    fn read(&mut self, document: &[u8]) -> Value {
        self.input.write_all(&u32::try_from(document.len()).unwrap().to_le_bytes()).unwrap();
        self.input.write_all(document).unwrap();
        self.input.flush().unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// The property. Tells whether the guard let the document through.
    fn compare(&mut self, input: &[u8]) -> bool {
        let shown = || String::from_utf8_lossy(input).into_owned();
        let theirs = self.read(input);
        match document::check(input, Limits::default()) {
            Ok(clean) => {
                let after = self.read(clean.as_bytes());
                let above = tree::by_rxml(clean.as_bytes())
                    .unwrap_or_else(|| panic!("rxml, which reads next, refuses what the guard wrote: {clean}"));
                assert_eq!(above, after, "expat sees something else in {clean}\nfor {}", shown());
                if !clean.contains(CUT) {
                    assert_eq!(theirs, after, "before: {}\nafter: {clean}", shown());
                    self.compare_in_stream(&clean, &after);
                    self.compare_in_body(&clean, &after);
                }
                true
            }
            Err(violation) => {
                let is_explained = match violation {
                    Violation::TooLarge => true,
                    _ if input.windows(CUT.len()).any(|part| part == CUT.as_bytes()) => true,
                    _ if input.windows(STREAMS.len()).any(|part| part == STREAMS.as_bytes()) => true,
                    // What expat takes for UTF-16.
                    _ if input.contains(&0) => true,
                    _ => !theirs.is_array() || std::str::from_utf8(input).is_err(),
                };
                assert!(is_explained, "only the guard refuses ({violation}): {}", shown());
                false
            }
        }
    }

    /// The same inside a stanza: exactly one stanza comes out, with exactly this inside.
    fn compare_in_stream(&mut self, clean: &str, tree_of_clean: &Value) {
        let header = format!("<s:stream xmlns:s='{STREAMS}'>");
        let input = format!("{header}<message>{clean}</message></s:stream>");
        let mut out = BytesMut::new();
        Guard::new(Limits { depth: 97, ..Limits::default() }).push(input.as_bytes(), &mut out).unwrap();
        let stream = self.read(&out);
        assert_eq!(tree::children(&stream), 1, "{clean}");
        let inner = stream.as_array().unwrap();
        assert_eq!(&inner[2..inner.len() - 2], tree_of_clean.as_array().unwrap(), "{clean}");
    }
}

impl Expat {
    /// The same as the payload of a client behind us: exactly this reaches its server.
    fn compare_in_body(&mut self, clean: &str, tree_of_clean: &Value) {
        let body = format!("<b:body xmlns:b='{HTTPBIND}' rid='1'>{clean}</b:body>");
        let pieces = relay::unwrap(body.as_bytes(), Limits::default(), |_| ()).unwrap();
        let [piece] = &pieces[..] else { panic!("{} pieces: {clean}", pieces.len()) };
        let header = format!("<s:stream xmlns:s='{STREAMS}'>").into_bytes();
        let stream = self.read(&[&header[..], &piece.bytes, b"</s:stream>"].concat());
        assert_eq!(tree::children(&stream), 1, "{clean}");
        let inner = stream.as_array().unwrap();
        assert_eq!(&inner[1..inner.len() - 1], tree_of_clean.as_array().unwrap(), "{clean}");
    }
}

impl Drop for Expat {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn seeds_mean_the_same_everywhere() {
    let mut expat = Expat::start();
    for (name, input, is_good) in seeds::all() {
        assert_eq!(expat.compare(&input), is_good, "{name}");
    }
}

/// Every character that the guard lets into a name, alone and after a letter.
#[test]
fn names_mean_the_same_everywhere() {
    let mut expat = Expat::start();
    let is_let_in = |element: &String| {
        document::check(format!("<r>{element}</r>"), Limits::default()).is_ok_and(|clean| !clean.contains(CUT))
    };
    let names = ('\u{0}'..='\u{FFFF}').flat_map(|c| [format!("<{c} b{c}=''/>"), format!("<a{c}/>")]);
    let elements: Vec<String> = names.filter(is_let_in).collect();
    for part in elements.chunks(1000) {
        assert!(expat.compare(format!("<r>{}</r>", part.concat()).as_bytes()));
    }
    assert!(elements.len() > 60_000, "{} names", elements.len());
}

#[test]
fn the_w3c_suite_means_the_same_everywhere() {
    let mut expat = Expat::start();
    let mut folders = vec![conformance::suite().join("xmlconf")];
    let (mut files, mut good) = (0, 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                good += usize::from(expat.compare(&std::fs::read(path).unwrap()));
            }
        }
    }
    println!("{files} files, {good} accepted");
    assert!(files > 2500 && good > 30);
}

/// `CIRRUS_XML_CASES` sets how many, `CIRRUS_XML_SEED` where to begin.
#[test]
fn mutations_mean_the_same_everywhere() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let cases = number("CIRRUS_XML_CASES", 20_000);
    let seed = number("CIRRUS_XML_SEED", 1);
    let mut expat = Expat::start();
    let mut good = 0;
    for case in seed..seed + cases {
        let input = seeds::mutation(case);
        good += u64::from(expat.compare(&input));
    }
    println!("{cases} mutations, {good} accepted");
    assert!(good > cases / 20, "the mutations are too wild to test anything: {good} of {cases}");
}
