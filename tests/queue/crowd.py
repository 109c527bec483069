"""crowd.py - many at once, on one spool, while processes are killed

Runners and submitters work side by side; the server refuses, defers and drops
at random, and loses final replies.  In the end each message has been delivered
once, unless a lost reply or a kill behind the 250 allows it twice, or it was
refused and its sender told.
"""
import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter

from lab import IS_FULL, SENDMAIL, Lab, Letter, adopt_orphans, children, \
    wait_for_orphans
from sink import Sink

RUNNERS, SUBMITTERS = 8, 20
MESSAGES = 10000 if IS_FULL else 2000
SENDER = "anna@queue.test"

# Stage, chance in a thousand, what the server does there.
WHIMS = (
    ("connect", 10, "drop"),
    ("greeting", 15, b"421 4.3.2 too busy"),
    ("mail", 10, "drop"),
    ("mail", 20, b"451 4.3.0 not now"),
    ("rcpt", 80, b"451 4.2.1 not now"),
    ("rcpt", 20, b"550 5.1.1 nobody of that name"),
    ("data", 10, "drop"),
    ("body", 10, "drop"),
    ("dot", 15, "drop"),
    ("dot", 30, b"451 4.3.0 not now"),
    ("dot", 10, b"554 5.6.0 not that"),
    ("reply", 20, "drop"),
)


