//! What clients of the channel service say.

pub fn pubsub(inside: &str) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'>{inside}</pubsub>")
}

pub fn owner(inside: &str) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>{inside}</pubsub>")
}

pub fn register() -> &'static str {
    "<query xmlns='jabber:iq:register'/>"
}

pub fn create(node: &str, fields: &[(&str, &str)]) -> String {
    let fields: String =
        fields.iter().map(|(name, value)| format!("<field var='{name}'><value>{value}</value></field>")).collect();
    pubsub(&format!(
        "<create node='{node}'/><configure><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>\
         <value>http://jabber.org/protocol/pubsub#node_config</value></field>{fields}</x></configure>"
    ))
}

pub fn subscribe(node: &str, jid: &str) -> String {
    pubsub(&format!("<subscribe node='{node}' jid='{jid}'/>"))
}

pub fn unsubscribe(node: &str, jid: &str) -> String {
    pubsub(&format!("<unsubscribe node='{node}' jid='{jid}'/>"))
}

pub fn publish(node: &str, id: &str, content: &str) -> String {
    let entry = format!("<entry xmlns='http://www.w3.org/2005/Atom'>{content}</entry>");
    pubsub(&format!("<publish node='{node}'><item id='{id}'>{entry}</item></publish>"))
}

pub fn comment(parent: &str, text: &str) -> String {
    format!("<content>{text}</content><in-reply-to xmlns='http://purl.org/syndication/thread/1.0' ref='{parent}'/>")
}

pub fn rating(parent: &str) -> String {
    format!(
        "{}<target xmlns='http://activitystrea.ms/spec/1.0/'><id xmlns='http://www.w3.org/2005/Atom'>{parent}</id>\
         </target><rating xmlns='http://activitystrea.ms/schema/1.0/review'>5.0</rating>",
        comment(parent, "")
    )
}

pub fn retract(node: &str, id: &str) -> String {
    pubsub(&format!("<retract node='{node}' notify='1'><item id='{id}'/></retract>"))
}

pub fn items(node: &str) -> String {
    pubsub(&format!("<items node='{node}'/>"))
}

pub fn role(node: &str, jid: &str, role: &str) -> String {
    owner(&format!("<affiliations node='{node}'><affiliation jid='{jid}' affiliation='{role}'/></affiliations>"))
}

pub fn state(node: &str, jid: &str, state: &str) -> String {
    owner(&format!("<subscriptions node='{node}'><subscription jid='{jid}' subscription='{state}'/></subscriptions>"))
}

pub fn configure(node: &str, field: &str, value: &str) -> String {
    owner(&format!(
        "<configure node='{node}'><x xmlns='jabber:x:data' type='submit'><field var='{field}'><value>{value}</value>\
         </field></x></configure>"
    ))
}

pub fn info(node: &str) -> String {
    format!("<query xmlns='http://jabber.org/protocol/disco#info' node='{node}'/>")
}

/// The ids of the items in an answer, in their order.
pub fn ids(answer: &str) -> Vec<String> {
    let parts = answer.split("<item ").skip(1);
    let ids = parts.filter_map(|part| part.split_once("id=\"").or(part.split_once("id='")).map(|(_, rest)| rest));
    ids.filter_map(|rest| rest.split(['"', '\'']).next()).map(str::to_owned).collect()
}
