"""Sign-ups whose worker is killed on the way: how late each confirmation is, and which come twice.

With the leases of an installation, which the other part of chaos shortens, and with the machine's own time: that the
mail somebody waits for is there within a minute is a promise.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from sqlalchemy import select

from funnel.models import Delivery, DeliveryState, Lead
from funnel.queue import open_redis
from funnel.settings import Settings, load_settings
from funnel.subscription.signup import SignupRequest, sign_up
from funnel.wiring import Service, build_service
from tests.chaos.forked import Forked
from tests.chaos.processes import RedisProcess
from tests.chaos.readers import open_house
from tests.chaos.script import Fault, Turn
from tests.chaos.sink import Manners, Sink
from tests.servers import postgres_server
from tests.workers.waiting_for import wait_until

PROMISED = 60.0  # seconds from the sign-up to the whole mail at the sink
ANSWER = 0.4  # seconds the sink takes for an answer
SLOW = 45.0  # the same of a slow relay: longer than a lease
_WORKERS, _AT_MOST = 3, 240.0
_READY_SECONDS, _ROUND = 60, 15.0
ON_THE_WIRE = DeliveryState.HANDING_OVER.value


@dataclass(frozen=True, slots=True)
class Asked:
    """One sign-up: when (seconds of the machine), where its mail stood at the blow, "" for none; to a slow relay?"""

    email: str
    at: float
    stood: str
    slow: bool = False


@dataclass(slots=True)
class Waits:
    """What came of all: `came` has, for each address, when a whole copy was at the sink."""

    database: str
    asked: Sequence[Asked]
    came: Mapping[str, Sequence[float]]
    breaches: dict[str, list[str]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not any(self.breaches.values())


def reckon(database: str, asked: Sequence[Asked], came: Mapping[str, Sequence[float]]) -> Waits:
    """Holds what came against what was asked for.

    1. Late: no copy within a minute. 2. Twice without cause: a second copy though its worker had not begun to hand it
    over, or lived. 3. More than twice.
    """
    found: dict[str, list[str]] = {"late": [], "twice without cause": [], "more than twice": []}
    for each in asked:
        copies = came.get(each.email, ())
        about = f"{each.email}, struck {each.stood or 'not at all'},"
        if not copies or min(copies) - each.at > PROMISED:
            found["late"].append(f"{about} came {'never' if not copies else f'{min(copies) - each.at:.1f} s later'}")
        if len(copies) == 2 and each.stood != ON_THE_WIRE:
            found["twice without cause"].append(f"{about} came twice")
        if len(copies) > 2:
            found["more than twice"].append(f"{about} came {len(copies)} times")
    return Waits(database, asked, came, found)


def lines(waits: Waits) -> Iterator[str]:
    """The report, line by line."""
    struck = [each for each in waits.asked if not each.slow]
    yield f"{waits.database}: {len(struck)} confirmations, the workers killed while each was on its way"
    for stood in sorted({each.stood for each in struck}):
        these = [each for each in struck if each.stood == stood]
        late = sorted(min(waits.came[each.email]) - each.at for each in these if waits.came.get(each.email))
        copies = Counter(len(waits.came.get(each.email, ())) for each in these)
        if late:
            spread = f"there after {late[0]:.1f} to {late[-1]:.1f} s, half within {late[len(late) // 2]:.1f}"
        else:
            spread = "none came"
        yield f"  {stood:14} {len(these):3}: {spread}; {copies[2]} came twice"
    slow = [each for each in waits.asked if each.slow]
    copies = Counter(len(waits.came.get(each.email, ())) for each in slow)
    yield f"  a relay that takes {SLOW:.0f} s: {len(slow)} mails, {copies[1]} came once"
    yield f"  broken      {', '.join(f'{name} {len(each)}' for name, each in waits.breaches.items())}"
    for name, sentences in waits.breaches.items():
        yield from (f"    {name}: {sentence}" for sentence in sentences)


class _Relay(Sink):
    """Takes everything, in its own time."""

    def turn(self, recipient: str) -> Turn:
        return Turn(Fault.NONE, "", SLOW if recipient.startswith("slow") else ANSWER)


def run_confirmations(database: str, blows: int, seed: int, keep: Path) -> Waits:
    """So many sign-ups one after another, a blow for each, and two to a slow relay. Raises ServerMissing."""
    Forked.read_code()
    ledger = keep / "confirmations.jsonl"
    draw = random.Random(f"{seed}:confirmations")
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        postgres = stack.enter_context(postgres_server()) if database == "postgres" else ""
        redis = RedisProcess(home, keep)
        relay = _Relay(ledger, Manners(seed, ANSWER, 0.0))
        relay.faults = False
        relay.start()
        stack.callback(relay.stop)
        redis.start()
        stack.callback(redis.stop)
        settings = _settings(home, postgres, redis.url, relay.port)
        service = build_service(settings)
        stack.callback(service.db.close)
        open_house(service)
        workers = [Forked(f"confirming-{number}", "worker", settings, keep) for number in range(_WORKERS)]
        for process in (*workers, Forked("confirming-clock", "clock", settings, keep)):
            process.start()
            stack.callback(process.stop)
        asked: list[Asked] = []
        while len(asked) < blows:
            wait_until(lambda: _at_work(redis.url, workers), _READY_SECONDS)
            began = time.monotonic()
            # What was struck is taken up again after half a minute. No mail is to be struck twice.
            while len(asked) < blows and time.monotonic() - began < _ROUND:
                # Half of the blows fall before a mail is on the wire, or just then.
                after = draw.choice((draw.uniform(0.0, 0.05), draw.uniform(0.0, 2 * ANSWER)))
                asked.append(_struck(redis.url, service, workers, f"ada-{len(asked)}@example.org", after))
            _until_all_ended(service)
        # Each of these keeps a worker busy for longer than a lease: the others are not to wait behind them.
        asked += [Asked(f"slow-{n}@example.org", _ask(service, f"slow-{n}@example.org"), "", slow=True) for n in (1, 2)]
        _until_all_ended(service)
    return reckon(database, asked, _arrivals(ledger))


def _struck(redis_url: str, service: Service, workers: Sequence[Forked], email: str, after: float) -> Asked:
    """A sign-up; so many seconds after a worker has taken it whoever has something in hand is killed.

    They are started again at once. Workers that are idle go on: no mail is to be struck twice.
    """
    at = _ask(service, email)
    wait_until(lambda: not service.queue.lengths().get("urgent"), _READY_SECONDS)
    time.sleep(after)
    with open_redis(redis_url) as client:
        busy = [worker for worker in workers if _has_a_batch(client, worker)]
    for worker in busy:
        worker.kill()
    stood = _stands(service, email)
    for worker in busy:
        worker.start()
    return Asked(email, at, stood)


def _has_a_batch(client: Redis, worker: Forked) -> bool:
    names = [name for name in client.smembers("rq:workers") if f".{worker.pid}.".encode() in name]
    return any(client.hget(name, "state") == b"busy" for name in names)


def _at_work(redis_url: str, workers: Sequence[Forked]) -> bool:
    """Whether each of these takes batches: one that still starts could not be hit with a mail in its hands."""
    with open_redis(redis_url) as client:
        names = [name.decode() for name in client.smembers("rq:workers")]
    return all(any(f".{worker.pid}." in name for name in names) for worker in workers)


def _ask(service: Service, email: str) -> float:
    at = time.time()
    sign_up(
        service, SignupRequest("course", email, "Ada", None, consent=True, origin="203.0.113.0"), service.clock.now()
    )
    return at


def _stands(service: Service, email: str) -> str:
    """Where the mail stood at the blow: its row's state, or that its id was taken from the queue and not claimed."""
    query = select(Delivery.state).join(Lead, Lead.id == Delivery.lead_id).where(Lead.email == email)
    with service.db.read() as session:
        state = str(session.scalars(query).one())
    return "taken" if state == DeliveryState.WAITING else state


def _until_all_ended(service: Service) -> None:
    """Waits until nothing is on its way any more; what still is after four minutes is late in any case."""
    until = time.monotonic() + _AT_MOST
    query = select(Delivery.id).where(Delivery.state.not_in((DeliveryState.ACCEPTED, DeliveryState.FAILED)))
    while time.monotonic() < until:
        with service.db.read() as session:
            if session.scalar(query.limit(1)) is None:
                return
        time.sleep(0.2)


def _settings(home: Path, database_url: str, redis: str, port: int) -> Settings:
    return load_settings(
        {},
        data_dir=home / "data",
        database_url=database_url,
        redis_url=redis,
        mail_url=f"smtp://127.0.0.1:{port}?tls=none&connections=4&helo=chaos.example.org&timeout=20&final_timeout=120",
        secret_key="a-secret-only-for-chaos-0123456789abcdef",
        site_url="https://letters.example.org",
    )


def _arrivals(ledger: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for line in ledger.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "whole" in entry:
            found.setdefault(entry["to"], []).append(entry["at"])
    return found
