//! The texts of the pages: what is said is there in every language, and nothing is there that nobody says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cirrus::language::{Language, ids};

use crate::house::{files, read, root};

/// The words between quotation marks in the templates and in the code that shows pages.
fn quoted() -> BTreeSet<String> {
    let sources = files(&root().join("src/web"), "rs").into_iter().chain(files(&root().join("templates"), "html"));
    sources.flat_map(|path| read(&path).split('"').map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// What templates and code name as a text.
fn named() -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for path in files(&root().join("templates"), "html") {
        let text = read(&path);
        let before = text.match_indices("\"|t").map(|(at, _)| text[..at].rsplit('"').next().unwrap_or_default());
        named.extend(before.map(str::to_owned));
    }
    for path in files(&root().join("src/web"), "rs") {
        let text = read(&path);
        let after = text.split("Text::new(\"").skip(1).filter_map(|rest| rest.split('"').next());
        named.extend(after.filter(|name| *name != "no-such-text").map(str::to_owned));
    }
    named
}

/// The gaps of each text of a language.
fn gaps(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut gaps: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files(&root().join("templates/texts").join(language.tag()), "ftl") {
        let mut name = String::new();
        for line in read(&path).lines().filter(|line| !line.starts_with('#')) {
            if let Some((begun, _)) = line.split_once('=').filter(|_| !line.starts_with([' ', '*', '['])) {
                begun.trim().clone_into(&mut name);
            }
            let found = line
                .split('$')
                .skip(1)
                .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect::<String>());
            gaps.entry(name.clone()).or_default().extend(found);
        }
    }
    gaps
}

#[test]
fn what_is_said_is_there_and_nothing_else() {
    let (english, named, quoted) = (ids(Language::English), named(), quoted());
    let missing: Vec<_> = named.difference(&english).collect();
    assert!(missing.is_empty(), "texts that no file has: {missing:#?}");
    let unused: Vec<_> = english.difference(&quoted).collect();
    assert!(unused.is_empty(), "texts that nobody says: {unused:#?}");
}

#[test]
fn every_language_says_the_same() {
    let (english, english_gaps) = (ids(Language::English), gaps(Language::English));
    for language in Language::ALL {
        let ours = ids(language);
        let tag = language.tag();
        let missing: Vec<_> = english.difference(&ours).collect();
        assert!(missing.is_empty(), "{tag} lacks {missing:#?}");
        let unused: Vec<_> = ours.difference(&english).collect();
        assert!(unused.is_empty(), "{tag} has what English has not: {unused:#?}");
        for (name, gaps) in gaps(language) {
            let wanted = &english_gaps[&name];
            // A form for one, or for none, may do without the number.
            let is_more: Vec<_> = gaps.difference(wanted).collect();
            let is_less: Vec<_> = wanted.difference(&gaps).collect();
            assert!(is_more.is_empty() && is_less.is_empty(), "{tag}: {name} has the gaps {gaps:?}, not {wanted:?}");
        }
    }
}

#[test]
fn each_language_has_the_same_files() {
    let names = |language: Language| -> BTreeSet<_> {
        let folder = root().join("templates/texts").join(language.tag());
        let name = |path: &std::path::PathBuf| path.file_name().map(|name| name.to_owned());
        files(Path::new(&folder), "ftl").iter().filter_map(name).collect()
    };
    for language in Language::ALL {
        assert_eq!(names(language), names(Language::English), "{}", language.tag());
    }
}
