//! The guard against every bound, every restart and every trick that has a name.

#![allow(clippy::unwrap_used)]

use super::*;

const HEADER: &str = "<?xml version=\"1.0\"?><stream:stream xmlns=\"jabber:client\" \
                      xmlns:stream=\"http://etherx.jabber.org/streams\" id=\"1\" version=\"1.0\">";
const SUCCESS: &str = "<success xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"/>";

fn limits() -> Limits {
    Limits {
        stanza_bytes: 400,
        depth: 4,
        attributes: 5,
        namespaces: 3,
        elements: 10,
        name_bytes: 16,
        value_bytes: 40,
        total_bytes: 4000,
    }
}

fn feed(guard: &mut Guard, input: &[u8], size: usize) -> (String, Result<(), Violation>) {
    let mut out = BytesMut::new();
    let mut result = Ok(());
    for piece in input.chunks(size) {
        result = guard.push(piece, &mut out);
        if result.is_err() {
            break;
        }
    }
    (String::from_utf8(out.to_vec()).unwrap(), result)
}

/// What comes out of a whole stream, which must not depend on how the bytes arrive.
fn stream(input: &[u8]) -> (String, Result<(), Violation>) {
    let whole = feed(&mut Guard::new(limits()), input, usize::MAX);
    for size in [1, 2, 7, 64] {
        assert_eq!(feed(&mut Guard::new(limits()), input, size), whole, "in pieces of {size} bytes");
    }
    whole
}

/// What comes out after a header.
fn pass(input: &str) -> String {
    let (text, result) = stream(format!("{HEADER}{input}").as_bytes());
    assert_eq!(result, Ok(()), "{input}");
    text.strip_prefix(HEADER).unwrap().to_owned()
}

/// The violation after a header; what came out before it must be `before`.
fn refused_after(before: &str, input: impl AsRef<[u8]>) -> Violation {
    let (text, result) = stream(&[HEADER.as_bytes(), before.as_bytes(), input.as_ref()].concat());
    assert_eq!(text.strip_prefix(HEADER).unwrap(), before);
    result.expect_err(&String::from_utf8_lossy(input.as_ref()))
}

fn refused(input: impl AsRef<[u8]>) -> Violation {
    refused_after("<presence/>", input)
}

fn mark(bound: &str) -> String {
    format!("<cut xmlns=\"urn:cirrus:cut\" bound=\"{bound}\"/>")
}

#[test]
fn what_is_fine_passes_as_it_came() {
    for stanza in [
        "<message to=\"a@b\" xml:lang=\"en\"><body>h&amp;i &lt;&gt; é😀</body><x xmlns=\"y\"/></message>",
        "<iq><q xmlns=\"u:1\" xmlns:p=\"u:2\" p:a=\"1\" a=\"2\"><p:r/></q></iq>",
        " \n\t<presence/>\n<stream:features><a></a></stream:features> ",
        "<iq><a xmlns=\"\"><b xmlns=\"c\"/></a></iq>",
        "<iq/></stream:stream>",
    ] {
        assert_eq!(pass(stanza), stanza);
    }
}

#[test]
fn what_is_written_otherwise_is_written_anew() {
    for (from, to) in [
        ("<a  b = 'c\"d'\n/>", "<a b=\"c&quot;d\"/>"),
        ("<a b='x\ty\r\nz&#9;&#xA;&#13;'/>", "<a b=\"x y z&#x9;&#xA;&#xD;\"/>"),
        ("<a>x\r\ny\rz&#13;&#x3c;</a>", "<a>x\ny\nz&#xD;&lt;</a>"),
        ("<a><![CDATA[<b>]]&amp;]]]><![CDATA[]]></a >", "<a>&lt;b&gt;]]&amp;amp;]</a>"),
        ("<a>]]&gt;]] ></a>", "<a>]]&gt;]] &gt;</a>"),
        ("<a>\r<![CDATA[\n\r]]>\n</a>", "<a>\n\n\n\n</a>"),
        ("<a>&apos;&quot;&gt;'\"</a>", "<a>'\"&gt;'\"</a>"),
        ("<a>&#x1F600;&#0000000000000000000065;</a>", "<a>😀A</a>"),
    ] {
        assert_eq!(pass(from), to);
    }
}

