"""A foreign client (slixmpp) against the home server: signs in, publishes, subscribes, reads pages."""

import asyncio
import sys
import xml.etree.ElementTree as ET

import slixmpp

ATOM = "http://www.w3.org/2005/Atom"
RSM = "http://jabber.org/protocol/rsm"


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password="secret"):
        super().__init__(jid, password)
        for plugin in ("xep_0004", "xep_0030", "xep_0059", "xep_0060", "xep_0115", "xep_0163", "xep_0198", "xep_0199"):
            self.register_plugin(plugin)
        self["feature_mechanisms"].unencrypted_scram = True
        self["feature_mechanisms"].unencrypted_plain = True
        self.ready = asyncio.get_event_loop().create_future()
        self.events = asyncio.Queue()
        self.add_event_handler("session_start", self.begin)
        self.add_event_handler("failed_auth", lambda _: self.ready.set_exception(RuntimeError("refused")))
        self.add_event_handler("pubsub_publish", self.events.put_nowait)

    async def begin(self, _):
        self.send_presence()
        await self.get_roster()
        self.ready.set_result(None)


async def sign_in(jid, port):
    client = Client(jid)
    client.connect(("127.0.0.1", port), use_ssl=False, force_starttls=False, disable_starttls=True)
    await asyncio.wait_for(client.ready, 15)
    return client


def entry(title):
    element = ET.Element("{%s}entry" % ATOM)
    ET.SubElement(element, "{%s}title" % ATOM).text = title
    return element


async def main(port, domain):
    alice = await sign_in("alice@%s/slix" % domain, port)
    bob = await sign_in("bob@%s/slix" % domain, port)
    print("signed in")

    alice.update_roster("bob@" + domain, name="Bob", groups=["friends"])
    await alice.get_roster()
    assert alice.client_roster["bob@" + domain]["name"] == "Bob"
    print("roster")

    items = await alice["xep_0030"].get_items(jid=domain)
    addresses = {item[0] for item in items["disco_items"]["items"]}
    service = "pubsub." + domain
    assert service in addresses and "comments." + domain in addresses, addresses
    info = await alice["xep_0030"].get_info(jid=service)
    assert any(one[:2] == ("pubsub", "service") for one in info["disco_info"]["identities"])
    print("disco")

    form = alice["xep_0004"].make_form(ftype="submit")
    form.add_field(var="FORM_TYPE", ftype="hidden", value="http://jabber.org/protocol/pubsub#node_config")
    form.add_field(var="pubsub#title", value="Gardens")
    await alice["xep_0060"].create_node(service, "gardens", config=form)
    print("created")

    await bob["xep_0060"].subscribe(service, "gardens", bare=True)
    for number in range(7):
        await alice["xep_0060"].publish(service, "gardens", id="post-%d" % number, payload=entry("Post %d" % number))
    print("published")

    for number in range(7):
        message = await asyncio.wait_for(bob.events.get(), 10)
        item = message["pubsub_event"]["items"]["item"]
        assert item["id"] == "post-%d" % number and message["type"] == "headline"
        assert item["publisher"] == "alice@" + domain, item
        assert item["payload"].find("{%s}title" % ATOM).text == "Post %d" % number
    print("events")

    request = bob.make_iq_get(ito=service)
    request["pubsub"]["items"]["node"] = "gardens"
    page = ET.SubElement(request["pubsub"].xml, "{%s}set" % RSM)
    ET.SubElement(page, "{%s}max" % RSM).text = "3"
    ET.SubElement(page, "{%s}before" % RSM)
    answer = await request.send()
    ids = [item["id"] for item in answer["pubsub"]["items"]]
    assert ids == ["post-4", "post-5", "post-6"], ids
    page = answer["pubsub"].xml.find("{%s}set" % RSM)
    assert page.find("{%s}count" % RSM).text == "7"
    assert page.find("{%s}first" % RSM).get("index") == "4"
    newest = await bob["xep_0060"].get_items(service, "gardens", max_items=1)
    assert [item["id"] for item in newest["pubsub"]["items"]] == ["post-6"]
    print("pages")

    bob["xep_0163"].add_interest("urn:test:mood")
    await bob["xep_0115"].update_caps()
    # The server asks the client what the capabilities mean; until it knows, it sends nothing.
    for attempt in range(10):
        await bob["xep_0060"].publish(bob.boundjid.bare, "urn:test:mood", id="m", payload=entry("happy"))
        try:
            message = await asyncio.wait_for(bob.events.get(), 1)
            break
        except asyncio.TimeoutError:
            assert attempt < 9, "no event"
    assert message["pubsub_event"]["items"]["node"] == "urn:test:mood", message
    print("personal")

    await alice["xep_0060"].retract(service, "gardens", "post-3", notify=True)
    left = await bob["xep_0060"].get_items(service, "gardens")
    assert "post-3" not in [item["id"] for item in left["pubsub"]["items"]]
    await alice["xep_0060"].delete_node(service, "gardens")
    for client in (alice, bob):
        await client.disconnect()
    print("done")


asyncio.get_event_loop().run_until_complete(asyncio.wait_for(main(int(sys.argv[1]), sys.argv[2]), 50))
