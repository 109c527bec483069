"""power.py - every tree that a power loss may leave, rebuilt and run

A traced run is played on a model of a disk that promises nothing but what
fsync(2) does: what was written to a file and not synced may be there, be
missing, cut, or zeros; what was done to the names of a directory and not
synced may have been done or not, each on its own.  A rename within a directory
is one thing that happens or not; one between directories is two.
"""
import itertools
import os
import posixpath
import random
from dataclasses import dataclass, field

import sweep
from lab import IS_FULL
from scenarios import ARRIVES, BURIED, SCENARIOS

MAX_TREES = 4000 if IS_FULL else 400  # of one moment, chosen by lot


@dataclass(eq=False)
class File:
    current: bytes = b""
    synced: bytes = b""
    is_synced: bool = True

    def write(self, data, offset):
        gap = bytes(max(0, offset - len(self.current)))
        self.current = (self.current + gap)[:offset] + data + \
            self.current[offset + len(data):]
        self.is_synced = False

    def sync(self):
        self.synced, self.is_synced = self.current, True

    def survivors(self):
        if self.is_synced:
            return [self.current]
        length, half = len(self.current), len(self.current) // 2
        return list(dict.fromkeys([
            self.current, self.synced, b"", self.current[:half],
            bytes(length), bytes(half) + self.current[half:]]))


@dataclass(eq=False)
class Directory:
    current: dict = field(default_factory=dict)
    synced: dict = field(default_factory=dict)
    pending: list = field(default_factory=list)  # functions of a dict

    def change(self, operation):
        operation(self.current)
        self.pending.append(operation)

    def sync(self):
        self.synced, self.pending = dict(self.current), []


def put(name, node):
    return lambda names: names.__setitem__(name, node)


def drop(name):
    return lambda names: names.pop(name, None)


def move(name, second, node):
    def operation(names):
        if names.get(name) is node:
            del names[name]
        names[second] = node
    return operation


class Disk:
    """The model: nodes by path, as they are now and as they may survive."""

    def __init__(self, top, spool):
        self.top = str(top)  # outlives everything
        self.root = Directory()
        self.inodes = {}
        if spool.exists():
            self.root.current["spool"] = self._load(spool)
            self.root.sync()

    def _load(self, path):
        if path.is_file():
            node = File(path.read_bytes())
        else:
            node = Directory({name: self._load(path / name)
                              for name in os.listdir(path)})
        node.sync()
        return node

    def find(self, path):
        """The directory that a path is in, and its name; or None."""
        path = posixpath.relpath(posixpath.normpath(path), self.top)
        parts = path.split("/")
        if parts[0] != "spool":
            return (self.root, None) if path == "." else None
        node = self.root
        for part in parts[:-1]:
            node = node.current[part]
        return node, parts[-1]

    def play(self, event):
        """True when something may now survive that could not before."""
        if event.result < 0:
            return False
        work = getattr(self, "_" + event.kind, None)
        return work is not None and work(event) is not False

    def _open(self, event):
        place = self.find(event.path)
        if place is None:
            return False
        directory, name = place
        node = self.root if name is None else directory.current.get(name)
        is_new = node is None
        if is_new:
            node = File()
            directory.change(put(name, node))
        self.inodes[event.second_inode] = node
        if event.detail & os.O_TRUNC and node.current:
            node.current, node.is_synced = b"", False
        return is_new

    def _mkdir(self, event):
        place = self.find(event.path)
        if place is None:
            return False
        place[0].change(put(place[1], Directory()))
        return True

    def _write(self, event):
        node = self.inodes.get(event.inode)
        if not isinstance(node, File) or not self.find(event.path):
            return False
        node.write(event.data, event.detail)
        return True

    def _truncate(self, event):
        node = self.inodes.get(event.inode)
        if node is None:
            return False
        node.current = node.current[:event.detail].ljust(event.detail, b"\0")
        node.is_synced = False
        return True

    def _fsync(self, event):
        node = self.inodes.get(event.inode)
        if node is None:
            return False
        node.sync()
        return True

    def _rename(self, event):
        place, second = self.find(event.path), self.find(event.second_path)
        if place is None or second is None:
            return False
        node = place[0].current[place[1]]
        if place[0] is second[0]:
            place[0].change(move(place[1], second[1], node))
        else:
            second[0].change(put(second[1], node))
            place[0].change(drop(place[1]))
        return True

    def _unlink(self, event):
        place = self.find(event.path)
        if place is None:
            return False
        place[0].change(drop(place[1]))
        return True

    def _nodes(self, node=None):
        node = node or self.root
        yield node
        if isinstance(node, Directory):
            # What was renamed may be in two of them, or in none any more.
            inner = [*node.current.values(), *node.synced.values()]
            for operation in node.pending:
                names = {}
                operation(names)
                inner += names.values()
            for child in dict.fromkeys(inner):
                yield from self._nodes(child)

    def survivors(self, chance):
        """The trees that may be found: dicts of names to bytes or dicts."""
        directories = [node for node in dict.fromkeys(self._nodes())
                       if isinstance(node, Directory) and node.pending]
        choices = [itertools.product((True, False), repeat=len(node.pending))
                   for node in directories]
        for choice in sample(itertools.product(*choices), chance):
            names = {}
            for node, done in zip(directories, choice):
                kept = dict(node.synced)
                for operation, is_done in zip(node.pending, done):
                    if is_done:
                        operation(kept)
                names[node] = kept
            yield from self._trees(names, chance)

    def _trees(self, names, chance):
        files = []

        def collect(node):
            if isinstance(node, File):
                files.append(node)
                return
            for child in names.get(node, node.current).values():
                collect(child)

        def build(node, contents):
            if isinstance(node, File):
                return contents[node]
            return {name: build(child, contents) for name, child in
                    names.get(node, node.current).items()}

        collect(self.root)
        files = list(dict.fromkeys(files))
        choices = itertools.product(*(node.survivors() for node in files))
        for choice in sample(choices, chance):
            yield build(self.root, dict(zip(files, choice)))

    def now(self):
        """The tree as it is while there is power."""
        def build(node):
            if isinstance(node, File):
                return node.current
            return {name: build(child)
                    for name, child in node.current.items()}
        return build(self.root)


