"""Where the callers live: a host with users, a server, and one sendmail."""

import email
import email.header
import email.policy
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import time

HERE = "/run/callers"
STORE = HERE + "/store"
CALLS = HERE + "/calls"
SENDMAIL = "/usr/sbin/sendmail"
SITE = "site.example"    # where the callers are
THERE = "there.example"  # where they write to
PATIENCE = 20            # seconds for a program or a message
# Fields that are never twice the same, and that the program adds.
ADDED = ("received", "date", "message-id")

CONFIGURATION = """\
[sendmail]
hostname = web1.site.example
queue = {queue}
log = /run/callers/log
transcript = none
[profile callers]
host = 127.0.0.1
port = {port}
tls = none
auth = off
"""

FILES = {
    "/etc/hosts": "127.0.0.1 localhost\n127.0.1.1 web1.site.example web1\n",
    "/etc/mailname": SITE + "\n",
    "/etc/hostname": "web1\n",
    "/etc/resolv.conf": "",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\n"
                          "hosts: files\n",
    "/etc/aliases": "postmaster: root\n",
    "/etc/timezone": "Etc/UTC\n",
}
USERS = {
    "anna": "anna:x:63001:63001:Anna Muster,,,:/home/anna:/bin/sh",
    "bert": "bert:x:63002:63002:Bert:/home/bert:/bin/sh",
    "dovenull": "dovenull:x:63003:63003::/nonexistent:/usr/sbin/nologin",
    "dovecot": "dovecot:x:63004:63004::/nonexistent:/usr/sbin/nologin",
}
GROUPS = ("crontab:x:63010:", "dovenull:x:63003:", "dovecot:x:63004:",
          "anna:x:63001:", "bert:x:63002:", "logcheck:x:63011:")


class Unexpected(Exception):
    """What is wrong, in a sentence."""


