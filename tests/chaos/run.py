"""One run on one database: readers, a sink, processes and blows; then quiet, and the reckoning."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from funnel.models import Delivery, DeliveryState, Enrolment, EnrolmentState, Heartbeat, Lead
from funnel.queue import open_redis
from funnel.settings import Settings, load_settings
from funnel.wiring import Service, build_service
from tests.chaos.forked import Forked
from tests.chaos.killers import Killers
from tests.chaos.ledger import Heard, read_ledger
from tests.chaos.processes import RedisProcess, Started, complaints, funnel, postgres_folder
from tests.chaos.readers import open_house, write_readers
from tests.chaos.reconcile import SeenRow, Verdict, reconcile
from tests.chaos.script import Fault, blows
from tests.chaos.sink import Manners, Sink
from tests.servers import postgres_server
from tests.workers.waiting_for import wait_until

_UNANSWERED = frozenset({Fault.DROP_KEPT, Fault.DROP_LOST, Fault.STALL})
_HALF_WAY = frozenset({Fault.DROP_IN_MAIL})
_OPEN = (DeliveryState.WAITING, DeliveryState.CLAIMED, DeliveryState.HANDING_OVER)
_READY_SECONDS = 60
_WITH_FAULTS = 0.8  # of the deliveries end before the sink begins to behave, however slow the machine is
_LINES = 4  # connections of each worker: what it can have on the wire


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `lapse` is how fast story time runs: two days of attempts in 48 seconds."""

    deliveries: int = 5_000
    seed: int = 1
    seconds: float = 300.0
    database: str = "sqlite"
    workers: int = 2
    every: float = 6.0  # seconds between two blows, on average
    lapse: str = "1h/1s"
    patience: float = 1.0  # seconds a worker waits for the sink at each step; twice that for the last answer
    wire: int = 12  # more than all steps of one mail together may take
    settle: float = 240.0  # seconds everything may take to end once nothing is struck any more
    forked: bool = False  # processes are forked instead of started: they are there at once


@dataclass(slots=True)
class Run:
    """What came out of one run."""

    plan: Plan
    verdict: Verdict
    heard: Heard
    killers: Killers
    took: float
    settled_in: float
    complaints: list[str]


def run(plan: Plan, keep: Path) -> Run:
    """Everything, on the plan's database. `keep` takes the ledger and the logs. Raises ServerMissing."""
    began = time.monotonic()
    keep.mkdir(parents=True, exist_ok=True)
    ledger = keep / "ledger.jsonl"
    if plan.forked:
        Forked.read_code()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        postgres = stack.enter_context(postgres_server()) if plan.database == "postgres" else None
        redis = RedisProcess(home, keep)
        sink = Sink(ledger, Manners(plan.seed, _slowest(plan), stall=plan.patience * 2 + 1))
        sink.start()
        stack.callback(sink.stop)
        redis.start()
        stack.callback(redis.stop)
        settings = _settings(plan, home, redis.url, postgres, sink.port)
        service = build_service(settings)
        stack.callback(_close, service)
        open_house(service)
        start: Callable[[str, str, Settings, Path], Started] = Forked if plan.forked else funnel
        killers = Killers(
            service,
            [start(f"worker-{number}", "worker", settings, keep) for number in range(plan.workers)],
            start("clock", "clock", settings, keep),
            redis,
            None if postgres is None else postgres_folder(postgres),
        )
        for process in (*killers.workers, killers.clock):
            process.start()
            stack.callback(process.stop)
        wait_until(lambda: _ready(service, plan.workers, killers), _READY_SECONDS)
        write_readers(service, plan.deliveries, plan.seed, _story(service, plan.seconds * 0.9))
        storm = blows(plan.seed, plan.seconds, plan.workers, postgres=postgres is not None, every=plan.every)
        killers.play(storm, plan.seconds)
        over = time.monotonic()
        _while(killers, plan.settle / 2, lambda: _ended(service) < _WITH_FAULTS * plan.deliveries)
        sink.faults = False
        _while(killers, plan.settle / 2, lambda: _unsettled(service))
        settled_in = time.monotonic() - over
        rows = _rows(service)
    heard = read_ledger(ledger, _UNANSWERED, _HALF_WAY)
    verdict = reconcile(rows, heard, killers.on_the_wire, plan.deliveries)
    return Run(plan, verdict, heard, killers, time.monotonic() - began, settled_in, complaints(keep))


