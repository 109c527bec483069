#!/usr/bin/env python3
"""What the interoperability tests cannot say in sh.

mail.py ports N                  N free ports of 127.0.0.1
mail.py await ADDRESS PID        until PID answers at a port or unix socket
mail.py same SENT ADDED GOT...   the same bytes in each, but for the trace on
                                 top and the fields ADDED (a list with commas)
mail.py sender GOT ADDRESS       the envelope sender, from Return-Path
mail.py tokens PORT TOKEN USER   serve OAuth 2 introspection (RFC 7662)
mail.py meaning GOT              what a mail reader would show
"""

import email
import email.policy
import hashlib
import http.server
import json
import os
import re
import socket
import sys
import time
import urllib.parse

PATIENCE = 20  # seconds until a server must answer
TRACE = (b"return-path", b"x-original-to", b"delivered-to", b"envelope-to",
         b"delivery-date", b"received")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def fields_and_rest(message):
    """A list of whole fields with their folded lines, and what follows."""
    header, gap, body = message.partition(b"\n\n")
    if not gap:
        header, gap = message, b""
    fields = re.split(rb"\n(?![ \t])", header.rstrip(b"\n"))
    return [field + b"\n" for field in fields], gap[1:] + body


def name_of(field):
    return field.partition(b":")[0].strip().lower()


def ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0))
               for _ in range(int(count))]
    print(*(s.getsockname()[1] for s in sockets))
    for one in sockets:
        one.close()


def connect(address):
    """To a unix socket, or to a port where SMTP is spoken."""
    if address.startswith("/"):
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(address)
        return
    with socket.create_connection(("127.0.0.1", int(address)), 5) as one:
        if one.recv(4) != b"220 ":
            raise OSError("no greeting")


def wait_for(address, pid):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            sys.exit("it ended at once")
        try:
            return connect(address)
        except OSError:
            time.sleep(0.02)
    sys.exit(f"it did not answer at {address} within {PATIENCE} s")


def as_stored(message):
    """Line ends as in a mailbox; the last line is complete."""
    message = message.replace(b"\r\n", b"\n")
    return message if message.endswith(b"\n") else message + b"\n"


def same(sent, added, *files):
    want = as_stored(read(sent))
    for got in files:
        fields, rest = fields_and_rest(read(got))
        while fields and name_of(fields[0]) in TRACE:
            fields.pop(0)
        have = b"".join(without(fields, added)) + rest
        if have != want:
            at = len(os.path.commonprefix((have, want)))
            sys.exit(f"at byte {at} {have[at:at + 60]!r} should be "
                     f"{want[at:at + 60]!r}")


def without(fields, added):
    """The fields but those added, each of which must be there once."""
    for name in filter(None, added.lower().encode().split(b",")):
        count = sum(name_of(field) == name for field in fields)
        if count != 1:
            sys.exit(f"{count} {name.decode()} fields in the message")
        fields = [field for field in fields if name_of(field) != name]
    return fields


def sender(got, address):
    have = email.message_from_bytes(read(got))["Return-Path"]
    if have != f"<{address}>":
        sys.exit(f"the sender is {have}, should be <{address}>")


def meaning(got):
    message = email.message_from_bytes(read(got),
                                       policy=email.policy.default)
    for name in ("From", "To", "Cc", "Bcc", "Subject"):
        if name in message:
            print(f"{name}: {message[name]}")
    for part in message.walk():
        if part.get_filename():
            digest = hashlib.sha256(part.get_payload(decode=True)).hexdigest()
            print(f"attachment {part.get_filename()}: {digest}")
        elif part.get_content_maintype() == "text":
            print(part.get_content().rstrip("\n"))


def tokens(port, token, user):
    class Introspection(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            size = int(self.headers.get("Content-Length", 0))
            form = urllib.parse.parse_qs(self.rfile.read(size).decode())
            is_known = form.get("token") == [token]
            answer = {"active": is_known}
            if is_known:
                answer.update(username=user, scope="mail")
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Nothing: the token would be in it."""

    address = ("127.0.0.1", int(port))
    http.server.ThreadingHTTPServer(address, Introspection).serve_forever()


COMMANDS = {"ports": ports, "await": wait_for, "same": same,
            "sender": sender, "meaning": meaning, "tokens": tokens}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
