//! Data forms, XEP-0004: read strictly, written plainly.

use std::collections::BTreeMap;

use minidom::Element;

use super::stanza::{StanzaError, attribute};
use crate::xml::writer::escape_text;

/// The namespace of data forms.
pub const DATA: &str = "jabber:x:data";
/// The most fields a submitted form may have.
const FIELDS: usize = 64;
/// The most values one field may have.
const VALUES: usize = 64;

/// What came back in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The fields with their values, without FORM_TYPE.
    Submit(BTreeMap<String, Vec<String>>),
    /// The person chose to leave things as they are.
    Cancel,
}

/// Reads a submitted form, which must be of the given FORM_TYPE (XEP-0068).
pub fn read(form: &Element, form_type: &str) -> Result<Answer, StanzaError> {
    let bad = |why: &str| StanzaError::new("bad-request").text(why);
    if !form.is("x", DATA) {
        return Err(bad("A data form is expected here."));
    }
    match form.attr("type") {
        Some("submit") => {}
        Some("cancel") => return Ok(Answer::Cancel),
        _ => return Err(bad("The form's type is neither submit nor cancel.")),
    }
    let mut fields = BTreeMap::new();
    let mut found_type = None;
    for field in form.children().filter(|child| child.is("field", DATA)) {
        let name = field.attr("var").ok_or_else(|| bad("A field has no name."))?;
        let values: Vec<String> = field
            .children()
            .filter(|child| child.is("value", DATA))
            .map(|value| value.text())
            .take(VALUES + 1)
            .collect();
        if values.len() > VALUES || fields.len() >= FIELDS {
            return Err(StanzaError::new("resource-constraint").text("The form is too large."));
        }
        if name == "FORM_TYPE" {
            found_type = values.into_iter().next();
        } else if fields.insert(name.to_owned(), values).is_some() {
            return Err(bad("A field occurs twice."));
        }
    }
    match found_type {
        // XEP-0068 allows a submission without the type where the context tells; many clients use that.
        None => Ok(Answer::Submit(fields)),
        Some(found) if found == form_type => Ok(Answer::Submit(fields)),
        Some(_) => Err(bad("The form is of another type.")),
    }
}

/// How a field is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Yes or no.
    Boolean,
    /// One line.
    Line,
    /// One of several options.
    Choice(&'static [&'static str]),
    /// One line that is not shown while typed.
    Private,
    /// An address.
    Address,
    /// Several addresses.
    Addresses,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Boolean => "boolean",
            Kind::Line => "text-single",
            Kind::Choice(_) => "list-single",
            Kind::Private => "text-private",
            Kind::Address => "jid-single",
            Kind::Addresses => "jid-multi",
        }
    }
}

/// Starts a form of the type `form` or `result`.
pub fn open(kind: &str, form_type: &str, out: &mut String) {
    out.push_str("<x xmlns='jabber:x:data'");
    attribute("type", kind, out);
    out.push_str("><field var='FORM_TYPE' type='hidden'><value>");
    escape_text(form_type, out);
    out.push_str("</value></field>");
}

/// Writes one field.
pub fn field(name: &str, kind: Kind, label: Option<&str>, values: &[&str], out: &mut String) {
    out.push_str("<field");
    attribute("var", name, out);
    attribute("type", kind.word(), out);
    if let Some(label) = label {
        attribute("label", label, out);
    }
    out.push('>');
    if let (Kind::Private, true) = (kind, values.is_empty()) {
        out.push_str("<required/>");
    }
    for value in values {
        out.push_str("<value>");
        escape_text(value, out);
        out.push_str("</value>");
    }
    if let Kind::Choice(options) = kind {
        for option in options {
            out.push_str("<option><value>");
            escape_text(option, out);
            out.push_str("</value></option>");
        }
    }
    out.push_str("</field>");
}

/// Ends a form.
pub fn close(out: &mut String) {
    out.push_str("</x>");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(text: &str) -> Result<Answer, StanzaError> {
        read(&text.parse().unwrap(), "urn:test")
    }

    #[test]
    fn forms_are_read_strictly() {
        let good = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:test</value></field>\
                    <field var='a'><value>1</value><value>2</value></field><field var='b'/></x>";
        let Ok(Answer::Submit(fields)) = parse(good) else { panic!() };
        assert_eq!(fields["a"], ["1", "2"]);
        assert!(fields["b"].is_empty());
        assert_eq!(parse("<x xmlns='jabber:x:data' type='cancel'/>"), Ok(Answer::Cancel));
        for bad in [
            "<x xmlns='jabber:x:data'/>",
            "<x xmlns='urn:other' type='submit'/>",
            "<x xmlns='jabber:x:data' type='submit'><field><value>1</value></field></x>",
            "<x xmlns='jabber:x:data' type='submit'><field var='a'/><field var='a'/></x>",
            "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:x</value></field></x>",
        ] {
            assert_eq!(parse(bad).unwrap_err().condition, "bad-request", "{bad}");
        }
    }
}
