"""reach.py - names, addresses and proxies, with a real resolver and real ones

usage: reach.py SENDMAIL PEER DNSMASQ MICROSOCKS DIR

To be run by "unshare -mn" (with -r where the caller is not root): it needs a
network of its own, where port 53 of 127.0.0.1 is free, and a resolv.conf of
its own.  One line for each check, as "run" has them.
"""
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
import threading
import time

SENDMAIL, PEER, DNSMASQ, MICROSOCKS, DIR = sys.argv[1:6]
CERTS = os.path.join(DIR, "certs")
MS_BIND = 4096
DEAD_ADDRESSES = 6
SRV = "--srv-host=_submission%s._tcp.%s,%s,%d,%d,10"


def command(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def bring_up_network():
    with socket.socket() as any_socket:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # up, running
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS


def add_ipv6(address):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sIi", socket.inet_pton(
            socket.AF_INET6, address), 128, socket.if_nametoindex("lo"))
        fcntl.ioctl(any_socket, 0x8916, request)  # SIOCSIFADDR


def use_resolver():
    path = os.path.join(DIR, "resolv.conf")
    with open(path, "w") as file:
        file.write("nameserver 127.0.0.1\n")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(path.encode(), b"/etc/resolv.conf", None, MS_BIND, None):
        raise OSError(ctypes.get_errno(), "/etc/resolv.conf")