#[test]
fn a_stanza_comes_out_only_when_it_is_whole() {
    let mut guard = Guard::new(limits());
    let mut out = BytesMut::new();
    guard.push(HEADER.as_bytes(), &mut out).unwrap();
    out.clear();
    guard.push(b"<message><body>hello", &mut out).unwrap();
    assert!(out.is_empty() && guard.has_unread());
    guard.push(b"</body></message>", &mut out).unwrap();
    assert_eq!(&out[..], b"<message><body>hello</body></message>");
    assert!(!guard.has_unread());
}

#[test]
fn depth_is_bounded_and_the_siblings_stay() {
    assert_eq!(pass("<a><b><c><d/></c></b></a>"), "<a><b><c><d/></c></b></a>");
    let deep = mark("depth");
    assert_eq!(
        pass("<a><b><c><d><e><f/></e><e2/>t</d><d/></c></b><b/></a><iq/>"),
        format!("<a><b><c><d>{deep}t</d><d/></c></b><b/></a><iq/>")
    );
}

#[test]
fn attributes_are_bounded() {
    assert_eq!(pass("<a><b p='' q='' r='' s='' t=''/></a>").len(), "<a><b p='' q='' r='' s='' t=''/></a>".len());
    assert_eq!(pass("<a><b p='' q='' r='' s='' t='' u=''>x<c/></b>y</a>"), format!("<a>{}y</a>", mark("attributes")));
    let many: String = (0..9).map(|_| "<b p='' q='' r='' s='' t=''/>").collect();
    let wide = Limits { stanza_bytes: 4000, elements: 10, ..limits() };
    let input = format!("{HEADER}<a>{many}<b/></a>");
    let (text, _) = feed(&mut Guard::new(wide), input.as_bytes(), 100);
    assert_eq!(text.matches("<b p").count(), 8, "forty attributes for ten elements");
    assert!(text.contains(&mark("attributes")), "{text}");
}

#[test]
fn declarations_are_bounded() {
    assert_eq!(
        pass("<a><b xmlns:p='1' xmlns:q='2' xmlns='3' p:x=''/></a>"),
        "<a><b xmlns:p=\"1\" xmlns:q=\"2\" xmlns=\"3\" p:x=\"\"/></a>"
    );
    assert_eq!(
        pass("<a><b xmlns:p='1' xmlns:q='2' xmlns='3' xmlns:r='4'><r:x/></b><c/></a>"),
        format!("<a>{}<c/></a>", mark("namespaces"))
    );
    let wide = Limits { stanza_bytes: 1 << 20, depth: 500, elements: 500, ..limits() };
    let open: String = (0..70).map(|n| format!("<b xmlns:a{n}='1' xmlns:b{n}='2'>")).collect();
    let close = "</b>".repeat(70);
    let (text, result) =
        feed(&mut Guard::new(wide), format!("{HEADER}<a>{open}{close}</a><c xmlns:d='e'/>").as_bytes(), 100);
    assert_eq!(result, Ok(()));
    assert!(text.contains(&mark("namespaces")) && text.ends_with("<c xmlns:d=\"e\"/>"));
}

#[test]
fn elements_are_bounded() {
    let nine = "<b/>".repeat(9);
    assert_eq!(pass(&format!("<a>{nine}</a>")), format!("<a>{nine}</a>"));
    assert_eq!(pass(&format!("<a>{nine}<b/>t<b>x</b></a><a/>")), format!("<a>{nine}{}t</a><a/>", mark("elements")));
}

