"""scale.py - 100,000 messages that wait, 100 of them due

A run opens only those, mailq is quick and small, and one more message costs
what it costs in an empty queue.
"""
import hashlib
import os
import re
import subprocess
import time

from lab import SENDMAIL, Lab, Letter, adopt_orphans
from sink import Sink

MANY, DUE = 100000, 100


def seal(lines):
    """With the line that an envelope ends with."""
    digest = hashlib.sha256(lines).hexdigest()
    return lines + b"End %d %s\n" % (len(lines), digest.encode())


def multiply(lab, count, due):
    """As many entries as that, made of the one that is there."""
    queue, messages = lab.spool / "queue", lab.spool / "messages"
    name = lab.names()[0]
    old = name.partition("-")[2]
    lines = (queue / name).read_bytes().rpartition(b"End ")[0]
    message = (messages / old).read_bytes()
    soon = int(time.time()) + 900
    for number in range(count):
        new = f"{number:08d}ABCD"
        envelope = seal(lines.replace(old.encode(), new.encode()))
        turn = number if number < due else soon + number % 3600
        for path, data in ((messages / new, message),
                           (queue / f"{turn:012d}-{new}", envelope)):
            fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(fd, data)
            os.close(fd)
    (queue / name).unlink()
    (messages / old).unlink()


def measure(lab, *arguments):
    """Seconds of work, KiB and standard output of a program."""
    path = lab.configure()
    output = lab.directory / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [SENDMAIL, "-C", str(path), *arguments], stdout=file,
            stdin=subprocess.DEVNULL, env=lab.environment())
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return (usage.ru_utime + usage.ru_stime, usage.ru_maxrss,
            output.read_text())


def opened(events):
    """The files of the spool that were opened, by kind of directory."""
    paths = [event.path for event in events if event.kind == "open"]
    return [path for path in paths
            if re.search(r"/spool/(queue|messages|tmp)/[^/]", path)]


def enqueue(lab, number):
    """Calls made, and the best time of a few tries."""
    times, outcome = [], None
    for n in range(9):
        letter = Letter(number + n, ("good@sink.test",))
        begun = time.monotonic()
        outcome = lab.submit(letter, "-odq")
        times.append(time.monotonic() - begun)
    outcome = lab.submit(Letter(number + 9, ("good@sink.test",)), "-odq",
                         trace=True)
    return outcome.total, min(times)


def play(lab, sink, figures):
    calls, seconds = enqueue(lab, 1)
    lab.drain()
    sink.forget()
    lab.submit(Letter(100, ("good@sink.test",)), "-odq")
    multiply(lab, MANY, DUE)
    more_calls, more_seconds = enqueue(lab, 200)
    if more_calls != calls:
        yield f"a message costs {calls} calls, {more_calls} in a long queue"
    if more_seconds > 2 * seconds + 0.005:
        yield f"a message takes {seconds:.4f} s, {more_seconds:.4f}"
    figures.append(f"to queue one takes {calls} calls and "
                   f"{1000 * seconds:.1f} ms, {more_calls} and "
                   f"{1000 * more_seconds:.1f} ms behind {MANY}")
    for options, lines in (((), 3 * MANY), (("--json",), MANY)):
        seconds, size, text = measure(lab, "-bp", *options)
        if seconds > 2 or size > 64 * 1024 or text.count("\n") < lines:
            yield f"mailq {options}: {seconds:.2f} s, {size} KiB, " \
                f"{len(text)} bytes"
        figures.append(f"mailq {' '.join(options)} {seconds:.2f} s, "
                       f"{size // 1024} MiB")
    # Those of enqueue() are due, too.
    due = DUE + 10
    outcome = lab.sendmail("-q", trace=True)
    files = opened(outcome.events)
    if outcome.code or len(sink.arrivals) != due or \
            len(lab.names()) != MANY - DUE:
        yield f"a run: exit {outcome.code}, {len(sink.arrivals)} sent, " \
            f"{len(lab.names())} left"
    if len(files) > 4 * due:
        yield f"a run opened {len(files)} files for {due} messages"
    begun = time.monotonic()
    lab.sendmail("-q")
    idle = time.monotonic() - begun
    figures.append(f"a run opened {len(files)} files for {due} messages, "
                   f"and takes {1000 * idle:.0f} ms when nothing is due")


def run(report):
    adopt_orphans()
    figures = []
    with Sink() as sink, Lab(sink.port) as lab:
        problems = list(play(lab, sink, figures))
    report.check(f"scale: {MANY} messages", problems, "; ".join(figures))
