"""run.py - mail through the submit socket, and attacks on it

run.py DIR [TEST ...]; in DIR are "sendmail", built for the places below it, and
"peer", the server.  As root: the service, and those who send, are users that
nobody else is.  As anybody else only what needs a single user is tried.
"""
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import traceback

SERVICE, ANNA, BERTA, OTHERS = 60001, 60002, 60003, range(60004, 60008)
PASSWORD = "correct-horse-battery"
PER_USER, IN_ALL, CROWD = 16, 64, 10000
PATIENCE = 20  # seconds, for what takes no time

IS_ROOT = os.geteuid() == 0
DIR = pathlib.Path(sys.argv[1])
ONLY = sys.argv[2:]  # tests; without any, all
SENDMAIL, PEER = DIR / "sendmail", DIR / "peer"
CONFIG = DIR / "etc/sendmail.conf"
SOCKET = DIR / "run/sendoff/submit"
SPOOLS = DIR / "var/spool/sendoff/users"
LOG = DIR / "service/log"
STORE = DIR / "store"

TESTS, AS_ROOT = [], []
LETTER = "From: {0}\nTo: you@example.net\nSubject: {1}\n\n{1}\n"


def test(function):
    TESTS.append(function)
    return function


def as_root(function):
    """Takes more than one user."""
    AS_ROOT.append(function)
    return function if not IS_ROOT else test(function)


def until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)


def user(uid):
    """Arguments for subprocess: nothing but that number."""
    return {"user": uid, "group": uid, "extra_groups": []} if IS_ROOT else {}


def directory(path, uid, mode):
    path.mkdir(parents=True)
    if IS_ROOT:
        os.chown(path, uid, uid)
    path.chmod(mode)