#[test]
fn names_are_bounded() {
    assert_eq!(pass("<a><bbbbbbbbbbbbbbbb/></a>"), "<a><bbbbbbbbbbbbbbbb/></a>");
    assert_eq!(pass("<a><bbbbbbbbbbbbbbbbb>x</bbbbbbbbbbbbbbbbb>y</a>"), format!("<a>{}y</a>", mark("name")));
    assert_eq!(pass("<a><b ccccccccccccccccc='d'/>y</a>"), format!("<a>{}y</a>", mark("name")));
    assert_eq!(refused("<a><bbbbbbbbbbbbbbbbb></bbbbbbbbbbbbbc></a>"), Violation::NotWellFormed);
}

#[test]
fn names_that_not_every_parser_knows_are_cut_out() {
    let cut = mark("name");
    assert_eq!(pass("<a><é日本ñ/></a>"), "<a><é日本ñ/></a>");
    for name in ["b\u{FEFF}", "b\u{FE00}c", "\u{10000}", "ͱ", "ⰰ"] {
        assert_eq!(pass(&format!("<a><{name}>x</{name}>y</a>")), format!("<a>{cut}y</a>"));
        assert_eq!(pass(&format!("<a><b {name}='1'/>y</a>")), format!("<a>{cut}y</a>"));
        assert_eq!(pass(&format!("<a><b xmlns:{name}='1'/>y</a>")), format!("<a>{cut}y</a>"));
        assert_eq!(pass(&format!("<a xmlns:{name}='1'/><{name}/>")), "");
    }
}

#[test]
fn values_are_bounded() {
    let longest = "v".repeat(40);
    assert_eq!(pass(&format!("<a><b c=\"{longest}\"/></a>")), format!("<a><b c=\"{longest}\"/></a>"));
    assert_eq!(pass(&format!("<a><b c='{longest}&amp;'>x</b>y</a>")), format!("<a>{}y</a>", mark("value")));
    let escaped = "&quot;".repeat(40);
    assert_eq!(pass(&format!("<a><b c=\"{escaped}\"/></a>")), format!("<a><b c=\"{escaped}\"/></a>"));
}

#[test]
fn marks_of_one_kind_are_written_once_in_one_parent() {
    let (deep, value) = (mark("depth"), mark("value"));
    let long = "v".repeat(41);
    assert_eq!(
        pass(&format!("<a><b><c><d><e/><e/><e/></d><x y='{long}'/><x y='{long}'/></c></b></a>")),
        format!("<a><b><c><d>{deep}</d>{value}</c></b></a>")
    );
}

#[test]
fn a_stanza_over_its_bytes_becomes_a_stub() {
    let exactly = format!("<a>{}</a>", "x".repeat(393));
    assert_eq!(pass(&exactly), exactly);
    let over = "x".repeat(800);
    assert_eq!(
        pass(&format!(
            "<presence/><iq from='a' type='result' x='y' id='7' to=\"b'\"><q z=''>{over}</q></iq><presence/>"
        )),
        format!(
            "<presence/><iq xmlns=\"jabber:client\" type=\"result\" id=\"7\" from=\"a\" to=\"b'\">{}</iq><presence/>",
            mark("bytes")
        )
    );
    assert_eq!(
        pass(&format!("<p:x xmlns:p='u' p:id='1'>{over}</p:x>")),
        format!("<p:x xmlns:p=\"u\">{}</p:x>", mark("bytes"))
    );
    assert_eq!(refused(format!("<a>{}</a>", "x".repeat(5000))), Violation::TooLarge);
    assert_eq!(refused(format!("<a b='{}", "x".repeat(5000))), Violation::TooLarge);
    assert_eq!(refused(format!("<a {}", " ".repeat(5000))), Violation::TooLarge);
}