def short(plan: Plan) -> Plan:
    """The same in a few seconds, with less patience everywhere."""
    return replace(
        plan,
        deliveries=100,
        seconds=4.0,
        every=2.0,
        lapse="3h/1s",
        patience=0.5,
        wire=6,
        settle=120.0,
        forked=True,
    )


def _ready(service: Service, workers: int, killers: Killers) -> bool:
    """Whether every worker takes batches and the clock has ticked: a blow before that would hit nothing."""
    for process in (*killers.workers, killers.clock):
        if not process.alive:
            raise RuntimeError(f"{process.name} has ended before the run began: see its log")
    with open_redis(service.settings.redis_url) as client:
        at_work = client.scard("rq:workers")
    with service.db.read() as session:
        return bool(at_work >= workers and session.scalar(select(func.count()).select_from(Heartbeat)))


def _slowest(plan: Plan) -> float:
    """Seconds before the slowest good answer: so slow that about half of the time something is on the wire."""
    return min(0.4, plan.seconds * plan.workers * _LINES / (2 * plan.deliveries))


def _story(service: Service, seconds: float) -> timedelta:
    return timedelta(seconds=seconds * service.clock.rate)


def _settings(plan: Plan, home: Path, redis: str, postgres: str | None, port: int) -> Settings:
    options = f"tls=none&connections={_LINES}&per_connection=50&helo=chaos.example.org"
    patience = f"timeout={plan.patience}&final_timeout={plan.patience * 2}"
    return load_settings(
        {},
        data_dir=home / "data",
        database_url=postgres or "",
        redis_url=redis,
        mail_url=f"smtp://127.0.0.1:{port}?{options}&{patience}",
        secret_key="a-secret-only-for-chaos-0123456789abcdef",
        site_url="https://letters.example.org",
        batch_size=25,
        lease_seconds=5,
        wire_seconds=plan.wire,
        tick_seconds=0.25,
        time_lapse=plan.lapse,
    )


def _while(killers: Killers, seconds: float, so: Callable[[], bool]) -> None:
    """Waits for as long as it is so, and at most so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and so():
        killers.look_after()
        time.sleep(0.2)


def _ended(service: Service) -> int:
    with service.db.read() as session:
        return session.scalar(select(func.count()).select_from(Delivery).where(Delivery.state.not_in(_OPEN))) or 0


def _unsettled(service: Service) -> bool:
    """Whether an enrolment is still to be claimed, or a delivery has not ended."""
    with service.db.read() as session:
        enrolments = session.scalar(
            select(func.count())
            .select_from(Enrolment)
            .where(Enrolment.state == EnrolmentState.ACTIVE, Enrolment.due_at.is_not(None))
        )
        mails = session.scalar(select(func.count()).select_from(Delivery).where(Delivery.state.in_(_OPEN)))
    return bool(enrolments or mails)


def _rows(service: Service) -> list[SeenRow]:
    domain = service.library.practice.from_address.rpartition("@")[2]
    query = select(Delivery, Lead.email).join(Lead, Lead.id == Delivery.lead_id).order_by(Delivery.id)
    with service.db.read() as session:
        return [
            SeenRow(row.id, str(row.state), row.reason, email, service.links.message_id(row.ref, domain))
            for row, email in session.execute(query)
        ]


def _close(service: Service) -> None:
    service.queue.close()
    service.channel.close()
    service.db.close()