def write(path, contents, mode=0o644, owner=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    kind = "wb" if isinstance(contents, bytes) else "w"
    with open(path, kind) as file:
        file.write(contents)
    os.chmod(path, mode)
    if owner:
        shutil.chown(path, owner, owner)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def add_lines(path, lines):
    names = [line.split(":")[0] for line in lines]
    kept = [line for line in read(path).decode().splitlines()
            if line.split(":")[0] not in names]
    write(path, "\n".join([*kept, *lines]) + "\n",
          os.stat(path).st_mode & 0o777)


def furnish():
    """Users and files that the packages' own scripts would have made."""
    for path, contents in FILES.items():
        write(path, contents)
    add_lines("/etc/passwd", list(USERS.values()))
    add_lines("/etc/shadow", [f"{name}:*:20000:0:99999:7:::"
                              for name in USERS])
    add_lines("/etc/group", GROUPS)
    for name in ("anna", "bert"):
        make_directory(f"/home/{name}", name)
    make_directory("/var/spool/sendoff", "root", 0o711)
    make_directory("/var/spool/sendoff/users", "root", 0o1777)
    write(HERE + "/log", "", 0o666)
    os.makedirs(STORE)


def make_directory(path, owner, mode=0o755):
    os.makedirs(path, exist_ok=True)
    os.chmod(path, mode)
    shutil.chown(path, owner, owner)


class Server:
    """tests/peer, from its port to its tally."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [HERE + "/peer", "--serve", "--tls", "none", "--store", STORE,
             "--size", str(64 << 20), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline().split()[1])

    def end(self):
        """What it counted: lines "name N"."""
        said = self.process.communicate(timeout=PATIENCE)[0].decode()
        return dict(line.rsplit(" ", 1) for line in said.splitlines())


class Letter:
    """What the server stored: MAIL, RCPT, an empty line, the message."""

    def __init__(self, path):
        envelope, _, self.message = read(path).partition(b"\n\n")
        lines = envelope.decode().splitlines()
        self.sender = next(between(line) for line in lines
                           if line.startswith("MAIL FROM:"))
        self.recipients = sorted(between(line) for line in lines
                                 if line.startswith("RCPT TO:"))
        self.envelope = lines
        header, gap, body = self.message.partition(b"\r\n\r\n")
        if not gap:
            raise Unexpected(f"no empty line in {self.message[:80]!r}")
        self.fields = [split_field(field) for field in
                       re.split(r"\r\n(?![ \t])",
                                header.decode(errors="replace"))]
        self.body = body.replace(b"\r\n", b"\n").decode(errors="replace")

    def values(self, name):
        return [value for field, value in self.fields
                if field.lower() == name.lower()]

    def parsed(self):
        return email.message_from_bytes(self.message,
                                        policy=email.policy.default)

    def meaning(self):
        """What a mail reader shows."""
        message = self.parsed()
        shown = [f"{name}: {message[name]}"
                 for name in ("From", "To", "Cc", "Bcc", "Subject")
                 if name in message]
        for part in message.walk():
            if part.get_filename():
                data = part.get_payload(decode=True)
                shown.append(f"attachment {part.get_filename()}: "
                             + digest(data))
            elif part.get_content_maintype() == "text":
                shown.append(part.get_content().rstrip("\r\n"))
        # Ruby writes its CR as =0D.
        return re.sub(r"\r+\n", "\n", "\n".join(shown)) + "\n"

    def check(self):
        """What is true of every message that leaves this program."""
        if re.search(rb"(?<!\r)\n|\r(?!\n)", self.message):
            raise Unexpected("a bare CR or LF in the message")
        if max(map(len, self.message.split(b"\r\n"))) > 998:
            raise Unexpected("a line is longer than 998 bytes")
        if self.fields[0][0] != "Received":
            raise Unexpected(f"{self.fields[0][0]} is the first field")
        for name in ("From", "Date", "Message-ID"):
            if len(self.values(name)) != 1:
                raise Unexpected(f"{len(self.values(name))} {name} fields")
        for name in ("Bcc", "Resent-Bcc", "Return-Path"):
            if self.values(name):
                raise Unexpected(f"a {name} field in the message")


def between(line):
    return line[line.index("<") + 1:line.index(">")]


def split_field(field):
    name, _, value = field.partition(":")
    return name, re.sub(r"\r\n[ \t]+", " ", value).strip()


def decoded(value):
    return str(email.header.make_header(email.header.decode_header(value)))


def digest(data):
    return hashlib.sha256(data).hexdigest()


def differ(what, have, want):
    if have != want:
        at = len(os.path.commonprefix((have, want)))
        raise Unexpected(f"{what} has {have[at:at + 70]!r} where "
                         f"{want[at:at + 70]!r} was meant")


class Case:
    """One caller at work, in a directory of its own."""

    def __init__(self, tag):
        self.tag = tag
        self.to = f"{tag}@{THERE}"
        self.cc = f"{tag}.cc@{THERE}"
        self.bcc = f"{tag}.bcc@{THERE}"
        self.bounce = f"{tag}.bounce@{SITE}"
        self.dir = f"/home/anna/{tag}"
        self.began = set(os.listdir(CALLS))
        make_directory(self.dir, "anna")

    def write(self, name, contents, mode=0o644):
        path = os.path.join(self.dir, name)
        write(path, contents, mode, "anna")
        return path

    def run(self, arguments, stdin=b"", user="anna", code=0, silent=True,
            env=None):
        """As that user, with a login's environment and nothing else."""
        entry = pwd.getpwnam(user)
        if isinstance(stdin, str):
            stdin = stdin.encode()
        done = subprocess.run(
            ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}",
             "--init-groups", *arguments],
            input=stdin, cwd=self.dir, timeout=60, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment(entry) | (env or {}))
        self.output = done.stdout.decode(errors="replace")
        if done.returncode != code:
            raise Unexpected(f"{arguments[0]} ended with {done.returncode}: "
                             + self.output[:300])
        if silent and self.output:
            raise Unexpected(f"{arguments[0]} said {self.output[-300:]!r}")
        return self.output

    def letters(self, count=1, match=None, patience=PATIENCE):
        """All that is for this case; waits until they are whole."""
        match = match or self.is_for_us
        end = time.monotonic() + patience
        sizes = {}
        while True:
            paths = sorted(os.path.join(STORE, name)
                           for name in os.listdir(STORE))
            before, sizes = sizes, {p: os.path.getsize(p) for p in paths}
            if before == sizes:
                whole = [Letter(path) for path in paths if sizes[path] > 0]
                found = [one for one in whole if match(one)]
                if len(found) >= count or time.monotonic() > end:
                    break
            time.sleep(0.01)
        if len(found) != count:
            raise Unexpected(f"{len(found)} messages arrived, {count} meant")
        for letter in found:
            letter.check()
        return found

    def has_arrived(self, match):
        try:
            return bool(self.letters(1, match, 0))
        except Unexpected:
            return False

    def is_for_us(self, letter):
        return any(one.partition("@")[0].split(".")[0] == self.tag
                   for one in letter.recipients)

    def letter(self, **more):
        return self.letters(1, **more)[0]

    def arrives(self, sender, recipients, header, body, volatile=(),
                letter=None):
        """Every field is as meant, but for those that nobody can know."""
        letter = letter or self.letter()
        self.check_envelope(letter, sender, recipients)
        unknown = {*ADDED, *(name.lower() for name in volatile)}
        for name in volatile:
            if not letter.values(name):
                raise Unexpected(f"there is no {name} field")
        have = "".join(f"{name}: {decoded(value)}\n"
                       for name, value in letter.fields
                       if name.lower() not in unknown)
        differ("the header", have, header)
        differ("the body", letter.body, body)

    def means(self, sender, recipients, meaning, letter=None):
        letter = letter or self.letter()
        self.check_envelope(letter, sender, recipients)
        differ("the message", letter.meaning(), meaning)

    def check_envelope(self, letter, sender, recipients):
        differ("the sender", letter.sender, sender)
        differ("the list of recipients", ", ".join(letter.recipients),
               ", ".join(sorted(recipients)))

    def calls(self, by=None):
        """Who called it, and the arguments, in order.

        A daemon does when it likes: by is its name and one of its arguments.
        """
        names = set(os.listdir(CALLS)) - (set() if by else self.began)
        calls = [read(os.path.join(CALLS, name)).decode().split("\0")[:-1]
                 for name in sorted(names)]
        if by:
            return [(call[0], call[1:]) for call in calls
                    if call[0] == by[0] and by[1] in call[1:]]
        return [(call[0], call[1:]) for call in calls if call[0] != "cron"]


def environment(entry):
    return {"PATH": "/usr/sbin:/usr/bin:/bin", "LANG": "C.UTF-8",
            "HOME": entry.pw_dir, "USER": entry.pw_name, "TERM": "dumb",
            "LOGNAME": entry.pw_name, "SHELL": "/bin/sh"}