#[test]
fn a_stanza_that_grows_too_much_becomes_a_stub() {
    let most = "<".repeat(190);
    assert!(pass(&format!("<a><![CDATA[{most}]]></a>")).starts_with("<a>&lt;&lt;"));
    let over = "<".repeat(210);
    assert_eq!(
        pass(&format!("<a><![CDATA[{over}]]></a>")),
        format!("<a xmlns=\"jabber:client\">{}</a>", mark("bytes"))
    );
}

#[test]
fn a_stanza_whose_own_tag_breaks_a_bound_becomes_a_stub() {
    let long = "v".repeat(41);
    assert_eq!(
        pass(&format!("<iq x='{long}' id='1'><b/></iq><a/>")),
        format!("<iq xmlns=\"jabber:client\" id=\"1\">{}</iq><a/>", mark("value"))
    );
    assert_eq!(
        pass("<iq a='' b='' c='' d='' e='' f='' id='1' id2='' xmlns='u'/><a/>"),
        format!("<iq xmlns=\"u\" id=\"1\">{}</iq><a/>", mark("attributes"))
    );
    // What its name means is not certain, so nothing is let through.
    assert_eq!(pass("<iq xmlns:a='1' xmlns:b='2' xmlns:c='3' xmlns='u'/><a/>"), "<a/>");
    assert_eq!(pass("<bbbbbbbbbbbbbbbbb/><a/>"), "<a/>");
    assert_eq!(pass(&format!("<iq xmlns='{long}' id='1'/><a/>")), "<a/>");
}

#[test]
fn cuts_are_counted() {
    let mut guard = Guard::new(limits());
    let input = format!("{HEADER}<a><b><c><d><e>12</e></d></c></b></a><a>{}</a>", "x".repeat(500));
    let (_, result) = feed(&mut guard, input.as_bytes(), 9);
    assert_eq!(result, Ok(()));
    assert_eq!(guard.cuts(), Cuts { stubs: 1, parts: 1, bytes: 9 + 507, violations: 0 });
}

#[test]
fn streams_elements_inside_a_stanza_have_no_effect() {
    let cut = mark("stream");
    for inner in [
        "<stream:stream>x</stream:stream>",
        "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>evil</see-other-host></stream:error>",
        "<stream xmlns='http://etherx.jabber.org/streams'/>",
        "<s:features xmlns:s='http://etherx.jabber.org/streams'/>",
    ] {
        assert_eq!(pass(&format!("<message>{inner}</message>")), format!("<message>{cut}</message>"));
    }
}

#[test]
fn a_mark_from_outside_is_not_believed() {
    let forged = mark("forged");
    assert_eq!(pass("<iq><cut xmlns='urn:cirrus:cut' bound='bytes'/></iq>"), format!("<iq>{forged}</iq>"));
    assert_eq!(
        pass("<iq xmlns:f='urn:cirrus:cut'><f:x/></iq>"),
        format!("<iq xmlns:f=\"urn:cirrus:cut\">{forged}</iq>")
    );
    assert_eq!(refused("<cut xmlns='urn:cirrus:cut'/>"), Violation::Restricted);
}

#[test]
fn a_stream_restarts_after_sasl() {
    let bare = HEADER.strip_prefix("<?xml version=\"1.0\"?>").unwrap();
    for between in ["", "\n"] {
        for header in [HEADER, bare] {
            let (text, result) = stream(format!("{HEADER}{SUCCESS}{between}{header}<iq/>").as_bytes());
            assert_eq!((text, result), (format!("{HEADER}{SUCCESS}{header}<iq/>"), Ok(())));
        }
    }
    // Prefixes of the old stream are forgotten.
    let other = "<s:stream xmlns:s=\"http://etherx.jabber.org/streams\" id=\"2\">";
    let (text, result) = stream(format!("{HEADER}{SUCCESS}{other}<iq/><stream:features/>").as_bytes());
    assert_eq!((text, result), (format!("{HEADER}{SUCCESS}{other}<iq/>"), Ok(())));
    // And the new stream ends with its own name.
    let (text, result) = stream(format!("{HEADER}{SUCCESS}{other}</s:stream>").as_bytes());
    assert_eq!((text, result), (format!("{HEADER}{SUCCESS}{other}</s:stream>"), Ok(())));
}

