"""sweep.py - the crash sweep and the error sweep

Each scenario is played once to see which calls it makes.  Then it is played
again for each of them, and ends there or has it fail; then the queue is run
with a good server until it is empty, and nothing may be lost, sent twice
without need, changed or made up.
"""
import errno
import multiprocessing
import multiprocessing.util
import os
import re
import shutil
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field

from lab import DAY, IS_FULL, Lab, adopt_orphans, wait_for_orphans
from scenarios import ARRIVES, BURIED, RETURNED, SCENARIOS
from sink import Sink

SHORT = 0  # what the shim takes for half of it

WRITING = (errno.ENOSPC, errno.EIO, errno.EDQUOT)
# What each call can return, of ENOSPC EIO EDQUOT EMFILE EINTR EPIPE first.
ERRORS = {
    "access": (errno.EIO,),
    "bind": (),
    "chmod": (errno.EIO,),
    "chown": (errno.EIO, errno.EDQUOT),
    "close": (*WRITING, errno.EINTR),
    "connect": (errno.EINTR, errno.ETIMEDOUT),
    "fallocate": (*WRITING, errno.EINTR),
    "flock": (errno.ENOLCK,),
    "fork": (errno.EAGAIN,),
    "fsync": (*WRITING, errno.EINTR),
    "link": WRITING,
    "lock": (errno.EINTR, errno.ENOLCK),
    "mkdir": WRITING,
    "open": (*WRITING, errno.EMFILE, errno.EINTR),
    "opendir": (errno.EIO, errno.EMFILE),
    "pipe": (errno.EMFILE,),
    "poll": (errno.EINTR,),
    "read": (errno.EIO, errno.EINTR, SHORT),
    "readdir": (errno.EIO,),
    "recv": (errno.EIO, errno.EINTR, errno.ECONNRESET, SHORT),
    "rename": WRITING,
    "send": (errno.EIO, errno.EPIPE, errno.EINTR, SHORT),
    "socket": (errno.EMFILE,),
    "stat": (errno.EIO,),
    "truncate": (*WRITING, errno.EINTR),
    "unlink": (errno.EIO,),
    "utime": (errno.EIO,),
    "wait": (errno.EINTR,),
    "write": (*WRITING, errno.EPIPE, errno.EINTR, SHORT),
}
HARMLESS = (errno.EINTR, SHORT)
HARMLESS_KINDS = ("connect", "fsync", "lock", "poll", "read", "recv", "send",
                  "truncate", "wait", "write")


@dataclass
class Trial:
    """What became of one of them."""
    problems: list = field(default_factory=list)
    call: str = "-"  # the kind of the one that it is about
    is_for_ever: bool = False  # it fails from then on
    repeats: Counter = field(default_factory=Counter)  # by that
    arrivals: int = 0


class Stage:
    """A worker's own server and spool, used for many trials."""

    def __init__(self):
        self.sink = Sink()
        self.lab = Lab(self.sink.port)
        self.templates = {}

    def close(self):
        wait_for_orphans()
        self.lab.close()
        self.sink.close()

    def template(self, scenario):
        """The spool that it begins with, made once."""
        path = self.lab.directory / scenario.name
        if scenario.name not in self.templates:
            self.lab.fill_from(path)
            for letter in scenario.queued:
                outcome = self.lab.submit(letter, "-odq",
                                          clock=-scenario.age)
                assert outcome.code == 0, outcome.stderr
            if scenario.was_held:
                self.lab.sendmail("--hold", "ALL")
            if scenario.queued:
                shutil.copytree(self.lab.spool, path)
            self.templates[scenario.name] = path
        return path

    def act(self, scenario, **shim):
        """Do it, with the queue and the server as they shall be."""
        self.lab.fill_from(self.template(scenario))
        self.sink.good()
        self.sink.forget()
        self.sink.refused = frozenset(scenario.refused)
        self.sink.deferred = frozenset(scenario.deferred + scenario.never)
        self.lab.settings = scenario.settings
        self.lab.port = 1 if scenario.is_away else self.sink.port
        if scenario.submitted:
            outcome = self.lab.submit(scenario.submitted, *scenario.arguments,
                                      trace=True, **shim)
        else:
            outcome = self.lab.sendmail(*scenario.arguments, trace=True,
                                        **shim)
        self.lab.port = self.sink.port
        self.sink.deferred = frozenset(scenario.never)
        return outcome

    def recover(self):
        """Run the queue until it is empty; what is wrong with the spool."""
        lab = self.lab
        if any(name.startswith("held-") for name in lab.names()):
            lab.sendmail("--release", "ALL")
        for outcome in lab.drain():
            if outcome.code != 0:
                yield f"a run ends with {outcome.code}: {outcome.stderr}"
        for part in ("queue", "damaged"):
            if lab.names(part):
                yield f"{part} is not empty: {lab.names(part)}"

    def sweep_up(self):
        """Days later nothing is left of what was begun."""
        self.lab.sendmail("-q", clock=3 * DAY)
        for part in ("tmp", "messages"):
            if self.lab.names(part):
                yield f"{part} is not empty: {self.lab.names(part)}"


