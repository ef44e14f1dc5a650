#!/usr/bin/python3
"""An XMPP client by other hands (slixmpp), driven by JSON lines.

A request is {"id": N, "client": C, "do": "...", ...}; the answer is {"id": N, "ok": ...} or {"id": N, "error": "..."}.
Messages that arrive are told as {"client": C, "message": "<message .../>"}, unasked; so are presences of people who
leave and of other clients of the same account.
"""
import asyncio
import json
import logging
import os
import sys
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream import tostring

clients = {}


def say(**words):
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


class Client(slixmpp.ClientXMPP):
    def __init__(self, number, address, password, authority, register):
        super().__init__(address, password)
        self.number = number
        self.outcome = asyncio.get_event_loop().create_future()
        if authority:
            self.ca_certs = authority
        self["feature_mechanisms"].unencrypted_plain = True
        self["feature_mechanisms"].unencrypted_scram = True
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0199")
        if register:
            self.register_plugin("xep_0077")
            self["xep_0077"].force_registration = True
            self.add_event_handler("register", self.on_register)
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("failed_all_auth", lambda _: self.end("the password was refused"))
        self.add_event_handler("connection_failed", lambda why: self.end("no connection: %s" % why))
        self.add_event_handler("disconnected", lambda why: self.end("disconnected: %s" % why))
        self.add_event_handler("presence", self.on_presence)
        self.remove_handler("IM")
        self.register_handler(Callback("every message", MatchXPath("{jabber:client}message"), self.on_message))

    async def on_register(self, _):
        iq = self.Iq()
        iq["type"] = "set"
        iq["register"]["username"] = self.boundjid.user
        iq["register"]["password"] = self.password
        try:
            await iq.send()
        except (IqError, IqTimeout) as error:
            self.end("registration refused: %s" % getattr(error, "condition", "timeout"))

    def on_start(self, _):
        self.send_presence()

    def on_presence(self, presence):
        # Only now does the server send messages here.
        if presence["from"] == self.boundjid and not self.outcome.done():
            self.outcome.set_result(str(self.boundjid))
        elif presence["type"] == "unavailable" or presence["from"].bare == self.boundjid.bare:
            self.on_message(presence)

    def end(self, why):
        if not self.outcome.done():
            self.outcome.set_exception(RuntimeError(why))

    def on_message(self, message):
        say(client=self.number, message=tostring(message.xml, top_level=True))


async def ask(client, request):
    iq = client.Iq()
    iq["type"] = request["type"]
    if request.get("to"):
        iq["to"] = request["to"]
    iq.append(ET.fromstring(request["xml"]))
    answer = await iq.send(timeout=30)
    return tostring(answer.xml, top_level=True)


async def perform(request):
    what, number = request["do"], request["client"]
    if what in ("sign_in", "register"):
        client = Client(number, request["address"], request["password"], request.get("authority"), what == "register")
        clients[number] = client
        encrypted = bool(request.get("authority"))
        client.connect((request.get("host", "127.0.0.1"), request["port"]), disable_starttls=not encrypted,
                       force_starttls=encrypted)
        return await asyncio.wait_for(client.outcome, 30)
    client = clients[number]
    if what == "iq":
        # ejabberd answers with an internal error when two clients change nodes at the same moment.
        for attempt in (1, 2, 3):
            try:
                return await ask(client, request)
            except IqError as error:
                if error.condition != "internal-server-error" or attempt == 3:
                    raise RuntimeError(error.condition)
            except IqTimeout:
                raise RuntimeError("no answer")
    if what == "send":
        client.send_raw(request["xml"])
        return True
    if what == "sign_out":
        await asyncio.wait_for(client.disconnect(), 10)
        del clients[number]
        return True
    raise RuntimeError("unknown request " + what)


async def serve(line):
    request = json.loads(line)
    try:
        say(id=request["id"], ok=await perform(request))
    except Exception as error:
        say(id=request["id"], error=str(error) or type(error).__name__)


async def main():
    reader = asyncio.StreamReader(limit=64 * 1024 * 1024)
    loop = asyncio.get_event_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = set()
    while line := await reader.readline():
        task = loop.create_task(serve(line))
        running.add(task)
        task.add_done_callback(running.discard)


logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # tasks of clients that tests left behind
asyncio.get_event_loop().run_until_complete(main())
os._exit(0)  # clients of tests that ended are not worth a farewell
