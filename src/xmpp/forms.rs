//! Data forms (XEP-0004, XEP-0068), as far as pubsub and disco use them: names and values.

use minidom::Element;

use super::element::{element, text_element};

/// The namespace of data forms.
pub const NS: &str = "jabber:x:data";

/// How many fields are read from a form, and how many values of a field.
const MAX_FIELDS: usize = 200;

/// The fields of a form that somebody sent, without labels and options.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    fields: Vec<(String, Vec<String>)>,
}

impl Form {
    /// Reads an `<x/>` element; what is not a field is passed over.
    pub fn read(x: &Element) -> Form {
        let field = |field: &Element| {
            let values = field.children().filter(|child| child.is("value", NS)).take(MAX_FIELDS);
            Some((field.attr("var")?.to_owned(), values.map(Element::text).collect()))
        };
        Form { fields: x.children().filter(|child| child.is("field", NS)).take(MAX_FIELDS).filter_map(field).collect() }
    }

    /// The forms that stand directly in an element.
    pub fn read_all(parent: &Element) -> Vec<Form> {
        parent.children().filter(|child| child.is("x", NS)).map(Form::read).collect()
    }

    /// The first value of a field; `None` if the field is absent, empty, or there twice.
    pub fn get(&self, var: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|(name, _)| name == var);
        let (_, values) = found.next()?;
        if found.next().is_some() {
            return None;
        }
        values.first().map(String::as_str)
    }

    /// Whether there is such a field, with or without a value.
    pub fn has(&self, var: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == var)
    }

    /// The kind of form (XEP-0068 §2).
    pub fn form_type(&self) -> Option<&str> {
        self.get("FORM_TYPE")
    }
}

/// A form to be submitted.
pub fn submit(form_type: &str, fields: &[(&str, &str)]) -> Element {
    let mut x = element("x", NS, &[("type", "submit")]);
    let kind = x.append_child(element("field", NS, &[("var", "FORM_TYPE"), ("type", "hidden")]));
    kind.append_child(text_element("value", NS, form_type));
    for (var, value) in fields {
        let field = x.append_child(element("field", NS, &[("var", var)]));
        field.append_child(text_element("value", NS, value));
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_submitted_reads_back() {
        let form = Form::read(&submit("urn:form", &[("a", "1"), ("b", "<&>")]));
        assert_eq!(form.form_type(), Some("urn:form"));
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), (Some("1"), Some("<&>"), None));
    }

    #[test]
    fn a_doubled_field_has_no_value() {
        let form = Form::read(&submit("urn:form", &[("a", "1"), ("a", "2")]));
        assert!(form.has("a"));
        assert_eq!(form.get("a"), None);
    }
}
