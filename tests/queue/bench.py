"""bench.py - 2,000 messages drained through one server over TLS: ours, Postfix

usage: python3 bench.py [COUNT]

As root, after sh contrib/deps test, which unpacks Postfix into a private
directory.  The server is tests/peer; each message has a body of 1 KiB.
"""
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from lab import ROOT, Lab, Letter
from scale import multiply

PEER = os.environ.get("PEER", str(ROOT / "tests" / "peer"))
MAIL, DROP = 64990, 64991  # ids of Postfix's own user and group
PATIENCE = 300


def peers():
    path = subprocess.run(
        ["sh", str(ROOT / "contrib" / "deps"), "peers"], check=True,
        capture_output=True, text=True).stdout.strip()
    return Path(path)


@contextlib.contextmanager
def server(directory):
    """Its port, and a list that holds its tally in the end."""
    certs = directory / "certs"
    if not certs.exists():
        subprocess.run([PEER, "--make-certs", str(certs)], check=True)
    tally = []
    with subprocess.Popen(
            [PEER, "--serve", "--certs", str(certs), "--tls", "starttls"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True) as process:
        port = int(process.stdout.readline().split()[1])
        try:
            yield port, tally
        finally:
            process.stdin.close()
            tally += process.stdout.read().splitlines()


def tell(name, count, seconds, tally):
    words = dict(line.rpartition(" ")[::2] for line in tally)
    print(f"{name}: {count} messages in {seconds:.2f} s, "
          f"{count / seconds:.0f} in a second; "
          f"{words['connections']} connections", flush=True)
    assert int(words["messages"]) == count, tally


def bench_ours(directory, count, connections):
    with server(directory) as (port, tally), Lab(port) as lab:
        lab.waits = False  # the server is our child
        lab.profile = {"tls": "starttls", "max_connections": connections,
                       "tls_ca": directory / "certs" / "ca.pem"}
        lab.submit(Letter(1, ("good@sink.test",), size=1024), "-odq")
        multiply(lab, count, count)
        begun = time.monotonic()
        outcome = lab.sendmail("-q")
        seconds = time.monotonic() - begun
        assert outcome.code == 0 and not lab.names(), (
            outcome.stderr + lab.log.read_text()[-500:])
    tell(f"sendoff, {connections} connections", count, seconds, tally)


# --- Postfix ----------------------------------------------------------------

MAIN = """\
compatibility_level = 3.6
queue_directory = {top}/queue
data_directory = {top}/data
command_directory = {top}/root/usr/sbin
daemon_directory = {top}/root/usr/lib/postfix/sbin
shlib_directory = {top}/root/usr/lib/postfix
meta_directory = {top}/etc
import_environment = LD_LIBRARY_PATH LD_PRELOAD NSS_WRAPPER_PASSWD \
NSS_WRAPPER_GROUP MAIL_CONFIG
maillog_file = {top}/log
maillog_file_prefixes = {top}
mail_owner = postfix
setgid_group = postdrop
default_privs = nobody
myhostname = host.queue.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
relayhost = [127.0.0.1]:{port}
smtp_tls_security_level = encrypt
smtp_tls_connection_reuse = {reuse}
default_destination_concurrency_limit = {connections}
initial_destination_concurrency = {connections}
defer_transports = {deferred}
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
tlsproxy unix - - n - 0 tlsproxy
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

QUEUES = ("incoming", "active", "deferred", "bounce", "corrupt", "defer",
          "flush", "hold", "maildrop", "private", "public", "trace")


class Postfix:
    """One in a private directory; it sees its users through nss_wrapper."""

    def __init__(self, top, smarthost, connections, reuse):
        self.top = top
        self.values = {"top": top, "port": smarthost, "reuse": reuse,
                       "connections": connections}
        shutil.copytree(peers() / "postfix", top / "root", symlinks=True)
        for name in ("etc", "data", "queue", "queue/pid",
                     *(f"queue/{name}" for name in QUEUES)):
            (top / name).mkdir(mode=0o755)
        for name in ("data", *(f"queue/{name}" for name in QUEUES)):
            os.chown(top / name, MAIL, DROP)
        (top / "passwd").write_text(
            "root:x:0:0:root:/:/bin/false\n"
            "nobody:x:65534:65534::/:/bin/false\n"
            f"postfix:x:{MAIL}:{MAIL}::/:/bin/false\n")
        (top / "group").write_text(
            f"root:x:0:\nnogroup:x:65534:\npostfix:x:{MAIL}:\n"
            f"postdrop:x:{DROP}:\n")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        (top / "etc" / "master.cf").write_text(MASTER.format(port=self.port))
        libraries = {str(path.parent) for path in
                     (top / "root").rglob("*.so*")}
        wrapper = next((peers() / "wrapper").rglob("libnss_wrapper.so"))
        self.environment = {
            "PATH": "/usr/bin:/bin", "LD_PRELOAD": str(wrapper),
            "LD_LIBRARY_PATH": ":".join(sorted(libraries)),
            "NSS_WRAPPER_PASSWD": str(top / "passwd"),
            "NSS_WRAPPER_GROUP": str(top / "group"),
            "MAIL_CONFIG": str(top / "etc")}
        self.master = None

    def start(self, deferred):
        (self.top / "etc" / "main.cf").write_text(
            MAIN.format(deferred=deferred, **self.values))
        with (self.top / "output").open("ab") as output:
            self.master = subprocess.Popen(
                [self.top / "root/usr/lib/postfix/sbin/master", "-d", "-c",
                 self.top / "etc"], env=self.environment, stdout=output,
                stderr=output, stdin=subprocess.DEVNULL,
                start_new_session=True)

    def stop(self):
        if self.master is None:
            return
        os.killpg(self.master.pid, 15)
        self.master.wait()
        self.master = None

    def files(self, *queues):
        return [path for queue in queues
                for path in (self.top / "queue" / queue).rglob("*")
                if path.is_file()]

    def wait_until(self, is_so):
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError((self.top / "log").read_text()[-2000:])
            time.sleep(0.01)

    def answers(self):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        return False

    def fill(self, count):
        """Queue that many, and leave them there."""
        self.start("smtp")
        self.wait_until(self.answers)
        subprocess.run(
            [self.top / "root/usr/sbin/smtp-source", "-s", "5", "-l", "1024",
             "-m", str(count), "-f", "anna@queue.test", "-t",
             "good@sink.test", f"127.0.0.1:{self.port}"],
            env=self.environment, check=True)
        self.wait_until(lambda: len(self.files("deferred")) == count and
                        not self.files("active", "incoming"))
        self.stop()
        for path in self.files("defer"):
            path.unlink()
        for path in self.files("deferred"):
            os.utime(path)
            path.rename(self.top / "queue" / "incoming" / path.name)


def bench_postfix(directory, count, connections, reuse):
    top = directory / f"postfix.{connections}.{reuse}"
    top.mkdir()
    directory.chmod(0o755)
    with server(directory) as (port, tally):
        postfix = Postfix(top, port, connections, reuse)
        try:
            postfix.fill(count)
            begun = time.monotonic()
            postfix.start("")
            postfix.wait_until(lambda: not postfix.files(
                "incoming", "active", "deferred"))
            seconds = time.monotonic() - begun
        finally:
            postfix.stop()
    tell(f"Postfix, {connections} connections, "
         f"smtp_tls_connection_reuse = {reuse}", count, seconds, tally)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    os.umask(0o022)
    # On a real disk: both sync what they do.
    os.environ.setdefault("TMPDIR", "/var/tmp")
    with Lab() as lab:
        for connections in (1, 4):
            bench_ours(lab.directory, count, connections)
        if os.geteuid() != 0:
            print("Postfix: its master must be root: run this as root")
            return
        for connections, reuse in ((4, "no"), (4, "yes"), (20, "no")):
            bench_postfix(lab.directory, count, connections, reuse)


if __name__ == "__main__":
    main()