class Smarthost:
    """tests/peer, who wants the password."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [PEER, "--serve", "--tls", "none", "--user", "service",
             "--password", PASSWORD, "--store", STORE, *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def close(self):
        self.process.communicate()


class Service:
    """sendmail -bd."""

    def __init__(self):
        self.process = subprocess.Popen(
            [SENDMAIL, "-bd", f"-oX={SOCKET}"], stdin=subprocess.DEVNULL,
            env={}, cwd="/", **user(SERVICE))
        until(self.listens, "the service listens")

    def listens(self):
        assert self.process.poll() is None, "the service has ended"
        with contextlib.suppress(OSError), Client() as client:
            return client.code == 220
        return False

    def children(self):
        """Who serves, and who has done so not long ago."""
        task = pathlib.Path(f"/proc/{self.process.pid}/task")
        return (task / str(self.process.pid) / "children").read_text().split()

    def close(self):
        self.process.terminate()
        self.process.wait()


class Client:
    """SMTP by hand, and by another user where there can be one."""

    def __init__(self, uid=SERVICE):
        self.socket = connect(uid)
        self.file = self.socket.makefile("rwb")
        self.code = self.hear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.file.close()
        self.socket.close()

    def hear(self):
        self.text = ""
        while True:
            line = self.file.readline().decode()
            assert line, "the connection ends: " + self.text
            self.text += line
            if line[3:4] != "-":
                return int(line[:3])

    def say(self, line):
        self.file.write(line.encode() + b"\r\n")
        self.file.flush()
        return self.hear()

    def send(self, sender, text, recipient="you@example.net"):
        """The first code that is not success, or that of the final dot."""
        for line, good in (("EHLO me", 250), (f"MAIL FROM:<{sender}>", 250),
                           (f"RCPT TO:<{recipient}>", 250), ("DATA", 354)):
            code = self.say(line)
            if code != good:
                return code
        return self.say(text.replace("\n", "\r\n") + ".")


def connect(uid):
    """The kernel notes who connects, whoever speaks then."""
    end = socket.socket(socket.AF_UNIX)
    end.settimeout(PATIENCE)
    try:
        if IS_ROOT:
            os.setegid(uid)
            os.seteuid(uid)
        end.connect(str(SOCKET))
    except OSError:
        end.close()
        raise
    finally:
        if IS_ROOT:
            os.seteuid(0)
            os.setegid(0)
    return end


def sendmail(*arguments, uid=ANNA, text=None, env=None, program=SENDMAIL):
    return subprocess.run(
        [program, *arguments], input=text, capture_output=True, text=True,
        errors="replace", env=env or {}, cwd="/", timeout=60, check=False,
        **user(uid))


def configure(port, more=""):
    CONFIG.write_text(
        f"[sendmail]\nlog = {LOG}\ntranscript = {DIR}/service/transcript\n"
        f"aliases = none\n{more}"
        f"[profile main]\nhost = 127.0.0.1:{port}\ntls = none\n"
        f"auth_plaintext = yes\nuser = service\npassword = {PASSWORD}\n")
    if IS_ROOT:
        os.chown(CONFIG, SERVICE, SERVICE)
    CONFIG.chmod(0o600)


def arrived(word):
    return [text for file in STORE.iterdir()
            if word in (text := file.read_text(errors="replace"))]


def logged(word):
    lines = LOG.read_text().splitlines() if LOG.exists() else []
    return [line for line in lines if word in line]


def expect_silent(result, code=0):
    assert (result.returncode, result.stdout, result.stderr) == (code, "", ""), \
        result


def files_of(uid):
    """All that this user owns below DIR."""
    return {path for path in DIR.rglob("*") if path.lstat().st_uid == uid}


def waiting(uid):
    """What is in the queue of a user."""
    return list((SPOOLS / str(uid) / "messages").glob("*"))


def clear(path):
    for file in path.rglob("*"):
        if not file.is_dir() or file.is_symlink():
            file.unlink()


# --- what it is for -----------------------------------------------------------


@as_root
def who_cannot_read_the_password_sends(_):
    assert sendmail("-C", CONFIG, "--check-config").returncode == 78
    expect_silent(sendmail("-t", text=LETTER.format("anna@example.com", "w1")))
    message, = arrived("w1")
    received = re.findall(r"^Received:.*(?:\n[ \t].*)*", message, re.M)
    # One of the service, above one of the user's own.
    assert len(received) == 2 and f"uid {ANNA}" in received[0], received
    line = logged("uid=")[-1]
    assert f"uid={ANNA} " in line + " " and "caller=python" in \
        line.replace('"', ""), line
    assert not waiting(ANNA), waiting(ANNA)


@as_root
def who_speaks_smtp_with_sendmail_sends(_):
    said = ("EHLO me\nMAIL FROM:<anna@example.com>\nRCPT TO:<you@example.net>\n"
            "DATA\n" + LETTER.format("anna@example.com", "s1") + ".\nQUIT\n")
    result = sendmail("-bs", text=said)
    assert result.returncode == 0 and result.stderr == "", result
    assert len(arrived("s1")) == 1, result.stdout


@as_root
def who_speaks_smtp_at_the_socket_sends(_):
    with Client(BERTA) as client:
        assert client.send("berta@example.com",
                           LETTER.format("berta@example.com", "d1")) == 250
    message, = arrived("d1")
    received, = re.findall(r"^Received:.*(?:\n[ \t].*)*", message, re.M)
    assert f"uid {BERTA}" in received, received
    assert f"uid={BERTA} " in logged("uid=")[-1] + " "


@as_root
def a_large_message_goes_through(_):
    body = "".join(f"{n} {'x' * 70}\n" for n in range(60000))
    letter = LETTER.format("anna@example.com", "l1") + body
    expect_silent(sendmail("-i", "you@example.net", text=letter))
    message, = arrived("l1")
    assert message.replace("\r\n", "\n").endswith(body)


@as_root
def who_names_no_sender_gets_that_of_the_profile(world):
    CONFIG.write_text(CONFIG.read_text() + "from = alerts@example.com\n")
    expect_silent(sendmail("you@example.net", text="Subject: i1\n\nx\n"))
    assert "from=alerts@example.com" in logged("uid=")[-1], logged("uid=")[-1]
    expect_silent(sendmail("-f", "x@example.com", "you@example.net",
                           text="Subject: i2\n\nx\n"))
    assert "from=x@example.com" in logged("uid=")[-1], logged("uid=")[-1]
    configure(world.smarthost.port)


@as_root
def what_the_smarthost_refuses_the_caller_hears(world):
    world.smarthost.close()
    world.smarthost = Smarthost("--port", str(world.smarthost.port),
                                "--size", "1000")
    result = sendmail("you@example.net",
                      text=LETTER.format("anna@example.com", "r1") + "x\n" * 999)
    assert result.returncode not in (0, 75) and result.stderr, result
    world.smarthost.close()
    world.smarthost = Smarthost("--port", str(world.smarthost.port))
    assert not arrived("r1")


@as_root
def what_cannot_be_sent_now_the_service_keeps(world):
    world.smarthost.close()
    expect_silent(sendmail("-t", text=LETTER.format("anna@example.com", "k1")))
    assert waiting(SERVICE) and not waiting(ANNA)
    world.smarthost = Smarthost("--port", str(world.smarthost.port))
    result = sendmail("-q", "-qI", "", uid=SERVICE)
    until(lambda: arrived("k1"), f"k1 arrives: {result}")
    message, = arrived("k1")
    assert str(ANNA) in message


@as_root
def without_the_service_mail_waits_at_home(world):
    world.service.close()
    assert SOCKET.is_socket()
    expect_silent(sendmail("-t", text=LETTER.format("anna@example.com", "h1")))
    assert waiting(ANNA)
    world.service = Service()
    sendmail("-qRyou")
    until(lambda: arrived("h1"), "h1 arrives")


# --- who may send as whom ------------------------------------------------------


@as_root
def who_is_named_may_not_send_as_others(world):
    configure(world.smarthost.port,
              f"allow_from = uid{BERTA}: berta@example.com, *@b.example\n")
    sentence = f"allow_from in {CONFIG}:5"
    for sender, author in (("boss@example.com", "berta@example.com"),
                           ("berta@example.com", "boss@example.com"),
                           ("x@b.example", "x@b.example, boss@example.com")):
        result = sendmail("-f", sender, "you@example.net", uid=BERTA,
                          text=LETTER.format(author, "p1"))
        assert result.returncode != 0 and sentence in result.stderr, result
        with Client(BERTA) as client:
            assert client.send(sender, LETTER.format(author, "p1")) == 550
            assert "5.7.1" in client.text and sentence in client.text
    assert not arrived("p1")
    result = sendmail("-f", "berta@example.com", "you@example.net", uid=BERTA,
                      text=LETTER.format("Berta <x@b.example>", "p2"))
    expect_silent(result)
    result = sendmail("-f", "boss@example.com", "you@example.net",
                      text=LETTER.format("boss@example.com", "p3"))
    expect_silent(result)
    assert len(arrived("p2")) == len(arrived("p3")) == 1
    configure(world.smarthost.port)


@test
def the_permits_hold_without_a_socket_too(world):
    me = f"uid{SERVICE}" if IS_ROOT else "*"
    configure(world.smarthost.port, f"allow_from = {me}: me@example.com\n")
    result = sendmail("-C", CONFIG, "-f", "boss@example.com",
                      "you@example.net", uid=SERVICE,
                      text=LETTER.format("me@example.com", "o1"))
    assert result.returncode == 77 and "allow_from" in result.stderr, result
    expect_silent(sendmail("-C", CONFIG, "-f", "me@example.com",
                           "you@example.net", uid=SERVICE,
                           text=LETTER.format("me@example.com", "o2")))
    assert not arrived("o1") and len(arrived("o2")) == 1
    configure(world.smarthost.port)


# --- options, names and the environment ------------------------------------------


@as_root
def no_option_reaches_the_service(_):
    before = files_of(SERVICE)
    for number, options in enumerate((
            ("-X", f"{DIR}/tmp/x"), (f"-oQ{DIR}/tmp/q",),
            ("-O", f"QueueDirectory={DIR}/tmp/q"), (f"-oA{CONFIG}",),
            ("-O", "DaemonPortOptions=Port=25"), ("-D", f"{DIR}/tmp/d"),
            ("-oX=/etc/passwd",), ("-d0-99.100",), ("-p", "x:y"),
            ("-F", "x\r\nMAIL FROM:<x@y>"), ("-V", "id"))):
        word = f"n{number}."
        result = sendmail(*options, "-t",
                          text=LETTER.format("anna@example.com", word))
        assert result.returncode == 0, (options, result)
        assert len(arrived(word)) == 1, options
    assert files_of(SERVICE) - before <= {LOG, DIR / "service/transcript"} | \
        {path for path in files_of(SERVICE) if STORE in path.parents}
    assert not waiting(ANNA)
    assert not list((DIR / "tmp").iterdir())


@as_root
def no_configuration_of_the_client_s_counts(_):
    result = sendmail("-C", CONFIG, "you@example.net", text="x\n")
    assert result.returncode == 78 and PASSWORD not in str(result), result
    result = sendmail("--profile", "main", "you@example.net", text="x\n")
    assert result.returncode == 78 and PASSWORD not in str(result), result
    own = DIR / "anna/sendmail.conf"
    with socket.create_server(("127.0.0.1", 0)) as evil:
        own.write_text("[sendmail]\nqueue = never\naliases = none\n"
                       "transcript = none\nlog = none\n[profile main]\n"
                       f"host = 127.0.0.1:{evil.getsockname()[1]}\n"
                       "tls = none\nauth_plaintext = yes\ntimeout = 2s\n"
                       f"user = service\npassword_file = {CONFIG}\n")
        os.chown(own, ANNA, ANNA)
        for options, env in ((("-C", own), None), ((), {
                "XDG_CONFIG_HOME": str(own.parent)})):
            result = sendmail(*options, "you@example.net", text="x\n", env=env)
            assert result.returncode != 0 and PASSWORD not in str(result)
    own.unlink()
    result = sendmail("--explain", "you@example.net",
                      text=LETTER.format("anna@example.com", "e1"))
    assert result.returncode == 0 and PASSWORD not in str(result), result
    assert str(SOCKET) in result.stdout, result


@as_root
def no_variable_reaches_the_service(world):
    words = {name: f"{DIR}/anna/evil" for name in (
        "OPENSSL_CONF", "OPENSSL_MODULES", "SSL_CERT_FILE", "SSL_CERT_DIR",
        "SSLKEYLOGFILE", "TMPDIR", "HOME", "XDG_STATE_HOME", "RES_OPTIONS",
        "HOSTALIASES", "LOCALDOMAIN", "TZ", "NAME", "USER", "LOGNAME",
        "CREDENTIALS_DIRECTORY", "GCONV_PATH", "MALLOC_TRACE", "LD_LIBRARY_PATH")}
    before = files_of(SERVICE)
    expect_silent(sendmail("-t", env=words,
                           text=LETTER.format("anna@example.com", "v1")))
    message, = arrived("v1")
    assert "evil" not in message, message
    assert not {path for path in files_of(SERVICE) - before
                if DIR / "anna" in path.parents}
    environ = pathlib.Path(f"/proc/{world.service.process.pid}/environ")
    assert environ.read_bytes() == b""
    clear(DIR / "anna")


@test
def no_recipient_is_a_program_or_a_file(_):
    for recipient in (f"|touch {DIR}/tmp/pwn", f'"|touch {DIR}/tmp/pwn"',
                      f"{DIR}/tmp/pwn", f":include:{CONFIG}",
                      f'":include:{CONFIG}"', f"/{DIR}/tmp/pwn"):
        with Client(ANNA) as client:
            code = client.send("anna@example.com",
                               LETTER.format("a@example.com", "f1"), recipient)
            assert PASSWORD not in client.text
            assert code // 100 in (2, 5), client.text
    assert not list((DIR / "tmp").iterdir())


@test
def no_command_asks_for_more_than_mail(_):
    with Client(ANNA) as client:
        client.say("EHLO me")
        for command in ("XCLIENT ADDR=127.0.0.1", "XFORWARD NAME=x", "STARTTLS",
                        "AUTH PLAIN AGEAYg==", "EXPN root", "DEBUG", "WIZ",
                        f"MAIL FROM:<a@example.com> XFILE={CONFIG}",
                        "MAIL FROM:<a@example.com> AUTH=<> SIZE=x",
                        "MAIL FROM:<a@example.com>\rRCPT TO:<b@example.com>",
                        "TURN", "ETRN x", "SITE exec id"):
            assert client.say(command) // 100 == 5, (command, client.text)
        assert client.say("NOOP") == 250


@as_root
def nobody_can_be_somebody_else_in_the_log(_):
    LOG.write_text("")
    letter = (f"Received: by x (sendoff, uid {BERTA});\n"
              f"X-Uid: {BERTA}\n" + LETTER.format("b\r@example.com", "g1"))
    with Client(ANNA) as client:
        client.say(f"EHLO uid={BERTA}")
        client.send(f'"x uid={BERTA} "@example.com', letter)
    assert all(f" uid={ANNA} " in f" {line} " for line in logged("g1")
               or logged("status=")), LOG.read_text()


# --- the password ----------------------------------------------------------------


def readable(path, uid):
    """What this user can read there, or None."""
    result = subprocess.run(["cat", path], capture_output=True, check=False,
                            **user(uid))
    return result.stdout if result.returncode == 0 else None


@as_root
def the_password_is_nowhere_to_be_read(world):
    with Client(ANNA) as client:
        client.say("EHLO me")
        children = world.service.children()
        assert children
        for pid in [world.service.process.pid, *children]:
            for uid in (ANNA, SERVICE):
                for name in ("mem", "environ", "maps", "auxv"):
                    assert not readable(f"/proc/{pid}/{name}", uid), name
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
            assert re.search(r"Max core file size +0 +0 ", limits), limits
        for number in (signal.SIGABRT, signal.SIGSEGV):
            assert subprocess.run(
                ["kill", f"-{int(number)}", *map(str, children)], check=False,
                capture_output=True, **user(ANNA)).returncode != 0
        client.send("anna@example.com", LETTER.format("anna@example.com", "c1"))
    assert len(arrived("c1")) == 1
    for uid in (ANNA, SERVICE):
        seen = subprocess.run(
            ["grep", "-rls", PASSWORD, DIR], capture_output=True, text=True,
            check=False, **user(uid)).stdout.split()
        assert seen == ([str(CONFIG)] if uid == SERVICE else []), (uid, seen)


@as_root
def what_is_served_leaves_no_core(world):
    with Client(ANNA) as client:
        client.say("EHLO me")
        for pid in world.service.children():
            os.kill(int(pid), signal.SIGABRT)
        assert client.file.readline() == b""
    assert not list(DIR.rglob("core*")) and not pathlib.Path("/core").exists()


# --- links --------------------------------------------------------------------


@as_root
def a_link_in_the_place_of_the_spool_is_not_followed(world):
    spool, victim = SPOOLS / str(SERVICE), DIR / "victim"
    directory(victim, SERVICE, 0o700)
    aside = spool.with_name("aside")
    if spool.exists():
        spool.rename(aside)
    subprocess.run(["ln", "-s", victim, spool], check=True, **user(ANNA))
    world.smarthost.close()
    result = sendmail("-t", text=LETTER.format("anna@example.com", "y1"))
    expect_silent(result)
    assert not list(victim.iterdir()), "the link was followed"
    assert waiting(ANNA), "it is lost"
    spool.unlink()
    if aside.exists():
        aside.rename(spool)
    world.smarthost = Smarthost("--port", str(world.smarthost.port))
    sendmail("-qRyou")
    until(lambda: arrived("y1"), "y1 arrives")
    victim.rmdir()


@test
def a_link_in_the_place_of_the_log_is_not_followed(world):
    victim = DIR / "service/victim"
    victim.write_text("mine\n")
    if IS_ROOT:
        os.chown(victim, SERVICE, SERVICE)
    link = DIR / "tmp/log"
    subprocess.run(["ln", "-s", victim, link], check=True, **user(ANNA))
    configure(world.smarthost.port)
    CONFIG.write_text(CONFIG.read_text()
                      .replace(f"log = {LOG}", f"log = {link}")
                      .replace(f"{DIR}/service/transcript", str(link)))
    with Client(ANNA) as client:
        assert client.send("anna@example.com",
                           LETTER.format("anna@example.com", "z1")) == 250
    assert victim.read_text() == "mine\n" and len(arrived("z1")) == 1
    link.unlink()
    victim.unlink()
    configure(world.smarthost.port)


# --- crowds and those who stall ----------------------------------------------------


@test
def who_stalls_keeps_only_himself_out(_):
    stalled = [Client(ANNA) for _ in range(PER_USER)]
    for client in stalled[1:]:
        client.file.write(b"EHLO me\r\nMAIL FROM:<")
        client.file.flush()
    with Client(ANNA) as client:
        assert client.code == 421, client.text
    if IS_ROOT:
        expect_silent(sendmail("-t", uid=BERTA,
                               text=LETTER.format("berta@example.com", "q1")))
        assert len(arrived("q1")) == 1
        assert not waiting(BERTA)
    for client in stalled:
        client.close()
    until(lambda: attempt(ANNA) == 220, "there is room again")


def attempt(uid):
    with Client(uid) as client:
        return client.code


@as_root
def more_than_can_be_served_are_told_so(_):
    crowd = [Client(uid) for uid in OTHERS for _ in range(PER_USER)]
    assert len(crowd) == IN_ALL
    assert {client.code for client in crowd} == {220}
    assert attempt(ANNA) == 421
    expect_silent(sendmail("-t", text=LETTER.format("anna@example.com", "m1")))
    assert waiting(ANNA), "it is lost"
    for client in crowd:
        client.close()
    until(lambda: attempt(ANNA) == 220, "there is room again")
    sendmail("-qRyou")
    until(lambda: arrived("m1"), "m1 arrives")


@test
def ten_thousand_connections_are_survived(world):
    served = refused = 0
    kept = []
    for number in range(CROWD):
        client = Client(ANNA)
        served += client.code == 220
        refused += client.code == 421
        kept.append(client)
        if len(kept) > 200 or client.code == 421:
            kept.pop(0).close()
        if IS_ROOT and number % 2500 == 0:
            expect_silent(sendmail("-t", uid=BERTA, text=LETTER.format(
                "berta@example.com", f"t{number}.")))
            assert len(arrived(f"t{number}.")) == 1
    for client in kept:
        client.close()
    assert served + refused == CROWD and refused > CROWD / 2, (served, refused)
    assert world.service.process.poll() is None
    until(lambda: attempt(ANNA) == 220, "there is room again")
    assert len(world.service.children()) <= IN_ALL


@test
def a_session_outlives_the_listener(world):
    with Client(ANNA) as client:
        client.say("EHLO me")
        world.service.close()
        assert client.send("anna@example.com",
                           LETTER.format("anna@example.com", "a1")) == 250
    world.service = Service()
    assert len(arrived("a1")) == 1


# --- the units -------------------------------------------------------------------


@test
def the_units_are_well_formed_and_hardened(_):
    units = pathlib.Path("contrib/systemd/system")
    if subprocess.run(["sh", "-c", "command -v systemd-analyze"], check=False,
                      stdout=subprocess.DEVNULL).returncode != 0:
        print("left out: systemd-analyze is not here to look at the units")
        return
    result = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20",
         "--no-pager", units / "sendoff@.service"],
        capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    for name in ("sendoff.socket", "sendoff@.service"):
        text = (units / name).read_text().replace("/usr/sbin/sendmail",
                                                  str(SENDMAIL))
        (DIR / name).write_text(text)
    result = subprocess.run(
        ["systemd-analyze", "--man=no", "verify", DIR / "sendoff.socket",
         DIR / "sendoff@.service"], capture_output=True, text=True, check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(DIR)})
    assert result.returncode == 0 and not result.stderr, result.stderr


class World:
    def __init__(self):
        CONFIG.parent.mkdir()
        directory(SOCKET.parent, SERVICE, 0o755)
        directory(SPOOLS, 0, 0o1777)
        directory(DIR / "service", SERVICE, 0o700)
        directory(DIR / "anna", ANNA, 0o700)
        directory(DIR / "tmp", 0, 0o1777)
        directory(STORE, 0, 0o700)
        self.smarthost = Smarthost()
        configure(self.smarthost.port)
        self.service = Service()

    def close(self):
        self.service.close()
        self.smarthost.close()


def main():
    world = World()
    failed = 0
    for function in TESTS:
        if ONLY and function.__name__ not in ONLY:
            continue
        try:
            function(world)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            line = traceback.extract_tb(error.__traceback__)[1].lineno
            print(f"{function.__name__}: line {line}: "
                  f"{type(error).__name__} {error}")
    world.close()
    if not IS_ROOT:
        print("left out, because only root can be several users: " +
              ", ".join(function.__name__ for function in AS_ROOT))
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
