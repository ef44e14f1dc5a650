#!/usr/bin/python3
"""Plays a person with w3m on a terminal: steps come as JSON on standard input, one list of [what, argument].

  wait TEXT   until the screen has shown TEXT since the last step that changed it
  goto URL    opens an address
  field LABEL=VALUE   goes to the text field behind LABEL and writes VALUE
  text LABEL=VALUE    the same for a field of several lines (w3m starts an editor for it)
  press NAME  presses the button or follows the link that NAME, a regular expression, finds first
  send -      presses the button behind the field that was written last
"""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time

PATIENCE = 30
config, steps = json.load(sys.stdin)
home = tempfile.mkdtemp()
written = os.path.join(home, "written")
editor = os.path.join(home, "editor")
with open(editor, "w") as script:
    script.write('#!/bin/sh\ncat "%s" > "$1"\n' % written)
os.chmod(editor, 0o755)

child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    os.environ.update(HOME=home, TERM="xterm", LANG="C.UTF-8", EDITOR=editor)
    os.execvp("w3m", ["w3m", "-o", "use_cookie=1", "-o", "accept_cookie=1", "-o", "accept_bad_cookie=1",
                      "-o", "confirm_qq=0", "-o", "display_image=0", "-o", "editor=" + editor, config["url"]])

seen = ""


def solid(text):
    """Without any white space: on a terminal, words are put in their places by moving the cursor."""
    return "".join(text.split())


def plain(text):
    text = re.sub(r"\x1b\[(\d+;\d+)?H", "\n", text)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>78]|\x0f|\x0e", "", text)
    return text.replace("\r", "\n")


def take():
    global seen
    try:
        seen += os.read(terminal, 65536).decode("utf-8", "replace")
    except OSError:
        sys.exit("w3m has ended; it showed:\n%s" % plain(seen))


def read(until, what):
    """Takes in what the terminal shows until a condition on it holds."""
    deadline = time.monotonic() + PATIENCE
    while not until(plain(seen)):
        ready, _, _ = select.select([terminal], [], [], 1)
        if not ready and time.monotonic() < deadline:
            os.write(terminal, b"\x0c")  # draw all of the screen, not only what has changed
            continue
        if not ready:
            sys.exit("w3m does not show %r; it shows:\n%s" % (what, plain(seen)))
        take()


def quiet():
    """Takes in what comes until nothing more has come for a moment: w3m has drawn its screen and waits for a key."""
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.4)
        if not ready:
            return
        take()


def keys(text):
    os.write(terminal, text.encode())


def find(text):
    """To the first place that says so, from the top of the page."""
    quiet()
    keys("g")
    quiet()
    keys("/" + text + "\r")
    quiet()


def fresh():
    global seen
    quiet()
    seen = ""


for what, argument in steps:
    if what == "wait":
        read(lambda shown: solid(argument) in solid(shown), argument)
    elif what == "goto":
        fresh()
        keys("U")
        quiet()
        keys("\x15" + argument + "\r")
    elif what == "field":
        label, value = argument.split("=", 1)
        find(label)
        keys("\t\r")
        quiet()
        keys("\x15" + value + "\r")
        quiet()
    elif what == "text":
        label, value = argument.split("=", 1)
        with open(written, "w") as text:
            text.write(value)
        find(label)
        keys("\t\r")
        quiet()
    elif what == "send":
        quiet()
        seen = ""
        keys("\t\r")
    elif what == "press":
        find(argument)
        seen = ""
        keys("\r")
    else:
        sys.exit("unknown step " + what)
os.kill(child, signal.SIGTERM)
print(plain(seen))
