"""sink.py - an SMTP server in threads, that remembers what it has accepted

It listens on a free port of 127.0.0.1.  What it does to its clients is set by
its attributes, at any time; whatever it answers, it answers as a server may.
"""
import hashlib
import re
import socket
import threading
from dataclasses import dataclass

STAGES = ("connect", "greeting", "ehlo", "mail", "rcpt", "data", "body", "dot")


class Hangup(Exception):
    """The client has gone, or it is left alone."""


def body_digest(text):
    """The SHA-256 of what stands behind the header, line ends being CRLF."""
    text = re.sub(rb"\r?\n", b"\r\n", text)
    return hashlib.sha256(text.partition(b"\r\n\r\n")[2]).hexdigest()


def field(text, name):
    """The value of a header field, or an empty string."""
    pattern = rb"(?im)^" + name.encode() + rb":[ \t]*(.*?)\r?$"
    found = re.search(pattern, text)
    return found.group(1).decode() if found else ""


@dataclass(frozen=True)
class Arrival:
    """A message that a recipient was answered 250 for."""
    sender: str
    recipient: str
    text: bytes

    @property
    def message_id(self):
        return field(self.text.partition(b"\r\n\r\n")[0], "message-id")

    @property
    def digest(self):
        return body_digest(self.text)

    @property
    def is_notice(self):
        return self.sender == ""

    @property
    def about(self):
        """Of a notice: the Message-ID of what it reports."""
        return field(self.text.partition(b"\r\n\r\n")[2], "message-id")


class Sink:
    """The server.  Use as a context, or call close()."""

    def __init__(self):
        self.lock = threading.Lock()
        self.good()
        self.forget()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        # A thread in accept(2) would take connections of the next server
        # that has the descriptor.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def good(self):
        """Accept everything."""
        self.refused = frozenset()  # recipients that get 550
        self.deferred = frozenset()  # recipients that get 451
        self.drop = None  # the stage at which the connection ends
        self.loses_reply = False  # accept, and end before saying so
        # Called with a stage and the recipients; None, "drop" or a reply.
        self.chaos = None

    def forget(self):
        with self.lock:
            self.arrivals = []
            self.lost = []  # arrivals whose final reply was not sent
            self.sessions = 0

    def _listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,),
                             daemon=True).start()

    def _serve(self, connection):
        with self.lock:
            self.sessions += 1
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                _Session(self, connection).run()
            except (Hangup, OSError):
                pass


class _Session:
    """One connection."""

    def __init__(self, sink, connection):
        self.sink = sink
        self.connection = connection
        self.lines = connection.makefile("rb", 65536)
        self.sender = None
        self.recipients = []

    def run(self):
        self._stage("connect")
        if not self._stage("greeting"):
            self._say(b"220 sink ESMTP")
        while True:
            line = self._line().strip()
            verb = line.split(b" ")[0].split(b":")[0].upper()
            self._COMMANDS.get(verb, _Session._unknown)(self, line)

    def _chaos(self, name, recipients):
        return self.sink.chaos(name, recipients) if self.sink.chaos else None

    def _stage(self, name, recipients=()):
        """Do what is to be done to the client there; true: it is answered."""
        action = self._chaos(name, recipients)
        if self.sink.drop == name or action == "drop":
            raise Hangup
        if action is None:
            return False
        self._say(action)
        if action.startswith(b"421"):
            raise Hangup
        return True

    def _line(self):
        line = self.lines.readline(65536)
        if not line.endswith(b"\n"):
            raise Hangup
        return line

    def _say(self, *lines):
        self.connection.sendall(b"".join(line + b"\r\n" for line in lines))

    def _ehlo(self, _):
        if not self._stage("ehlo"):
            self._say(b"250-sink", b"250-PIPELINING", b"250-8BITMIME",
                      b"250-DSN", b"250 SIZE 10000000")

    def _mail(self, line):
        self.sender, self.recipients = None, []
        if not self._stage("mail"):
            self.sender = re.search(rb"<(.*?)>", line).group(1).decode()
            self._say(b"250 2.1.0 ok")

    def _rcpt(self, line):
        recipient = re.search(rb"<(.*?)>", line).group(1).decode()
        if self._stage("rcpt", [recipient]):
            return
        if self.sender is None:
            self._say(b"503 5.5.1 no sender")
        elif recipient in self.sink.refused:
            self._say(b"550 5.1.1 nobody of that name")
        elif recipient in self.sink.deferred:
            self._say(b"451 4.2.1 not now")
        else:
            self.recipients.append(recipient)
            self._say(b"250 2.1.5 ok")

    def _data(self, _):
        if not self.recipients:
            self._say(b"503 5.5.1 no recipients")
            return
        if self._stage("data"):
            return
        self._say(b"354 go ahead")
        text = self._body()
        if self._stage("dot", self.recipients):
            self.sender, self.recipients = None, []
            return
        arrivals = [Arrival(self.sender, recipient, text)
                    for recipient in self.recipients]
        is_lost = (self.sink.loses_reply or
                   self._chaos("reply", self.recipients) == "drop")
        with self.sink.lock:
            self.sink.arrivals += arrivals
            if is_lost:
                self.sink.lost += arrivals
        if is_lost:
            raise Hangup
        try:
            self._say(b"250 2.0.0 accepted")
        except OSError:
            with self.sink.lock:
                self.sink.lost += arrivals
            raise
        self.sender, self.recipients = None, []

    def _body(self):
        parts = []
        while (line := self._line()) != b".\r\n":
            parts.append(line[1:] if line.startswith(b".") else line)
            if len(parts) == 1:
                self._stage("body")
        return b"".join(parts)

    def _reset(self, _):
        self.sender, self.recipients = None, []
        self._say(b"250 2.0.0 ok")

    def _quit(self, _):
        self._say(b"221 2.0.0 bye")
        raise Hangup

    def _unknown(self, _):
        self._say(b"500 5.5.2 what")

    _COMMANDS = {
        b"EHLO": _ehlo,
        b"MAIL": _mail,
        b"RCPT": _rcpt,
        b"DATA": _data,
        b"RSET": _reset,
        b"QUIT": _quit,
    }
