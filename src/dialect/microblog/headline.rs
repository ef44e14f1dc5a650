//! The title that readers ask of every entry, taken from how the text begins.

/// The longest title of a post, in characters.
const MAX: usize = 100;
/// The longest title of a reply, in characters: Movim shows nothing else of it.
const MAX_REPLY: usize = 500;
/// What stands where there is no word to be had: an entry must have a title.
const NOTHING: &str = "…";

/// The title of a post: its first line, or the first sentence of that if it is long, without Markdown.
pub fn of_post(text: &str) -> String {
    let line = text.lines().map(plain).find(|line| !line.is_empty()).unwrap_or_default();
    if line.chars().count() <= MAX {
        return if line.is_empty() { NOTHING.to_owned() } else { line };
    }
    let start: String = line.chars().take(MAX).collect();
    let sentence = start.char_indices().rev().find(|(position, c)| {
        let next = start[position + c.len_utf8()..].chars().next();
        matches!(c, '.' | '!' | '?') && next.is_some_and(char::is_whitespace) || matches!(c, '。' | '！' | '？')
    });
    match sentence {
        Some((position, c)) => start[..position + c.len_utf8()].to_owned(),
        None => cut(&line, MAX),
    }
}

/// The title of a reply: all of it on one line, without Markdown.
pub fn of_reply(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(plain).filter(|line| !line.is_empty()).collect();
    let line = lines.join(" ");
    if line.is_empty() { NOTHING.to_owned() } else { cut(&line, MAX_REPLY) }
}

/// At most so many characters, cut between words where there are any, with an ellipsis.
fn cut(line: &str, characters: usize) -> String {
    if line.chars().count() <= characters {
        return line.to_owned();
    }
    let start: String = line.chars().take(characters - 1).collect();
    let words = start.rsplit_once(char::is_whitespace).map(|(words, _)| words.trim_end());
    format!("{}…", words.filter(|words| words.len() > start.len() / 2).unwrap_or(&start))
}

/// A line of Markdown without its marks: those at the start, emphasis, code and link targets.
pub fn plain(line: &str) -> String {
    let line = line.trim();
    if line.chars().all(|c| matches!(c, '-' | '*' | '_' | '=' | '`' | '~' | ' ')) {
        return String::new();
    }
    let mut rest = line.trim_start_matches(['>', ' ']);
    let after_hashes = rest.trim_start_matches('#');
    if after_hashes.starts_with(' ') {
        rest = after_hashes;
    }
    for mark in ["- ", "* ", "+ "] {
        rest = rest.strip_prefix(mark).unwrap_or(rest);
    }
    let text = without_link_targets(rest);
    let text: String = text.replace("**", "").replace("__", "").replace('`', "");
    text.split_whitespace().map(|word| unmarked(word).to_owned()).collect::<Vec<_>>().join(" ")
}

/// `*word*` and `_word_` without the marks; marks inside a word stay.
fn unmarked(word: &str) -> &str {
    ['*', '_'].iter().fold(word, |word, mark| {
        let word = word.strip_prefix(*mark).unwrap_or(word);
        word.strip_suffix(*mark).unwrap_or(word)
    })
}

/// `[text](target)` becomes `text`, `![text](target)` too.
fn without_link_targets(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((label, tail)) = after.split_once("](") else { break };
        let Some((_, behind)) = tail.split_once(')') else { break };
        text.push_str(before.strip_suffix('!').unwrap_or(before));
        text.push_str(label);
        rest = behind;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_how_the_text_begins() {
        assert_eq!(of_post("\n\n# Hello **world**\n\nMore."), "Hello world");
        assert_eq!(of_post("> - see [the page](https://example.org) and `code`"), "see the page and code");
        assert_eq!(of_post("#tag first"), "#tag first");
        assert_eq!(of_post("---\n***\n"), "…");
        let sentence = "A first sentence that is long enough. ".to_owned() + &"word ".repeat(40);
        assert_eq!(of_post(&sentence), "A first sentence that is long enough.");
        let words = of_post(&"word ".repeat(40));
        assert!(words.chars().count() <= MAX && words.ends_with("word…"));
        assert!(of_post(&"界".repeat(300)).chars().count() <= MAX);
    }

    #[test]
    fn a_reply_is_its_own_title() {
        assert_eq!(of_reply("I *think*\nso.\n\nReally."), "I think so. Really.");
        assert!(of_reply(&"long ".repeat(1_000)).chars().count() <= MAX_REPLY);
        assert_eq!(of_reply("♥"), "♥");
    }
}