#[test]
fn a_stream_restarts_after_a_declaration_or_when_told() {
    let (text, result) = stream(format!("{HEADER}<iq/>{HEADER}<iq/>").as_bytes());
    assert_eq!((text, result), (format!("{HEADER}<iq/>{HEADER}<iq/>"), Ok(())));

    let bare = HEADER.strip_prefix("<?xml version=\"1.0\"?>").unwrap();
    let mut guard = Guard::new(limits());
    assert!(feed(&mut guard, format!("{HEADER}<iq/>").as_bytes(), 5).1.is_ok());
    guard.restart();
    assert_eq!(feed(&mut guard, format!("{bare}<iq/>").as_bytes(), 5), (format!("{bare}<iq/>"), Ok(())));
}

#[test]
fn a_stream_header_elsewhere_is_refused() {
    let bare = HEADER.strip_prefix("<?xml version=\"1.0\"?>").unwrap();
    assert_eq!(refused(bare), Violation::Restricted);
    assert_eq!(refused_after(&format!("{SUCCESS}<presence/>"), bare), Violation::Restricted);
    assert_eq!(refused(format!("<message>{HEADER}")), Violation::NotWellFormed);
    assert_eq!(refused_after("</stream:stream>", HEADER), Violation::NotWellFormed);
    assert_eq!(refused_after("</stream:stream>", "<iq/>"), Violation::NotWellFormed);
}

#[test]
fn only_a_stream_header_begins_a_stream() {
    for root in ["<a/>", "<stream xmlns='jabber:client'>", "<stream:stream xmlns:stream='u'>", "<stream:stream>"] {
        assert_eq!(stream(root.as_bytes()), (String::new(), Err(Violation::BadNamespace)), "{root}");
    }
    let padded = format!("<stream xmlns='http://etherx.jabber.org/streams' {}>", " ".repeat(400));
    assert_eq!(stream(padded.as_bytes()), (String::new(), Err(Violation::TooLarge)));
    let many = "<stream xmlns='http://etherx.jabber.org/streams' a='' b='' c='' d='' e='' f=''>";
    assert_eq!(stream(many.as_bytes()), (String::new(), Err(Violation::TooLarge)));
    let empty = "<stream xmlns=\"http://etherx.jabber.org/streams\"/>";
    let written = "<stream xmlns=\"http://etherx.jabber.org/streams\"></stream>";
    assert_eq!(stream(empty.as_bytes()), (written.to_owned(), Ok(())));
}

