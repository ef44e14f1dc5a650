//! Reading by local name: the old servers put what they send into the wrong namespace, or into none.

use minidom::Element;

use crate::xmpp::pubsub::ResultSet;

/// How many fields are read of a form, and how many values of a field.
const MAX_FIELDS: usize = 200;

/// The children of a name.
pub fn children<'a>(parent: &'a Element, name: &'a str) -> impl Iterator<Item = &'a Element> {
    parent.children().filter(move |child| child.name() == name)
}

/// The first child of a name.
pub fn child<'a>(parent: &'a Element, name: &str) -> Option<&'a Element> {
    parent.children().find(|child| child.name() == name)
}

/// The text of the first child of a name, without the space around it; `None` if that is empty.
pub fn text(parent: &Element, name: &str) -> Option<String> {
    let text = child(parent, name)?.text();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// An attribute in whatever namespace, the one in none first.
///
/// COMPAT(buddycloud-server): in lists of followed channels the attributes have a prefix of their own.
pub fn attribute<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    let same = element.attrs().iter().filter(|((_, other), _)| other.as_str() == name);
    let (_, value) = same.min_by_key(|((namespace, _), _)| !namespace.as_str().is_empty())?;
    Some(value.as_str()).filter(|value| !value.is_empty())
}

/// The fields of a form, in order.
///
/// COMPAT(buddycloud-server-java): it names FORM_TYPE twice, and gives fields no namespace.
#[derive(Debug, Default)]
pub struct Fields<'a>(Vec<(&'a str, &'a Element)>);

impl<'a> Fields<'a> {
    /// Those that stand directly in an element.
    pub fn of(x: &'a Element) -> Self {
        let fields = children(x, "field").take(MAX_FIELDS);
        Fields(fields.filter_map(|field| Some((field.attr("var")?, field))).collect())
    }

    /// Those of all forms that stand directly in an element.
    pub fn of_forms(parent: &'a Element) -> Self {
        Fields(children(parent, "x").flat_map(|x| Fields::of(x).0).take(MAX_FIELDS).collect())
    }

    /// The value element of a field.
    pub fn value(&self, var: &str) -> Option<&'a Element> {
        self.0.iter().filter(|(name, _)| *name == var).find_map(|(_, field)| child(field, "value"))
    }

    /// The first value of a field that is not empty, without the space around it.
    pub fn get(&self, var: &str) -> Option<String> {
        let text = self.value(var)?.text();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// What the answer says about the part of a list that it gave (XEP-0059).
///
/// COMPAT(buddycloud-server-java): the parts of a set of replies are in the namespace of pubsub.
pub fn result_set(answer: &Element) -> Option<ResultSet> {
    let set = child(answer, "set")?;
    Some(ResultSet {
        first: text(set, "first"),
        index: child(set, "first").and_then(|first| first.attr("index")?.parse().ok()),
        last: text(set, "last"),
        count: text(set, "count").and_then(|count| count.parse().ok()),
    })
}