# --- what must have come of it ----------------------------------------------

@dataclass
class Transaction:
    """A message on its way, as the trace tells it; places in the trace."""
    message_id: str
    dot: int
    answered: int = None
    recorded: int = None  # in the names of the queue
    synced: int = None  # and those are on the disk


def transactions(events):
    """Those whose final dot was sent."""
    found, said = [], b""
    for place, event in enumerate(events):
        if event.kind in ("send", "write") and "socket:" in event.path:
            said += event.data
            if sends_dot(event):
                found.append(Transaction(field_of(said), place))
                said = b""
        elif found:
            follow(found[-1], place, event)
    return found


def sends_dot(event):
    return event.data.endswith(b"\r\n.\r\n") or \
        b"\r\n.\r\nQUIT" in event.data


def field_of(said):
    ids = re.findall(rb"(?im)^message-id: *(<.*>)", said)
    return ids[0].decode() if ids else ""


def follow(transaction, place, event):
    """What becomes of it afterwards."""
    if transaction.answered is None:
        if event.kind == "recv" and event.data.startswith(b"250"):
            transaction.answered = place
    elif transaction.recorded is None:
        if event.kind in ("unlink", "rename") and event.result == 0 and \
                "/spool/queue/" in event.path + event.second_path:
            transaction.recorded = place
    elif transaction.synced is None:
        if event.kind == "fsync" and event.result == 0 and \
                event.path.endswith("/spool/queue"):
            transaction.synced = place


def may_repeat(message_id, outcome, is_crash):
    """The dot was out, and that it was answered could not be recorded."""
    found = [transaction for transaction in transactions(outcome.events)
             if transaction.message_id == message_id]
    if not is_crash:
        return bool(found) and outcome.has_failed
    return any(transaction.recorded is None for transaction in found)


def judge_letter(scenario, stage, letter, outcome, is_crash, trial):
    """The invariants, for one letter."""
    is_promised = letter in scenario.queued or \
        outcome.code in (0, scenario.code)
    arrivals = [arrival for arrival in stage.sink.arrivals
                if arrival.message_id == letter.message_id]
    notices = Counter(
        arrival.message_id for arrival in stage.sink.arrivals
        if arrival.is_notice and arrival.about == letter.message_id)
    dead = stage.lab.names("dead")
    for recipient in letter.recipients:
        copies = sum(arrival.recipient == recipient for arrival in arrivals)
        fate = scenario.fate(recipient)
        if fate != ARRIVES and copies:
            yield f"{recipient} got it all the same"
        if fate != ARRIVES:
            continue
        if is_promised and not copies and not scenario.removes:
            yield f"{recipient} lost {letter.message_id}"
        if scenario.removes and outcome.code == 0 and copies:
            yield f"{recipient} got what was removed"
        if not is_promised and not is_crash and copies and \
                not may_repeat(letter.message_id, outcome, is_crash):
            yield f"{recipient} got what ended with {outcome.code}"
        # What can never be recorded comes again and again.
        if copies > 2 and not trial.is_for_ever or copies >= 2 and \
                not may_repeat(letter.message_id, outcome, is_crash):
            yield f"{recipient} got {letter.message_id} {copies} times"
        if copies >= 2:
            trial.repeats[trial.call] += 1
    fates = {scenario.fate(recipient) for recipient in letter.recipients}
    if is_promised and RETURNED in fates and not notices:
        yield f"nobody was told of {letter.message_id}"
    if len(notices) >= scenario.notices.stop:
        yield f"{len(notices)} notices of {letter.message_id}"
    for message_id, copies in notices.items():
        if copies > 2 or copies == 2 and \
                not may_repeat(message_id, outcome, is_crash):
            yield f"notice {message_id} came {copies} times"
        if copies == 2:
            trial.repeats[trial.call] += 1
    if (BURIED in fates) != bool(dead) or len(dead) > 1:
        yield f"dead letters: {dead}"


def judge_contents(scenario, arrivals):
    """What arrives is what was sent."""
    digests = {letter.message_id: letter.digest
               for letter in scenario.letters}
    for arrival in arrivals:
        if arrival.is_notice:
            continue
        if arrival.message_id not in digests:
            yield f"{arrival.message_id} came from nowhere"
        elif arrival.digest != digests[arrival.message_id]:
            yield f"{arrival.message_id} arrived changed"


def judge(scenario, stage, outcome, is_crash, trial):
    yield from judge_contents(scenario, stage.sink.arrivals)
    if "it hangs" in outcome.stderr:
        yield "it hangs"
    if outcome.code < 0 and not is_crash:
        yield f"it ended by signal {-outcome.code}"
    if outcome.code > 0 and not outcome.stderr and not is_crash:
        yield f"it ended with {outcome.code} and no reason"
    if outcome.code == 75 and scenario.submitted:
        yield "it ended with 75, though there is a queue"
    for letter in scenario.letters:
        yield from judge_letter(scenario, stage, letter, outcome, is_crash,
                                trial)


