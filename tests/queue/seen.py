"""seen.py - the shim misses no call that matters, as strace(1) can tell

A submission and a run are watched by both: of what touches the spool or a
socket each must have seen as much as the other.
"""
import os
import re
import shutil
from collections import Counter
from errno import EAGAIN

from lab import Lab, Letter, adopt_orphans
from sink import Sink

# What the kernel calls it, and what the shim does.
CALLS = {
    "open": "open", "openat": "open", "creat": "open",
    "read": "read", "pread64": "read", "readv": "read",
    "write": "write", "pwrite64": "write", "writev": "write",
    "fsync": "fsync", "fdatasync": "fsync", "sync_file_range": "fsync",
    "syncfs": "fsync", "rename": "rename", "renameat": "rename",
    "renameat2": "rename", "link": "link", "linkat": "link",
    "symlink": "link", "symlinkat": "link", "unlink": "unlink",
    "unlinkat": "unlink", "rmdir": "unlink", "mkdir": "mkdir",
    "mkdirat": "mkdir", "ftruncate": "truncate", "truncate": "truncate",
    "fallocate": "fallocate", "flock": "flock", "fchmod": "chmod",
    "chmod": "chmod", "fchown": "chown", "fchownat": "chown",
    "chown": "chown", "utimensat": "utime", "copy_file_range": "write",
    "sendfile": "write", "connect": "connect", "sendto": "send",
    "sendmsg": "send", "recvfrom": "recv", "recvmsg": "recv",
}
LINE = re.compile(r"^(?:\d+ +)?(\w+)\((.*)$")


def matters(text):
    """What the library asks a name service is not the program's."""
    return "/spool" in text or "socket:" in text and "nscd" not in text


def by_strace(path):
    counts = Counter()
    for line in path.read_text(errors="replace").splitlines():
        found = LINE.match(line)
        if found and found.group(1) in CALLS and matters(line) and \
                " EAGAIN " not in line:
            counts[CALLS[found.group(1)]] += 1
    return counts


def by_shim(events):
    kinds = set(CALLS.values())
    return Counter(event.kind for event in events
                   if event.kind in kinds and event.errno != EAGAIN and
                   matters(f"{event.path} {event.second_path}"))


def watch(lab, act):
    """The same done twice, watched by one and by the other."""
    lab.fill_from(lab.directory / "none")
    path = lab.directory / "strace"
    lab.prefix = ["strace", "-f", "-y", "-s", "0", "-o", str(path)]
    for step in act:
        outcome = step()
    theirs = by_strace(path)
    lab.prefix = []
    lab.fill_from(lab.directory / "none")
    for step in act[:-1]:
        step()
    outcome = act[-1](trace=True)
    return theirs, by_shim(outcome.events)


def play(lab, figures):
    letter = Letter(1, ("good@sink.test", "other@sink.test"))

    def submit(**shim):
        return lab.submit(letter, "-odq", **shim)

    def run_queue(**shim):
        return lab.sendmail("-q", **shim)

    for name, act in (("submission", [submit]), ("run", [submit, run_queue])):
        theirs, ours = watch(lab, act)
        # How many it takes to receive a reply is a matter of time.
        theirs["recv"] = ours["recv"] = min(theirs["recv"], ours["recv"])
        for kind in sorted(set(theirs) | set(ours)):
            if theirs[kind] != ours[kind]:
                yield f"{name}: {kind} {theirs[kind]} times, says strace; " \
                    f"{ours[kind]}, says the shim"
        figures.append(f"{sum(ours.values())} calls of a {name}")


def run(report):
    adopt_orphans()
    if shutil.which("strace") is None:
        report.skip("the shim sees what strace sees", "there is no strace")
        return
    if os.geteuid() != 0:
        report.skip("the shim sees what strace sees", "only root can look "
                    "at the descriptors of a process that forbids cores")
        return
    figures = []
    with Sink() as sink, Lab(sink.port) as lab:
        problems = list(play(lab, figures))
    report.check("the shim sees what strace sees", problems,
                 ", ".join(figures))