class Whims:
    """What the server does; remembers whom it has refused for good."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.refused = set()
        self.counts = Counter()

    def __call__(self, stage, recipients):
        with self.lock:
            for where, chance, action in WHIMS:
                if where != stage or self.random.randrange(1000) >= chance:
                    continue
                is_refusal = action != "drop" and action.startswith(b"5")
                if is_refusal and SENDER in recipients:
                    continue  # a notice about a notice there is not
                if is_refusal:
                    self.refused.update(recipients)
                self.counts[f"{where} {str(action)[:5].strip(chr(39))}"] += 1
                return action
        return None


class Crowd:
    """One of these; a lab and its threads."""

    def __init__(self, lab, sink, messages, kills, seed):
        self.lab = lab
        self.sink = sink
        self.kills = kills  # whether
        self.random = random.Random(seed)
        self.whims = sink.chaos = Whims(seed)
        self.lock = threading.Lock()
        self.letters = [self._letter(n) for n in range(1, messages + 1)]
        self.waiting = list(reversed(self.letters))
        self.codes = {}  # by number of the letter
        self.started = set()  # process ids; others of ours are orphans
        self.killed = 0  # of those that may have been sending
        self.problems = []
        self.is_over = threading.Event()
        self.path = lab.configure()
        self.environment = lab.environment()

    def _letter(self, number):
        recipients = tuple(f"u{number}.{n}@sink.test"
                           for n in range(self.random.choice((1, 1, 1, 2))))
        return Letter(number, recipients, SENDER)

    def _start(self, arguments):
        process = subprocess.Popen(
            [SENDMAIL, "-C", str(self.path), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=self.environment,
            start_new_session=True)
        self.started.add(process.pid)
        return process

    def _run(self, arguments, text, chance, patience):
        """Its exit code; killed with that chance of a hundred, some time."""
        process = self._start(arguments)
        timer = None
        if self.kills and self.random.randrange(100) < chance:
            timer = threading.Timer(self.random.random() * patience,
                                    self._kill, [process])
            timer.start()
        _, stderr = process.communicate(text)
        if timer:
            timer.cancel()
            timer.join()
        if process.returncode > 0 and not stderr:
            self.problems.append(f"{arguments}: {process.returncode} and "
                                 "no reason")
        return process.returncode

    def _kill(self, process):
        """Its whole process group, in the middle of whatever it does."""
        if process.poll() is not None:
            return  # and somebody else may have its number
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
            with self.lock:
                self.killed += 1

    def _submit(self):
        while True:
            with self.lock:
                if not self.waiting:
                    return
                letter = self.waiting.pop()
            how = self.random.choice(("-odi", "-odi", "-odb", "-odq"))
            self.codes[letter.number] = self._run(
                [how, *letter.arguments], letter.text, 25, 0.03)

    def _drain(self):
        while not self.is_over.is_set():
            code = self._run(["-q"], b"", 50, 0.2)
            if code > 0:
                self.problems.append(f"a run ended with {code}")
            self.is_over.wait(self.random.random() * 0.2)

    def _kill_orphans(self):
        """Those in the background, now and then, by their number."""
        while self.kills and not self.is_over.is_set():
            time.sleep(0.1)
            with contextlib.suppress(OSError, IndexError):
                pid = self.random.choice(children())
                if pid not in self.started:
                    os.kill(pid, signal.SIGKILL)
                    with self.lock:
                        self.killed += 1

    def play(self):
        threads = [threading.Thread(target=self._submit)
                   for _ in range(SUBMITTERS)]
        others = [threading.Thread(target=self._drain)
                  for _ in range(RUNNERS)]
        others.append(threading.Thread(target=self._kill_orphans))
        for thread in threads + others:
            thread.start()
        for thread in threads:
            thread.join()
        self._settle(20)
        self.is_over.set()
        for thread in others:
            thread.join()
        wait_for_orphans()
        self.sink.good()
        self._settle(0)
        for _ in range(6):
            self.lab.drain(1)

    def _settle(self, seconds):
        """Let the runners go on until there is little left for them."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.lab.names():
            time.sleep(0.2)

    # --- what must have come of it -------------------------------------

    def judge(self):
        yield from self.problems
        copies = Counter((arrival.message_id, arrival.recipient)
                         for arrival in self.sink.arrivals)
        lost = Counter((arrival.message_id, arrival.recipient)
                       for arrival in self.sink.lost)
        notices = Counter(arrival.about for arrival in self.sink.arrivals
                          if arrival.is_notice)
        digests = {letter.message_id: letter.digest
                   for letter in self.letters}
        for arrival in self.sink.arrivals:
            if not arrival.is_notice and \
                    arrival.digest != digests.get(arrival.message_id):
                yield f"{arrival.message_id} arrived changed"
        self.unexplained = 0
        for letter in self.letters:
            for recipient in letter.recipients:
                key = letter.message_id, recipient
                extra = copies[key] - 1 - lost[key]
                if extra > 0:
                    self.unexplained += extra
                if copies[key] == 0 and self.codes[letter.number] == 0:
                    yield from self._judge_missing(key, notices)
        if self.unexplained > 2 * self.killed:
            yield (f"{self.unexplained} came twice, {self.killed} processes "
                   "were killed")
        for part in ("queue", "damaged", "dead"):
            if self.lab.names(part):
                yield f"{part} is not empty: {self.lab.names(part)}"

    def _judge_missing(self, key, notices):
        if key[1] not in self.whims.refused:
            yield f"{key[1]} lost {key[0]}; the log: {self._logged(key[1])}"
        elif not notices[key[0]]:
            yield f"{key[1]} was refused, and nobody told of {key[0]}"

    def _logged(self, recipient):
        return [line for line in self.lab.log.read_text().splitlines()
                if recipient in line]

    def figures(self):
        codes = Counter(self.codes.values())
        twice = sum(count > 1 for count in Counter(
            (arrival.message_id, arrival.recipient)
            for arrival in self.sink.arrivals
            if not arrival.is_notice).values())
        whims = sum(self.whims.counts.values())
        return (f"{len(self.letters)} messages, {codes[0]} exit 0, "
                f"{codes[-9]} submitters killed, {self.killed} kills in all, "
                f"{whims} whims, {len(self.sink.lost)} replies lost, "
                f"{twice} twice, "
                f"{self.unexplained} of them by a kill")


def play(report, name, messages, kills):
    begun = time.monotonic()
    with Sink() as sink, Lab(sink.port) as lab:
        lab.settings = {"retry": "1s", "delay_warning": "none"}
        lab.profile = {"max_connections": 2}
        crowd = Crowd(lab, sink, messages, kills, seed=messages)
        crowd.play()
        problems = list(crowd.judge())
        report.check(name, problems, crowd.figures() +
                     f", {time.monotonic() - begun:.0f} s")


def run(report):
    adopt_orphans()
    play(report, "crowd, nobody killed", MESSAGES // 3, False)
    play(report, "crowd, with kills", MESSAGES, True)
