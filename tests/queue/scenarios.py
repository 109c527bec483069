"""scenarios.py - what is done to the queue in the sweeps, and what must come
of it, whatever happens meanwhile
"""
from dataclasses import dataclass, field

from lab import DAY, Letter

HOUR = 3600
BIG = 1200 * 1024  # bytes; over what submission keeps in memory

GOOD, OTHER = "good@sink.test", "other@sink.test"
BAD, LATER = "bad@sink.test", "later@sink.test"

# What becomes of a recipient.
ARRIVES, RETURNED, BURIED, TOLD = "arrives", "returned", "buried", "told"


@dataclass(frozen=True)
class Scenario:
    """Something to do, with the queue and the server as they are then."""
    name: str
    queued: tuple = ()  # letters that wait already
    age: int = 0  # seconds that they have waited
    was_held: bool = False
    submitted: Letter = None
    arguments: tuple = ()
    is_away: bool = False  # the server does not answer, until afterwards
    refused: tuple = ()  # recipients, now and afterwards
    deferred: tuple = ()  # recipients, until afterwards
    never: tuple = ()  # recipients that are put off for ever
    settings: dict = field(default_factory=dict)
    fates: dict = field(default_factory=dict)  # of those that do not arrive
    notices: range = range(0, 1)  # how many reach the sender
    removes: bool = False  # what was queued may go, and does with exit 0
    code: int = 0  # when all is well

    def fate(self, recipient):
        return self.fates.get(recipient, ARRIVES)

    @property
    def letters(self):
        return [*self.queued, *([self.submitted] if self.submitted else [])]


TWO = Letter(1, (GOOD, OTHER))

SCENARIOS = [
    Scenario("submit, server away", submitted=TWO, is_away=True),
    Scenario("submit big, server away",
             submitted=Letter(1, (GOOD,), size=BIG), is_away=True),
    Scenario("submit -odq", submitted=TWO, arguments=("-odq",)),
    Scenario("submit -odb", submitted=TWO, arguments=("-odb",)),
    Scenario("submit, sent", submitted=TWO),
    Scenario("submit, one refused, one put off",
             submitted=Letter(1, (GOOD, BAD, LATER)), refused=(BAD,),
             deferred=(LATER,), fates={BAD: TOLD}, notices=range(0, 2),
             code=67),
    Scenario("submit, another waits", queued=(Letter(2, (GOOD,)),), age=60,
             submitted=Letter(1, (OTHER,))),
    Scenario("run, sent", queued=(TWO, Letter(2, (OTHER,))), age=60,
             arguments=("-q",)),
    Scenario("run, put off", queued=(Letter(1, (GOOD, LATER)),), age=60,
             deferred=(LATER,), arguments=("-q",)),
    Scenario("run, server away", queued=(TWO,), age=60, is_away=True,
             arguments=("-q",)),
    Scenario("run, one refused", queued=(Letter(1, (GOOD, BAD)),), age=60,
             refused=(BAD,), fates={BAD: RETURNED}, notices=range(1, 2),
             arguments=("-q",)),
    Scenario("run, late", queued=(Letter(1, (LATER,)),), age=5 * HOUR,
             deferred=(LATER,), notices=range(0, 2), arguments=("-q",)),
    Scenario("run, expired", queued=(TWO,), age=6 * DAY, is_away=True,
             never=(GOOD, OTHER), fates={GOOD: RETURNED, OTHER: RETURNED},
             notices=range(1, 2), arguments=("-q",)),
    Scenario("run, expired, null sender",
             queued=(Letter(1, (LATER,), sender=""),), age=6 * DAY,
             never=(LATER,), fates={LATER: BURIED}, arguments=("-q",)),
    Scenario("hold", queued=(TWO,), arguments=("--hold", "ALL")),
    Scenario("release", queued=(TWO,), was_held=True,
             arguments=("--release", "ALL")),
    Scenario("retry", queued=(TWO,), arguments=("--retry", "ALL")),
    Scenario("remove", queued=(TWO,), arguments=("--remove", "ALL"),
             removes=True),
]