def sample(choices, chance):
    """All of them, or some where there are too many."""
    first = list(itertools.islice(choices, MAX_TREES + 1))
    if len(first) <= MAX_TREES:
        return first
    kept = first[:2] + chance.sample(first, MAX_TREES // 2)
    for number, choice in enumerate(choices):
        if chance.random() < MAX_TREES / (2.0 * (MAX_TREES + number)):
            kept.append(choice)
        if number > 20 * MAX_TREES:
            break
    return kept


def load(path):
    """A real tree, as survivors() has them."""
    if path.is_file():
        return path.read_bytes()
    return {name: load(path / name) for name in os.listdir(path)}


def store(tree, path):
    """The other way."""
    if isinstance(tree, bytes):
        path.write_bytes(tree)
        path.chmod(0o600)
        return
    path.mkdir(mode=0o700)
    for name, child in tree.items():
        store(child, path / name)


def freeze(tree):
    """The same as something that a set takes."""
    if isinstance(tree, bytes):
        return tree
    return frozenset((name, freeze(child)) for name, child in tree.items())


# --- what must have come of it ----------------------------------------------

@dataclass(frozen=True)
class Moment:
    """What is known of the run when the power goes."""
    is_promised: bool  # exit 0, or it was in the queue before
    answered: frozenset  # Message-IDs that were accepted; may come again
    recorded: frozenset  # those of which the disk knows it; may not


def moments(scenario, outcome):
    """One for each event, as it is when that has been."""
    sent = sweep.transactions(outcome.events)
    has_child = False
    for place, event in enumerate(outcome.events):
        # With -odb the caller may know when there is a child.
        has_child = has_child or event.kind == "fork"
        has_exited = outcome.code == 0 and (
            event is outcome.events[-1] or
            "-odb" in scenario.arguments and has_child)
        yield event, Moment(
            bool(scenario.queued) or has_exited,
            frozenset(transaction.message_id for transaction in sent
                      if (transaction.answered or place) < place),
            frozenset(transaction.message_id for transaction in sent
                      if (transaction.synced or place) < place))


def judge_recipient(letter, recipient, copies, moment, was_accepted):
    """Of somebody who shall get it."""
    key = letter.message_id
    is_answered = was_accepted and key in moment.answered
    if moment.is_promised and not is_answered and copies == 0:
        yield f"{recipient} lost {key}"
    if copies > 1 or copies and was_accepted and key in moment.recorded:
        yield f"{recipient} got {key} once more"


def judge(scenario, stage, moment, accepted):
    """accepted: what arrived before the power went, if it did so late."""
    arrivals = stage.sink.arrivals
    notices_before = {message_id for message_id, _ in accepted} - {
        letter.message_id for letter in scenario.letters}
    yield from sweep.judge_contents(scenario, arrivals)
    dead = stage.lab.names("dead")
    for letter in scenario.letters:
        fates = {scenario.fate(recipient) for recipient in letter.recipients}
        for recipient in letter.recipients:
            key = letter.message_id, recipient
            copies = sum((arrival.message_id, arrival.recipient) == key
                         for arrival in arrivals)
            if scenario.removes:
                continue
            if scenario.fate(recipient) == ARRIVES:
                yield from judge_recipient(letter, recipient, copies, moment,
                                           key in accepted)
            elif copies:
                yield f"{recipient} got it all the same"
        notices = len({
            arrival.message_id for arrival in arrivals
            if arrival.is_notice and arrival.about == letter.message_id} |
            notices_before & moment.answered)
        if moment.is_promised and notices < scenario.notices.start or \
                notices >= scenario.notices.stop:
            yield f"{notices} notices of {letter.message_id}"
        if (BURIED in fates) != bool(dead) or len(dead) > 1:
            yield f"dead letters: {dead}"
        for name in dead:
            text = (stage.lab.spool / "dead" / name).read_bytes()
            if letter.text.rpartition(b"\n\n")[2] not in text:
                yield f"{name} is not whole"


# --- playing ----------------------------------------------------------------

def trace(number):
    """Play it once; the trees that it may leave, with their moments."""
    stage, scenario = sweep.stage, SCENARIOS[number]
    start = stage.template(scenario)
    outcome = stage.act(scenario)
    accepted = frozenset((arrival.message_id, arrival.recipient)
                         for arrival in stage.sink.arrivals)
    chance = random.Random(number)
    disk = Disk(stage.lab.directory, start)
    trees, problems = {}, []
    for event, moment in moments(scenario, outcome):
        is_last = event is outcome.events[-1]
        if not (disk.play(event) or is_last):
            continue
        for tree in disk.survivors(chance):
            trees.setdefault((freeze(tree), moment),
                             (number, tree, moment, accepted, event.number))
    spool = stage.lab.spool
    if disk.now() != ({"spool": load(spool)} if spool.exists() else {}):
        problems.append(f"{scenario.name}: the model is not the disk: "
                        f"{sorted(disk.now().get('spool', {}))}")
    return list(trees.values()), problems, len(outcome.events)


def play(task):
    """Give power back; what is wrong, and how many messages came."""
    number, tree, moment, accepted, place = task
    stage, scenario = sweep.stage, SCENARIOS[number]
    stage.lab.fill_from(stage.lab.directory / "nothing")
    if "spool" in tree:
        store(tree["spool"], stage.lab.spool)
    stage.sink.good()
    stage.sink.forget()
    stage.sink.refused = frozenset(scenario.refused)
    stage.sink.deferred = frozenset(scenario.never)
    problems = [*stage.recover(), *judge(scenario, stage, moment, accepted),
                *stage.sweep_up()]
    shape = {name: sorted(node) for name, node in
             tree.get("spool", {}).items() if isinstance(node, dict)}
    return ([f"{scenario.name}, power lost at call {place}, {moment}, "
             f"{shape}: {problem}" for problem in problems],
            len(stage.sink.arrivals))


def run(report, pool, numbers):
    for number, (tasks, problems, events) in zip(
            numbers, pool.imap(trace, numbers)):
        results = pool.map(play, tasks, chunksize=8)
        problems += [problem for found, _ in results for problem in found]
        report.check(f"power: {SCENARIOS[number].name}", problems,
                     f"{events} calls, {len(tasks)} trees, "
                     f"{sum(count for _, count in results)} messages")
