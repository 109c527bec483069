"""hostile.py - a disk that is full or read-only, a limit, a clock that jumps,
entries that are damaged

The first two are played in name spaces of their own, where this file is run
again by itself: as root, or as a user who may have such.
"""
import re
import subprocess
import sys

import lab as base
from lab import DAY, IS_FULL, Lab, Letter
from sink import Sink

YEAR = 365 * DAY
TO = ("good@sink.test",)


def arrived(sink):
    return sorted(arrival.message_id for arrival in sink.arrivals)


def expect(what, found, wanted):
    if found != wanted:
        yield f"{what}: {found}, not {wanted}"


def expect_whole(sink, letters):
    """Exactly these, once each, as they were."""
    yield from expect("arrived", arrived(sink),
                      sorted(letter.message_id for letter in letters))
    digests = {letter.digest for letter in letters}
    for arrival in sink.arrivals:
        if arrival.digest not in digests:
            yield f"{arrival.message_id} arrived changed"


def away(lab, letter, *options, **more):
    """Submit it while the server does not answer."""
    port, lab.port = lab.port, 1
    outcome = lab.submit(letter, *options, **more)
    lab.port = port
    return outcome


def drained(lab):
    for outcome in lab.drain():
        if outcome.code:
            yield f"a run ends with {outcome.code}: {outcome.stderr}"
    yield from expect("queue", lab.names(), [])
    yield from expect("damaged", lab.names("damaged"), [])


def told_both(outcome):
    """Neither sent nor kept: 73 or 74, and why."""
    if outcome.code not in (73, 74):
        yield f"exit {outcome.code}: {outcome.stderr}"
    if "onnection" not in outcome.stderr or len(outcome.stderr) < 60:
        yield f"not both reasons: {outcome.stderr}"


# --- where a file system can be mounted -------------------------------------

def play_full(lab, sink):
    """64 KiB: what does not fit is not kept, and what was kept is."""
    kept = []
    for number in range(1, 40):
        letter = Letter(number, TO, size=4000)
        outcome = away(lab, letter, *(["-odq"] if number % 2 else []))
        if outcome.code == 0:
            kept.append(letter)
        elif number % 2 == 0:
            yield from told_both(outcome)
    yield from expect("some but not all are kept",
                      0 < len(kept) < 30, True)
    big = away(lab, Letter(50, TO, size=200000))
    yield from told_both(big)
    huge = away(lab, Letter(51, TO, size=1500000))
    yield from told_both(huge)
    good = lab.submit(Letter(60, TO))
    yield from expect("sent over a full spool", good.code, 0)
    # A run that cannot write anything down, then one that can.
    filler = lab.spool / "filler"
    try:
        filler.write_bytes(bytes(65536))
    except OSError:
        pass
    sink.deferred = frozenset(TO)
    lab.make_due()
    lab.sendmail("-q")
    filler.unlink()
    sink.good()
    yield from drained(lab)
    yield from expect_whole(sink, [*kept, Letter(60, TO)])


def play_read_only(lab, sink, remount):
    first, second, third = (Letter(n, TO) for n in (1, 2, 3))
    yield from expect("kept", away(lab, first).code, 0)
    remount("ro")
    yield from told_both(away(lab, second))
    outcome = lab.submit(third)
    yield from expect("sent over a read-only spool",
                      (outcome.code, outcome.stderr), (0, ""))
    yield from expect("-odq", lab.submit(second, "-odq").code in (73, 74),
                      True)
    yield from expect("mailq", lab.sendmail("-bp").code, 0)
    before = lab.names()
    lab.make_due = lambda: None
    lab.sendmail("-q")
    yield from expect("the queue afterwards", lab.names(), before)
    del lab.make_due
    remount("rw")
    sent = sink.arrivals
    yield from drained(lab)
    copies = [arrival.message_id for arrival in sent]
    # What was delivered and could not be struck off may have come again.
    yield from expect("arrived", set(copies),
                      {first.message_id, third.message_id})
    yield from expect("third", copies.count(third.message_id), 1)


def inside():
    """In the name space: problems on standard output, one in a line."""
    def mount(*options):
        subprocess.run(["mount", *options], check=True)

    for play in (play_full, play_read_only):
        with Sink() as sink, Lab(sink.port) as lab:
            lab.spool.mkdir()
            place = str(lab.spool)
            mount("-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", place)

            def remount(how, place=place):
                mount("-o", "remount,bind," + how, place)

            more = [remount] if play is play_read_only else []
            try:
                for problem in play(lab, sink, *more):
                    print(f"{play.__name__}: {problem}")
            finally:
                subprocess.run(["umount", "-l", place], check=True)
    print("done")


def run_mounted(report):
    reasons = []
    for how in (["unshare", "-m"], ["unshare", "-mr"]):
        try:
            result = subprocess.run(
                [*how, sys.executable, __file__], capture_output=True,
                text=True, check=False)
        except FileNotFoundError as error:
            reasons.append(str(error))
            continue
        lines = result.stdout.splitlines()
        if lines and lines[-1] == "done":
            report.check("full and read-only spool", lines[:-1])
            return
        if "mount" not in result.stderr and "unshare" not in result.stderr:
            report.check("full and read-only spool",
                         [*lines, *result.stderr.splitlines()[-3:], "ended"])
            return
        reasons += result.stderr.splitlines()[-1:]
    report.check("full and read-only spool", [
        "this machine lets nobody mount a small file system: "
        + "; ".join(reasons)])


# --- anywhere ---------------------------------------------------------------