def answer_badly(address, code):
    """A name server that always fails or, with a code of None, is silent."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))

    def serve():
        while True:
            question, client = server.recvfrom(4096)
            if code is not None:
                head = question[:2] + bytes([0x81, 0x80 | code])
                server.sendto(head + question[4:6] + bytes(6) +
                              question[12:].split(b"\0\0\x29")[0], client)

    threading.Thread(target=serve, daemon=True).start()


class Server:
    def __init__(self, *options):
        self.process = subprocess.Popen(
            [PEER, "--serve", *options], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline().split()[1])

    def messages(self):
        said, _ = self.process.communicate()
        return int(said.split("messages ")[1].split()[0])


class Result:
    def __init__(self, lines):
        path = os.path.join(DIR, "conf")
        with open(path, "w") as file:
            file.write("[sendmail]\nhostname = client.example.org\n"
                       "log = none\ntranscript = none\nqueue = never\n"
                       "[profile test]\n"
                       "tls_ca = %s/ca.pem\n" % CERTS + lines + "\n")
        os.chmod(path, 0o600)
        start = time.monotonic()
        done = subprocess.run(
            [SENDMAIL, "-C", path, "-f", "anna@example.org",
             "ben@example.net"], input="Subject: x\n\nx\n", text=True,
            capture_output=True, timeout=60,
            env={"HOME": DIR, "XDG_RUNTIME_DIR": DIR, "PATH": "/usr/bin"})
        self.seconds = time.monotonic() - start
        self.code = done.returncode
        self.words = done.stderr.strip()


failed = False


def check(name, result, code, words="", seconds=20.0, server=None):
    global failed
    why = ""
    if result.code != code:
        why = "exit %d, not %d: %s" % (result.code, code, result.words)
    elif words not in result.words:
        why = "\"%s\" is not in: %s" % (words, result.words)
    elif result.seconds > seconds:
        why = "it took %.3f s" % result.seconds
    elif server is not None and server.messages() != (code == 0):
        why = "the message did not arrive"
    failed = failed or why != ""
    print("not ok %s: %s" % (name, why) if why else "ok " + name, flush=True)


def start_dnsmasq(options):
    process = subprocess.Popen(
        [DNSMASQ, "--no-daemon", "--conf-file=/dev/null", "--port=53",
         "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv",
         "--no-hosts", "--user=root", "--group=root", "--pid-file=",
         "--local=/example/", "--local=/example.net/",
         "--server=/broken.test/127.0.0.2", "--server=/silent.test/127.0.0.3",
         *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", 53)) == 0:
                return process
        time.sleep(0.05)
    raise RuntimeError("dnsmasq does not answer")


def start_microsocks(port, *options):
    process = subprocess.Popen(
        [MICROSOCKS, "-i", "127.0.0.1", "-p", str(port), *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.05)
    raise RuntimeError("microsocks does not answer")


def fill(port):
    """Listen on all IPv6 addresses there, and never answer."""
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind(("::", port))
    listener.listen(0)
    guests = [socket.socket(socket.AF_INET6) for _ in range(3)]
    for guest in guests:
        guest.setblocking(False)
        guest.connect_ex(("fd00::1", port))
    return [listener, *guests]


def check_srv():
    tls = ["--certs", CERTS, "--certificate", "wrong-name"]  # mail.example.net
    implicit = Server(*tls, "--tls", "implicit")
    other = Server(*tls, "--tls", "implicit")
    upgraded = Server(*tls)
    records = [
        SRV % ("s", "example.net", "mail.example.net", implicit.port, 20),
        SRV % ("s", "example.net", "mail.example.net", 1, 10),
        SRV % ("s", "other.example", "mail.example.net", other.port, 1),
        SRV % ("", "old.example", "mail.example.net", upgraded.port, 1),
        "--srv-host=_submissions._tcp.none.example,.,0",
        "--host-record=mail.example.net,127.0.0.1"]
    dnsmasq = start_dnsmasq(records)
    check("srv: the second by priority, in TLS",
          Result("host = srv:example.net"), 0, server=implicit)
    check("srv: the server of another domain is not believed",
          Result("host = srv:other.example"), 69, "mail.example.net")
    check("srv: tls_name says whom to believe",
          Result("host = srv:other.example\ntls_name = mail.example.net"), 0,
          server=other)
    check("srv: STARTTLS where there is only that",
          Result("host = srv:old.example\ntls_name = mail.example.net"), 0,
          server=upgraded)
    check("srv: no service", Result("host = srv:none.example"), 68,
          "names no submission server")
    check("srv: no such domain", Result("host = srv:missing.example"), 68,
          "names no submission server")
    check("srv: SERVFAIL", Result("host = srv:broken.test"), 75,
          "the name server failed")
    check("srv: silence",
          Result("host = srv:silent.test\nconnect_timeout = 2s"), 75,
          "no name server answered in time", 3.0)
    dnsmasq.terminate()
    dnsmasq.wait()


def check_names():
    plain = Server("--tls", "none")
    international = Server("--tls", "none")
    second = Server("--tls", "none")
    guests = fill(plain.port)
    dead = ["fd00::%d" % n for n in range(1, DEAD_ADDRESSES + 1)]
    dnsmasq = start_dnsmasq(
        ["--host-record=six.example,%s" % address for address in dead] +
        ["--host-record=six.example,127.0.0.1",
         "--host-record=xn--bcher-kva.example,127.0.0.1"])
    way = "host = %s:%d\ntls = none\nconnect_timeout = %ds"
    check("six dead IPv6 addresses cost 300 ms at most",
          Result(way % ("six.example", plain.port, 5)), 0, "", 0.36,
          server=plain)
    check("an international name",
          Result(way % ("b\u00fccher.example", international.port, 5)), 0,
          server=international)
    check("no such name", Result(way % ("missing.example", 25, 5)), 68,
          "does not exist")
    check("SERVFAIL", Result(way % ("h.broken.test", 25, 5)), 75,
          "was not found")
    check("a silent name server",
          Result(way % ("h.silent.test", 25, 1)), 75,
          "no name server answered in time", 2.0)
    check("the next host when a name does not exist",
          Result("host = missing.example, 127.0.0.1:%d\ntls = none" %
                 second.port), 0, server=second)
    for guest in guests:
        guest.close()
    dnsmasq.terminate()
    dnsmasq.wait()


def check_proxy():
    servers = [Server("--tls", "none") for _ in range(3)]
    dnsmasq = start_dnsmasq(["--host-record=h.example,127.0.0.1"])
    open_proxy = start_microsocks(1080)
    closed_proxy = start_microsocks(
        1081, "-u", "anna", "-P", "pass:word@1")
    way = "tls = none\nhost = %s:%d\nproxy = socks5://%s"
    login = "anna:pass%3Aword%401@"
    check("a proxy", Result(way % ("127.0.0.1", servers[0].port,
                                   "127.0.0.1:1080")), 0, server=servers[0])
    check("a proxy that finds the name",
          Result(way % ("h.example", servers[1].port, "127.0.0.1")), 0,
          server=servers[1])
    check("a proxy with a login",
          Result(way % ("127.0.0.1", servers[2].port,
                        login + "127.0.0.1:1081")), 0, server=servers[2])
    check("a proxy that wants a login",
          Result(way % ("127.0.0.1", 25, "127.0.0.1:1081")), 78,
          "wants a login")
    check("a proxy that refuses the login",
          Result(way % ("127.0.0.1", 25, "anna:wrong@127.0.0.1:1081")), 78,
          "refused user and password")
    check("a proxy that is refused",
          Result(way % ("127.0.0.1", 2, "127.0.0.1:1080")), 75,
          "the host refused the connection")
    check("a proxy that finds no such name",
          Result(way % ("missing.example", 25, "127.0.0.1:1080")), 75,
          "through the proxy")
    for process in (dnsmasq, open_proxy, closed_proxy):
        process.terminate()
        process.wait()


bring_up_network()
for number in range(1, DEAD_ADDRESSES + 1):
    add_ipv6("fd00::%d" % number)
use_resolver()
answer_badly("127.0.0.2", 2)
answer_badly("127.0.0.3", None)
command(PEER, "--make-certs", CERTS)
check_srv()
check_names()
check_proxy()
sys.exit(1 if failed else 0)