# --- playing ----------------------------------------------------------------

stage = None


def set_up_worker():
    global stage
    # What ^C does to all of us is the parent's to say; it ends us so that
    # we tidy up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    adopt_orphans()
    stage = Stage()
    multiprocessing.util.Finalize(stage, stage.close, exitpriority=10)


def find_event(events, shim):
    """What the shim was to do something about; or what came before."""
    if "kill" in shim:
        number = int(shim["kill"].split(":")[1])
        found = [event for event in events if event.number <= number]
        return max(found, key=lambda event: event.number, default=None)
    kind, place = shim["fail"].split(":")[:2]
    same = [event for event in events if event.kind == kind]
    place = min(int(place.rstrip("+")), len(same))
    return same[place - 1] if same else None


def play(task):
    """One trial: (scenario's number, what the shim shall do, what must be)."""
    number, shim, wants = task
    scenario = SCENARIOS[number]
    is_crash = "kill" in shim
    outcome = stage.act(scenario, **shim)
    event = find_event(outcome.events, shim)
    trial = Trial(call=event.kind if event else "-",
                  is_for_ever="+" in shim.get("fail", ""))
    trial.problems += stage.recover()
    trial.problems += judge(scenario, stage, outcome, is_crash, trial)
    if wants is not None and outcome.code != wants and not is_crash:
        trial.problems.append(f"it ended with {outcome.code}, not {wants}: "
                              f"{outcome.stderr.strip()}")
    if not shim or is_crash and hash(str(shim)) % 8 == 0:
        trial.problems += stage.sweep_up()
    trial.arrivals = len(stage.sink.arrivals)
    where = f"{scenario.name}, {shim}, exit {outcome.code}"
    if event:
        where += f", {event.kind} {event.path} {event.second_path}"
    trial.problems = [f"{where}: {problem}" for problem in trial.problems]
    return trial


def look(number):
    """Play it undisturbed; the outcome, and what was wrong already."""
    scenario = SCENARIOS[number]
    trial = Trial()
    outcome = stage.act(scenario)
    trial.problems += stage.recover()
    trial.problems += judge(scenario, stage, outcome, False, trial)
    trial.problems += stage.sweep_up()
    if outcome.code != scenario.code:
        trial.problems.append(f"exit {outcome.code}: {outcome.stderr}")
    notices = sum(arrival.is_notice for arrival in stage.sink.arrivals)
    if "late" in scenario.name and notices != 1:
        trial.problems.append(f"{notices} notices")
    trial.problems = [f"{scenario.name}: {problem}"
                      for problem in trial.problems]
    return outcome, trial


def crash_tasks(number, outcome):
    for call in range(1, outcome.total + 1):
        for when in ("before", "after"):
            yield number, {"kill": f"{when}:{call}"}, None
            if IS_FULL:
                yield number, {"kill": f"{when}:{call}:group"}, None


def error_tasks(number, outcome):
    code = SCENARIOS[number].code
    for kind, count in Counter(e.kind for e in outcome.events).items():
        for call in range(1, count + 1):
            for error in ERRORS[kind]:
                is_harmless = error in HARMLESS and kind in HARMLESS_KINDS
                yield (number, {"fail": f"{kind}:{call}:{error}"},
                       code if is_harmless else None)
                if error in (errno.ENOSPC, errno.EIO):
                    yield (number, {"fail": f"{kind}:{call}+:{error}"}, None)


def numbers_of(part):
    """The scenarios with that in their name."""
    return [number for number, scenario in enumerate(SCENARIOS)
            if part in scenario.name]


def workers():
    """Processes, each with a stage of its own, to play trials."""
    count = max(2, min(4, 2 * (os.cpu_count() or 1)))
    return multiprocessing.Pool(count, set_up_worker)


def run(report, pool, names, numbers):
    looks = pool.map(look, numbers, chunksize=1)
    report.check("scenarios, undisturbed",
                 [problem for _, trial in looks for problem in trial.problems],
                 f"{len(numbers)} played")
    for name, tasks_of in (("crash", crash_tasks), ("errors", error_tasks)):
        if name not in names:
            continue
        for number, (outcome, _) in zip(numbers, looks):
            trials = pool.map(play, tasks_of(number, outcome), chunksize=8)
            tell(report, name, SCENARIOS[number], outcome, trials)


def tell(report, name, scenario, outcome, trials):
    repeats = sum((trial.repeats for trial in trials), Counter())
    figures = (f"{outcome.total} calls, {len(trials)} trials, "
               f"{sum(trial.arrivals for trial in trials)} messages, "
               f"{sum(repeats.values())} twice")
    if repeats:
        figures += " (" + ", ".join(
            f"{kind} {count}" for kind, count in repeats.items()) + ")"
    report.check(f"{name}: {scenario.name}",
                 [problem for trial in trials for problem in trial.problems],
                 figures)