#[test]
fn what_xmpp_forbids_is_refused() {
    for input in
        ["<!-- c -->", "<a><!-- c --></a>", "<?p i?>", "<a><?p i?></a>", "<!DOCTYPE a>", "<?xml-x ?>", "<?XML?>"]
    {
        assert_eq!(refused(input), Violation::Restricted, "{input}");
    }
    for declaration in ["version='1.1'", "version='1.0' encoding='iso-8859-1'", "version='1.0' encoding='utf-16'"] {
        let (text, result) = stream(format!("<?xml {declaration}?><a/>").as_bytes());
        assert_eq!((text.as_str(), result), ("", Err(Violation::Restricted)), "{declaration}");
    }
    for declaration in ["", "version=1.0", "encoding='utf-8'", "version='1.0'encoding='utf-8'", "version='1.0' x='y'"] {
        let (text, result) = stream(format!("<?xml {declaration}?><a/>").as_bytes());
        assert_eq!((text.as_str(), result), ("", Err(Violation::NotWellFormed)), "{declaration}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for input in [
        "text",
        "<![CDATA[x]]>",
        "&lt;",
        "<a></b>",
        "<a></a b>",
        "<a b/>",
        "<a b=c/>",
        "<a b='c'd='e'/>",
        "<a b='<'/>",
        "<a b='1' b='2'/>",
        "<a/ >",
        "< a/>",
        "<a",
        "<1/>",
        "<a>&nbsp;</a>",
        "<a>&amp</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#xFFFE;</a>",
        "<a>&#x110000;</a>",
        "<a>&#+65;</a>",
        "<a>&#;</a>",
        "<a>&#x;</a>",
        "<a>&#X41;</a>",
        "<a>& </a>",
        "<a>]]></a>",
        "<a>\u{1}</a>",
        "<a>\u{FFFE}</a>",
        "<a b='\u{FFFF}'/>",
        "<a><![CDATA[\u{0}]]></a>",
        "<a\u{FFFE}/>",
        "<a>&lt</a>",
        "<!ELEMENT a>",
        "<a><![cdata[]]></a>",
        "</a>",
        "<a></ a></a>",
        "<a><?xml version='1.0'?></a>",
        "<a b='&x;'/>",
        "<a \u{B7}='1'/>",
        "\u{FEFF}",
    ] {
        let input = if input == "<a" { "<a<" } else { input };
        assert_eq!(refused(input), Violation::NotWellFormed, "{input}");
    }
    for bytes in [
        &b"<a>\xFF</a>"[..],
        b"<a>\xC0\xBC</a>",
        b"<a>\xED\xA0\x80</a>",
        b"<a>\xF4\x90\x80\x80</a>",
        b"<a>\xE2\x82</a>",
        b"<a b='\xC3'/>",
    ] {
        assert_eq!(refused(bytes), Violation::NotWellFormed, "{bytes:?}");
    }
}

/// ejabberd 23.01 takes declarations away from start tags and leaves the prefixes below.
#[test]
fn a_lost_declaration_costs_the_element_and_not_the_stream() {
    let cut = mark("prefix");
    assert_eq!(pass("<m><a p:b=''/><c/></m><n/>"), format!("<m>{cut}<c/></m><n/>"));
    assert_eq!(pass("<m><p:a><q/></p:a><c/></m><n/>"), format!("<m>{cut}<c/></m><n/>"));
    assert_eq!(pass("<m p:b=''><c/></m><n/>"), "<n/>");
}

#[test]
fn namespaces_are_checked() {
    for input in [
        "<p:a/>",
        "<a p:b=''/>",
        "<a xmlns:p=''/>",
        "<a xmlns:xmlns='u'/>",
        "<a xmlns:xml='u'/>",
        "<xmlns:a/>",
        "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>",
        "<:a/>",
        "<a:/>",
        "<a:b:c xmlns:a='u'/>",
        "<a xmlns:='u'/>",
        "<a xmlns:p='u' p:1=''/>",
        "<a :b=''/>",
        "<x><a xmlns:xmlns='http://www.w3.org/2000/xmlns/'/></x>",
    ] {
        let (text, result) = stream(format!("{HEADER}{input}").as_bytes());
        // Nothing of it is let through, whether or not the stream goes on.
        assert_eq!(text, HEADER, "{input}");
        assert!(matches!(result, Ok(()) | Err(Violation::BadNamespace)), "{input}: {result:?}");
    }
    assert_eq!(pass("<a xmlns:p='u'><b/></a><p:c/><d/>"), "<a xmlns:p=\"u\"><b/></a><d/>", "a scope ends");
    assert_eq!(
        pass("<xml:a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>"),
        "<xml:a xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"/>"
    );
    assert_eq!(
        pass("<a xmlns:p='u' xmlns:q='v' p:b='' q:b='' b=''/>"),
        "<a xmlns:p=\"u\" xmlns:q=\"v\" p:b=\"\" q:b=\"\" b=\"\"/>"
    );
    assert_eq!(pass("<a xmlns='u' xmlns:p='u' p:b='' b=''/>"), "<a xmlns=\"u\" xmlns:p=\"u\" p:b=\"\" b=\"\"/>");
}
