"""lab.py - a spool of our own, and the real sendmail working in it

A Lab is a temporary directory with a configuration, a spool and a log.  What
is started in it is waited for, with all that it leaves in the background.
"""
import contextlib
import ctypes
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from sink import body_digest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SENDMAIL = os.environ.get("SENDMAIL", str(ROOT / "sendmail"))
SHIM = os.environ.get("SHIM", str(HERE / "shim.so"))
IS_FULL = os.environ.get("QUEUE_FULL") == "1"
DAY = 86400
PATIENCE = 60  # seconds that a program may take

PR_SET_CHILD_SUBREAPER = 36


def scratch():
    """Where temporary directories go: in memory, where there is a choice."""
    if "TMPDIR" in os.environ:
        return os.environ["TMPDIR"]
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"


@dataclass(frozen=True)
class Letter:
    """A message to send; it is told by its Message-ID."""
    number: int
    recipients: tuple
    sender: str = "anna@queue.test"
    size: int = 300  # of the body, about

    @property
    def message_id(self):
        return f"<{self.number}@queue.test>"

    @property
    def text(self):
        line = f"Line of letter {self.number}, .\n.\n..dots\n"
        body = line * (self.size // len(line) + 1)
        return (f"From: {self.sender or 'daemon@queue.test'}\n"
                f"To: {', '.join(self.recipients)}\n"
                f"Subject: letter {self.number}\n"
                f"Message-ID: {self.message_id}\n\n{body}").encode()

    @property
    def digest(self):
        return body_digest(self.text)

    @property
    def arguments(self):
        return ["-oi", "-f", self.sender or "<>", *self.recipients]


@dataclass(frozen=True)
class Event:
    """A line of the shim's trace; see write_down() there."""
    number: int
    pid: int
    kind: str
    result: int
    errno: int
    detail: int  # flags, a length or an offset
    inode: int
    path: str
    second_inode: int
    second_path: str
    data: bytes

    @classmethod
    def parse(cls, line):
        part = line.rstrip("\n").split("\t")
        return cls(int(part[0]), int(part[1]), part[2], int(part[3]),
                   int(part[4]), int(part[5]), int(part[6]), part[7],
                   int(part[8]), part[9], bytes.fromhex(part[10]))


@dataclass
class Outcome:
    """How a program ended."""
    code: int  # negative: by that signal
    stderr: str
    stdout: str = ""
    total: int = 0  # calls that the shim has seen
    has_failed: bool = False  # the shim made a call fail
    events: list = field(default_factory=list)

    @property
    def was_killed(self):
        return self.code == -signal.SIGKILL


class Lab:
    """One spool and what works in it; a context."""

    def __init__(self, port=1):
        self.directory = Path(tempfile.mkdtemp(prefix="queue.", dir=scratch()))
        self.spool = self.directory / "spool"
        self.log = self.directory / "log"
        self.state = self.directory / "state"
        self.trace = self.directory / "trace"
        self.port = port
        self.settings = {}  # of [sendmail]
        self.profile = {}
        self.prefix = []  # of the command line
        self.waits = True  # for all children of this process
        (self.directory / "run").mkdir(mode=0o700)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    # --- running -------------------------------------------------------

    def configure(self, **settings):
        """Write the configuration; the arguments hold only for this one."""
        path = self.directory / "sendmail.conf"
        values = {
            "domain": "queue.test", "hostname": "host.queue.test",
            "aliases": "none", "transcript": "none", "log": self.log,
            "queue_dir": self.spool, **self.settings, **settings}
        profile = {
            "host": "127.0.0.1", "port": self.port, "tls": "none",
            "auth": "off", "connect_timeout": "5s", "timeout": "10s",
            "max_connections": 1, **self.profile}
        text = "[sendmail]\n"
        text += "".join(f"{key} = {value}\n" for key, value in values.items())
        text += "[profile sink]\n"
        text += "".join(f"{key} = {value}\n" for key, value in profile.items())
        path.write_text(text)
        path.chmod(0o600)
        return path

    def environment(self, **shim):
        """What a program is started with; shim: kill, fail, clock, trace."""
        shim = {key: value for key, value in shim.items() if value}
        result = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
                  "HOME": str(self.directory),
                  "XDG_STATE_HOME": str(self.directory / "run"),
                  "XDG_RUNTIME_DIR": str(self.directory / "run")}
        if shim:
            self.state.write_bytes(bytes(4096))
            self.trace.unlink(missing_ok=True)
            result["LD_PRELOAD"] = SHIM
            result["SHIM_STATE"] = str(self.state)
        if "trace" in shim:
            shim["trace"] = self.trace
        for key, value in shim.items():
            result["SHIM_" + key.upper()] = str(value)
        return result

    def start(self, arguments, settings=None, **shim):
        """Begin a program, for who waits for it by himself."""
        path = self.configure(**(settings or {}))
        return subprocess.Popen(
            [*self.prefix, SENDMAIL, "-C", str(path), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.environment(**shim),
            cwd=self.directory, start_new_session=True)

    def sendmail(self, *arguments, text=b"", settings=None, **shim):
        """Run it to its end, and to that of its children."""
        process = self.start(arguments, settings, **shim)
        try:
            stdout, stderr = process.communicate(text, PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            stdout, stderr = process.communicate()
            stderr += b"(it hangs)"
        if self.waits:
            wait_for_orphans()
        outcome = Outcome(process.returncode, stderr.decode(errors="replace"),
                          stdout.decode(errors="replace"))
        if shim.get("clock") and len(shim) == 1:
            return outcome
        if any(shim.values()):
            outcome.total, failed = struct.unpack_from(
                "II", self.state.read_bytes())
            outcome.has_failed = failed > 0
        if shim.get("trace"):
            outcome.events = self.events()
        return outcome

    def events(self):
        if not self.trace.exists():
            return []
        with self.trace.open(errors="replace") as lines:
            return [Event.parse(line) for line in lines
                    if line.endswith("\n")]

    def submit(self, letter, *options, settings=None, **shim):
        return self.sendmail(*options, *letter.arguments, text=letter.text,
                             settings=settings, **shim)

    # --- the spool -----------------------------------------------------

    def names(self, part="queue"):
        """What is in a directory of the spool."""
        try:
            return sorted(os.listdir(self.spool / part))
        except FileNotFoundError:
            return []

    def make_due(self):
        """Everything that waits for a time has its turn now."""
        for name in self.names():
            if name[:12].isdigit():
                os.rename(self.spool / "queue" / name,
                          self.spool / "queue" / ("0" * 12 + name[12:]))

    def drain(self, rounds=4):
        """Run the queue until it is empty; the outcomes."""
        outcomes = []
        while self.names() and len(outcomes) < rounds:
            self.make_due()
            outcomes.append(self.sendmail("-q"))
        return outcomes

    def fill_from(self, template):
        shutil.rmtree(self.spool, ignore_errors=True)
        if template.exists():
            shutil.copytree(template, self.spool)
        # Else a server that was down is not asked again for a minute.
        shutil.rmtree(self.directory / "run", ignore_errors=True)
        (self.directory / "run").mkdir(mode=0o700)


def adopt_orphans():
    """What programs leave in the background becomes our child."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans(patience=PATIENCE):
    """Until nobody is left; who stays too long is ended."""
    deadline = time.monotonic() + patience
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0 and time.monotonic() > deadline:
                for child in children():
                    os.kill(child, signal.SIGKILL)
            if pid == 0:
                time.sleep(0.001)


def children():
    """The processes whose parent we are."""
    path = f"/proc/self/task/{os.getpid()}/children"
    return [int(pid) for pid in Path(path).read_text().split()]


class Report:
    """One line for each check, and their count."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, problems, figures=""):
        """It is fine where there are no problems."""
        problems = list(problems)
        if problems:
            self.failed += 1
            print(f"not ok {name}: {len(problems)} violations")
            for problem in problems[:20]:
                print(f"    {problem}")
        else:
            self.passed += 1
            print(f"ok {name}{': ' if figures else ''}{figures}")
        sys.stdout.flush()

    def skip(self, name, reason):
        print(f"skipped {name}: {reason}", flush=True)
