//! The forms of XEP-0077 In-Band Registration, older fields and data forms (XEP-0004): read and filled in, no I/O.

use std::collections::BTreeMap;

use minidom::Element;
use rxml::xml_ncname;

const REGISTER: &str = "jabber:iq:register";
const FORMS: &str = "jabber:x:data";
const OOB: &str = "jabber:x:oob";
const MEDIA: &str = "urn:xmpp:media-element";
const CAPTCHA: &str = "urn:xmpp:captcha";

/// More fields than this make a form unusable.
const MOST_FIELDS: usize = 32;
/// More choices of one field are not shown.
const MOST_OPTIONS: usize = 100;
/// Longer labels and values are refused, in bytes; longer instructions are cut, in characters.
const LONGEST: usize = 4096;
/// Longer labels are cut, in characters.
const LONGEST_LABEL: usize = 300;

/// The fields of the older form, with a label of ours (XEP-0077 §14.1 defines the names).
const LEGACY: [(&str, &str); 17] = [
    ("username", "User name"),
    ("password", "Password"),
    ("email", "E-mail address"),
    ("nick", "Nickname"),
    ("name", "Full name"),
    ("first", "First name"),
    ("last", "Family name"),
    ("address", "Street"),
    ("city", "City"),
    ("state", "State"),
    ("zip", "Postal code"),
    ("phone", "Telephone"),
    ("url", "Web page"),
    ("date", "Date"),
    ("misc", "Other"),
    ("text", "Text"),
    ("key", "Key"),
];

/// What a server wants to know from a new member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationForm {
    /// The server's own words, plain text, at most 4,096 characters; may be empty.
    pub instructions: String,
    /// In the server's order, at most 32.
    pub fields: Vec<Field>,
    /// A page of the server where one can register too: `http` or `https`.
    pub page: Option<String>,
    style: Style,
}

/// How the answers are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Legacy,
    Form,
}

/// One question of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The server's name for it.
    pub name: String,
    /// What to show; never empty except for [`FieldKind::Hidden`].
    pub label: String,
    /// How to ask.
    pub kind: FieldKind,
    /// Whether the server insists.
    pub required: bool,
    /// What the server suggests; for [`FieldKind::Fixed`] the text to show, for [`FieldKind::Boolean`] `1` or `0`.
    pub value: String,
}

/// How a field is asked for (XEP-0004 §3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// One line.
    Text,
    /// Several lines.
    Lines,
    /// One line that nobody else should see.
    Private,
    /// Yes or no.
    Boolean,
    /// One of these.
    Choice(Vec<Choice>),
    /// Not asked; goes back as it came.
    Hidden,
    /// Not asked; a text between the others.
    Fixed,
}

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What to show.
    pub label: String,
    /// What to send.
    pub value: String,
}

/// Why a form cannot be shown, or not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FormError {
    /// It has no question.
    Empty,
    /// It asks for something that cannot be shown here, such as the text in a picture.
    Unsupported,
    /// It sends people to this page.
    Elsewhere(String),
    /// A required field has no value, or not one of the choices; its label.
    Missing(String),
    /// A value is too long, or has control characters.
    Value,
}

/// Reads the server's form: the data form where there is one, else the older fields.
pub(super) fn read(query: &Element) -> Result<RegistrationForm, FormError> {
    let page = query.get_child("x", OOB).and_then(|oob| oob.get_child("url", OOB)).map(Element::text);
    let page = page.filter(|page| page.len() <= LONGEST).and_then(|page| url::Url::parse(&page).ok());
    let page = page.filter(|page| matches!(page.scheme(), "http" | "https")).map(String::from);
    let form = query.get_child("x", FORMS);
    let instructions = |element: &Element, namespace: &str| {
        let lines: Vec<String> =
            element.children().filter(|child| child.is("instructions", namespace)).map(Element::text).collect();
        cut(&lines.join("\n"), LONGEST)
    };
    let legacy = instructions(query, REGISTER);
    let read = match form {
        Some(form) => fields(form).map(|fields| {
            let own = instructions(form, FORMS);
            (if own.is_empty() { legacy } else { own }, fields, Style::Form)
        }),
        None => Some((legacy, older_fields(query), Style::Legacy)),
    };
    match (read, page) {
        (Some((instructions, fields, style)), page) if fields.iter().any(Field::is_asked) => {
            Ok(RegistrationForm { instructions, fields, page, style })
        }
        (_, Some(page)) => Err(FormError::Elsewhere(page)),
        (Some(_), None) => Err(FormError::Empty),
        (None, None) => Err(FormError::Unsupported),
    }
}

impl Field {
    /// Whether a person is to answer it.
    pub fn is_asked(&self) -> bool {
        !matches!(self.kind, FieldKind::Hidden | FieldKind::Fixed)
    }
}

