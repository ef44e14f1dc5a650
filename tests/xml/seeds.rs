//! Documents meant to be read differently by different parsers, and mutations of them.

use std::path::Path;

/// Name, bytes, and whether they may pass. The name of a good one begins with `good`.
pub fn all() -> Vec<(String, Vec<u8>, bool)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/xml/seeds");
    let mut seeds: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let is_good = name.starts_with("good");
            (name, std::fs::read(path).unwrap(), is_good)
        })
        .collect();
    seeds.sort();
    assert!(seeds.len() >= 80, "the seeds are not all there");
    seeds
}

const WORDS: [&str; 44] = [
    "<a>",
    "</a>",
    "<a/>",
    "<p:a>",
    "</p:a>",
    "<a xmlns='u'>",
    " xmlns:p='u'",
    " xmlns:q='u'",
    " xmlns=''",
    " b='c'",
    " p:b='c'",
    " q:b='d'",
    " xml:lang='e'",
    " b=\"'\"",
    " b='\"'",
    "<![CDATA[",
    "]]>",
    "]]",
    "]",
    ">",
    "<",
    "&amp;",
    "&lt;",
    "&#13;",
    "&#x9;",
    "&#10;",
    "&#xD800;",
    "&x;",
    "&",
    "\r\n",
    "\r",
    "\n",
    "\t",
    "é",
    "\u{FFFE}",
    "😀",
    "\u{0}",
    "<!--",
    "-->",
    "<?xml version='1.0'?>",
    "'",
    "\"",
    "=",
    "/",
];

struct Random(u64);

impl Random {
    /// Less than `bound` (xorshift64*).
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }
}

/// One document for each number, the same each time.
pub fn mutation(number: u64) -> Vec<u8> {
    thread_local!(static SEEDS: (Vec<Vec<u8>>, Vec<Vec<u8>>) = good_and_bad());
    let mut random = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    random.below(2);
    SEEDS.with(|(good, bad)| {
        let base = if random.below(8) > 0 { good } else { bad };
        let mut document = base[random.below(base.len())].clone();
        for _ in 0..=random.below(3) {
            let other = if random.below(2) > 0 { good } else { bad };
            mutate(&mut document, &other[random.below(other.len())], &mut random);
        }
        document
    })
}

fn good_and_bad() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (good, bad): (Vec<_>, Vec<_>) = all().into_iter().partition(|(_, _, is_good)| *is_good);
    let bytes = |seeds: Vec<(String, Vec<u8>, bool)>| seeds.into_iter().map(|(_, bytes, _)| bytes).collect();
    (bytes(good), bytes(bad))
}

fn mutate(document: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(document.len() + 1);
    let to = (at + random.below(9)).min(document.len());
    match random.below(8) {
        0 => drop(document.drain(at..to)),
        1 => {
            let part = document[at..to].to_vec();
            document.splice(at..at, part);
        }
        2 if at < document.len() => document[at] ^= 1 << random.below(8),
        3 => {
            let from = random.below(other.len() + 1);
            let to = (from + random.below(30)).min(other.len());
            document.splice(at..at, other[from..to].iter().copied());
        }
        4 => {
            // Inside a tag, which random places seldom are.
            let tags: Vec<usize> = (0..document.len()).filter(|&at| matches!(document[at], b'>' | b'/')).collect();
            if !tags.is_empty() {
                let at = tags[random.below(tags.len())];
                document.splice(at..at, WORDS[5 + random.below(10)].bytes());
            }
        }
        5 => {
            // In the place of text.
            let ends: Vec<usize> = (0..document.len()).filter(|&at| document[at] == b'>').map(|at| at + 1).collect();
            if !ends.is_empty() {
                let at = ends[random.below(ends.len())];
                document.splice(at..at, WORDS[random.below(WORDS.len())].bytes());
            }
        }
        _ => drop(document.splice(at..to.min(at + random.below(2)), WORDS[random.below(WORDS.len())].bytes())),
    }
}