def play_limit(lab, sink):
    """RLIMIT_FSIZE: no file may be longer than 8 KiB."""
    small, big, huge = Letter(1, TO), Letter(2, TO, size=50000), \
        Letter(3, TO, size=1500000)
    lab.prefix = ["sh", "-c", 'ulimit -f 16; exec "$@"', "sh"]
    yield from expect("small", away(lab, small).code, 0)
    yield from told_both(away(lab, big))
    # Its body has no room anywhere, so that it cannot be sent either.
    yield from expect("huge", away(lab, huge).code, 74)
    yield from expect("big, sent", lab.submit(big).code, 0)
    yield from expect("big, -odq", lab.submit(big, "-odq").code, 74)
    yield from drained(lab)
    yield from expect_whole(sink, [small, big])


def play_clock(lab, sink):
    """It jumps far ahead and back: nothing is stuck."""
    ahead, now, behind = (Letter(n, TO) for n in (1, 2, 3))
    # Its turn is so far ahead that nobody can have set it: it is due.
    yield from expect("kept", away(lab, ahead, clock=10 * YEAR).code, 0)
    lab.sendmail("-q")
    yield from expect_whole(sink, [ahead])
    yield from expect("kept", away(lab, now).code, 0)
    lab.sendmail("-q")
    yield from expect_whole(sink, [ahead])
    lab.sendmail("-q", clock=-YEAR)
    yield from expect_whole(sink, [ahead, now])
    yield from expect("kept", away(lab, behind, clock=-YEAR).code, 0)
    lab.sendmail("-q")
    yield from expect_whole(sink, [ahead, now, behind])
    yield from drained(lab)


def play_expiry(lab, sink):
    """However old it is: it is tried before it is given up."""
    letter = Letter(1, TO)
    yield from expect("kept", away(lab, letter).code, 0)
    lab.sendmail("-q", clock=20 * YEAR)
    yield from expect_whole(sink, [letter])
    yield from drained(lab)
    # Arrived in the future: not late, not expired, whatever is tried.
    sink.forget()
    yield from expect("kept", away(lab, letter, clock=YEAR).code, 0)
    port, lab.port = lab.port, 1
    lab.make_due()
    lab.sendmail("-q")
    yield from expect("entries", len(lab.names()), 1)
    lab.port = port
    yield from drained(lab)
    yield from expect_whole(sink, [letter])


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 1
    path.write_bytes(data)
    return bytes(data)


def play_damaged(lab, sink):
    """Bad ones among good ones: set aside as they are, and never sent."""
    letters = [Letter(number, TO) for number in range(1, 8)]
    for letter in letters:
        lab.submit(letter, "-odq")
    queue, messages = lab.spool / "queue", lab.spool / "messages"
    names = lab.names()
    ids = [name.partition("-")[2] for name in names]

    def numbered(which):
        text = (messages / ids[which]).read_bytes()
        return int(re.search(rb"letter (\d+),", text).group(1))

    good = [letters[numbered(n) - 1] for n in (5, 6)]
    bad = {"envelope flipped": flip(queue / names[0], 40),
           "message flipped": flip(messages / ids[1], 100)}
    cut = (messages / ids[2]).read_bytes()[:-20]
    (messages / ids[2]).write_bytes(cut)
    (messages / ids[3]).unlink()
    other = (queue / names[4]).read_bytes().replace(
        b"sendoff 1", b"sendoff 2", 1)
    (queue / names[4]).write_bytes(other)
    (queue / "nonsense").write_bytes(b"what is this")
    (messages / "ZZZ").write_bytes(b"a remnant")
    lab.make_due()
    outcome = lab.sendmail("-q")
    yield from expect("exit", outcome.code, 74)
    yield from expect("sentences", len(outcome.stderr.splitlines()) >= 5,
                      True)
    yield from expect_whole(sink, good)
    kept = {(lab.spool / "damaged" / name).read_bytes()
            for name in lab.names("damaged")}
    for what, data in [*bad.items(), ("cut", cut)]:
        if data not in kept:
            yield f"{what}: not in damaged, as it was"
    left = [name for name in lab.names() if name.endswith(ids[4])]
    yield from expect("of another version", len(left), 1)
    yield from expect("mailq", lab.sendmail("-bp").code, 0)
    yield from expect("mailq --json", lab.sendmail("-bp", "--json").code, 0)
    # Again: nothing has changed, and nothing comes twice.
    lab.make_due()
    lab.sendmail("-q")
    yield from expect_whole(sink, good)


def play_flips(lab, sink):
    """Any bit of an entry: it is set aside, and not sent."""
    lab.submit(Letter(1, TO), "-odq")
    template = lab.directory / "template"
    lab.spool.rename(template)
    name = next(iter((template / "queue").iterdir())).name
    step = 1 if IS_FULL else 9
    for part in ("queue/" + name, "messages/" + name.partition("-")[2]):
        size = (template / part).stat().st_size
        for place in range(0, size, step):
            lab.fill_from(template)
            flip(lab.spool / part, place)
            lab.sendmail("-q")
            if sink.arrivals or lab.names() or not lab.names("damaged"):
                yield f"byte {place} of {part}: {arrived(sink)}, " \
                    f"{lab.names()}, {lab.names('damaged')}"
                sink.forget()


def run(report):
    base.adopt_orphans()
    run_mounted(report)
    for name, play in (("a limit on files", play_limit),
                       ("a clock that jumps", play_clock),
                       ("old, but never tried", play_expiry),
                       ("damaged among good", play_damaged),
                       ("any bit of an entry", play_flips)):
        with Sink() as sink, Lab(sink.port) as lab:
            report.check(name, play(lab, sink))


if __name__ == "__main__":
    base.adopt_orphans()
    inside()