fn older_fields(query: &Element) -> Vec<Field> {
    let mut fields = Vec::new();
    for child in query.children().filter(|child| child.has_ns(REGISTER)).take(MOST_FIELDS) {
        let Some((name, label)) = LEGACY.iter().find(|(name, _)| *name == child.name()) else { continue };
        let kind = match *name {
            "password" => FieldKind::Private,
            "key" => FieldKind::Hidden,
            _ => FieldKind::Text,
        };
        let (name, label) = ((*name).to_owned(), (*label).to_owned());
        if fields.iter().all(|field: &Field| field.name != name) {
            fields.push(Field { name, label, kind, required: true, value: cut(&child.text(), LONGEST) });
        }
    }
    fields
}

/// The fields of a data form (XEP-0004), or `None` if it asks for something that cannot be shown or sent back.
fn fields(form: &Element) -> Option<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    for child in form.children().filter(|child| child.is("field", FORMS)) {
        let name = child.attr("var").unwrap_or_default().to_owned();
        let values: Vec<String> =
            child.children().filter(|child| child.is("value", FORMS)).map(Element::text).collect();
        let value = values.join("\n");
        let required = child.get_child("required", FORMS).is_some();
        let kind = match child.attr("type").unwrap_or("text-single") {
            "hidden" => FieldKind::Hidden,
            "fixed" => FieldKind::Fixed,
            "text-private" => FieldKind::Private,
            "text-multi" => FieldKind::Lines,
            "boolean" => FieldKind::Boolean,
            "list-single" => FieldKind::Choice(options(child)),
            "text-single" | "jid-single" => FieldKind::Text,
            _ if !required => continue,
            _ => return None,
        };
        let fixed = kind == FieldKind::Fixed;
        let pictured = child.get_child("media", MEDIA).is_some();
        let captcha = name == "FORM_TYPE" && value == CAPTCHA;
        let long = value.len() > LONGEST || name.len() > LONGEST || fields.len() == MOST_FIELDS;
        if (pictured && required) || captcha || long || (name.is_empty() && !fixed) {
            return None;
        }
        let twice = !fixed && fields.iter().any(|field| field.name == name);
        if twice {
            return None;
        }
        let known = LEGACY.iter().find(|(legacy, _)| *legacy == name).map(|(_, label)| *label);
        let label = child.attr("label").filter(|label| !label.trim().is_empty()).or(known).unwrap_or(&name);
        let label = cut(label, LONGEST_LABEL);
        let value = match kind {
            FieldKind::Boolean => (if matches!(value.as_str(), "1" | "true") { "1" } else { "0" }).to_owned(),
            _ => value,
        };
        fields.push(Field { name, label, kind, required, value });
    }
    Some(fields)
}

fn options(field: &Element) -> Vec<Choice> {
    let options = field.children().filter(|child| child.is("option", FORMS)).take(MOST_OPTIONS);
    options
        .filter_map(|option| {
            let value = option.get_child("value", FORMS)?.text();
            let label = cut(option.attr("label").unwrap_or(&value), LONGEST_LABEL);
            (value.len() <= LONGEST).then_some(Choice { label, value })
        })
        .collect()
}

/// The query that answers a form.
pub(super) fn fill(form: &RegistrationForm, values: &BTreeMap<String, String>) -> Result<Element, FormError> {
    let mut query = Element::builder("query", REGISTER).build();
    let mut submit = Element::builder("x", FORMS).attr(xml_ncname!("type").to_owned(), "submit").build();
    for field in form.fields.iter().filter(|field| field.kind != FieldKind::Fixed) {
        let given = values.get(&field.name).map(String::as_str).unwrap_or_default();
        let value = match &field.kind {
            FieldKind::Hidden => field.value.as_str(),
            FieldKind::Boolean => match given {
                "1" | "true" | "on" | "yes" => "1",
                _ => "0",
            },
            FieldKind::Choice(choices) if !given.is_empty() && choices.iter().all(|choice| choice.value != given) => {
                return Err(FormError::Missing(field.label.clone()));
            }
            _ => given,
        };
        if value.is_empty() && field.required && field.is_asked() {
            return Err(FormError::Missing(field.label.clone()));
        }
        if value.len() > LONGEST || value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(FormError::Value);
        }
        match form.style {
            Style::Legacy => {
                query.append_child(Element::builder(field.name.as_str(), REGISTER).append(value).build());
            }
            Style::Form if value.is_empty() => {}
            Style::Form => {
                let mut answer =
                    Element::builder("field", FORMS).attr(xml_ncname!("var").to_owned(), field.name.as_str()).build();
                if field.kind == FieldKind::Hidden {
                    answer.set_attr(rxml::Namespace::NONE, xml_ncname!("type").to_owned(), "hidden");
                }
                let lines = if field.kind == FieldKind::Lines { value.lines().collect() } else { vec![value] };
                for line in lines {
                    answer.append_child(Element::builder("value", FORMS).append(line).build());
                }
                submit.append_child(answer);
            }
        }
    }
    if form.style == Style::Form {
        query.append_child(submit);
    }
    Ok(query)
}

pub(super) fn cut(text: &str, characters: usize) -> String {
    text.trim().chars().take(characters).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn query(inside: &str) -> Element {
        format!("<query xmlns='jabber:iq:register'>{inside}</query>").parse().unwrap()
    }

    fn answers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn older_fields_are_read_and_answered() {
        let form = read(&query("<instructions>Choose.</instructions><username/><password/><email/><key>k1</key><x/>"));
        let form = form.unwrap();
        assert_eq!(form.instructions, "Choose.");
        let names: Vec<_> = form.fields.iter().map(|field| (field.name.as_str(), &field.kind)).collect();
        assert_eq!(
            names,
            [
                ("username", &FieldKind::Text),
                ("password", &FieldKind::Private),
                ("email", &FieldKind::Text),
                ("key", &FieldKind::Hidden)
            ]
        );
        let missing = fill(&form, &answers(&[("username", "a"), ("password", "b")]));
        assert_eq!(missing, Err(FormError::Missing("E-mail address".to_owned())));
        let all = answers(&[("username", "a"), ("password", "<b>&"), ("email", "a@b.example"), ("admin", "yes")]);
        let filled = fill(&form, &all).unwrap();
        assert_eq!(
            filled,
            query("<username>a</username><password>&lt;b&gt;&amp;</password><email>a@b.example</email><key>k1</key>")
        );
        let evil = answers(&[("username", "a\u{0}"), ("password", "b"), ("email", "c")]);
        assert_eq!(fill(&form, &evil), Err(FormError::Value));
    }

    #[test]
    fn a_data_form_is_preferred_and_its_hidden_fields_go_back() {
        let form = read(&query(
            "<instructions>Old.</instructions><username/><x xmlns='jabber:x:data' type='form'>\
             <instructions>New.</instructions><field type='hidden' var='FORM_TYPE'><value>jabber:iq:register</value></field>\
             <field type='fixed'><value>Hello</value></field>\
             <field type='text-single' var='username' label='Name'><required/></field>\
             <field type='text-private' var='password'><required/></field>\
             <field type='list-single' var='plan'><value>s</value><option label='Small'><value>s</value></option>\
             <option><value>l</value></option></field>\
             <field type='boolean' var='rules'><value>true</value></field>\
             <field type='list-multi' var='skipped'/></x>",
        ));
        let form = form.unwrap();
        assert_eq!(form.instructions, "New.");
        assert_eq!(form.fields.len(), 6);
        assert_eq!(form.fields[3].label, "Password");
        assert_eq!(form.fields[5].value, "1");
        let chosen = answers(&[("username", "a"), ("password", "b"), ("plan", "xl")]);
        assert_eq!(fill(&form, &chosen), Err(FormError::Missing("plan".to_owned())));
        let chosen = answers(&[("username", "a"), ("password", "b"), ("plan", "l"), ("FORM_TYPE", "forged")]);
        assert_eq!(
            fill(&form, &chosen).unwrap(),
            query(
                "<x xmlns='jabber:x:data' type='submit'>\
                 <field type='hidden' var='FORM_TYPE'><value>jabber:iq:register</value></field>\
                 <field var='username'><value>a</value></field><field var='password'><value>b</value></field>\
                 <field var='plan'><value>l</value></field><field var='rules'><value>0</value></field></x>"
            )
        );
    }

    #[test]
    fn pictures_and_other_pages_are_said_plainly() {
        let captcha = "<x xmlns='jabber:x:data' type='form'>\
             <field type='hidden' var='FORM_TYPE'><value>urn:xmpp:captcha</value></field>\
             <field type='text-single' var='ocr'><media xmlns='urn:xmpp:media-element'/><required/></field></x>";
        assert_eq!(read(&query(captcha)), Err(FormError::Unsupported));
        let page = format!("{captcha}<x xmlns='jabber:x:oob'><url>https://example.org/register</url></x>");
        assert_eq!(read(&query(&page)), Err(FormError::Elsewhere("https://example.org/register".to_owned())));
        let script = "<x xmlns='jabber:x:oob'><url>javascript:alert(1)</url></x>";
        assert_eq!(read(&query(script)), Err(FormError::Empty));
        assert_eq!(read(&query("")), Err(FormError::Empty));
        let endless: String = (0..40).map(|n| format!("<field var='f{n}'/>")).collect();
        let endless = format!("<x xmlns='jabber:x:data' type='form'>{endless}</x>");
        assert_eq!(read(&query(&endless)), Err(FormError::Unsupported));
    }
}
