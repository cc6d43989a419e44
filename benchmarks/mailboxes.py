"""Whether anybody is given up by mistake. `python -m benchmarks.mailboxes [--quick] [--json FILE]`."""

from __future__ import annotations

import secrets
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import bindparam, func, select, update

from benchmarks.audience import prepare
from benchmarks.mailbox_world import CLOSED, World
from benchmarks.report import Ratio, Result, main
from funnel.bounces import read_bounce
from funnel.bounces.record import record_bounce
from funnel.channel.provider_rest import EVERYWHERE, open_rests
from funnel.clock import Clock
from funnel.curriculum.addresses import email_key
from funnel.models import BrakeDecision, BrakeScope, Delivery, DeliveryState, Event, Lead, ProviderRest, Suppression
from funnel.sending.delivery import deliver
from funnel.sending.letting_go import carry_on, decide
from funnel.sending.scheduler import tick
from funnel.settings import load_settings
from funnel.wiring import Service, build_service

SEED = 20270104
WEEKS = 7
# What goes wrong on the Monday and Tuesday of which week. In the evening a person sees the card and decides.
TROUBLE = {2: "lapsed", 3: "lapsed, unsaid", 4: "listed", 5: "bad hour"}
_BEGINS = datetime(2027, 1, 4, 8, 5, tzinfo=UTC)  # a Monday, when the morning's lessons are due
_LOOKS, _EVERY = 7, timedelta(minutes=45)  # lessons are spread over the morning; whoever looks less often is late
_REPORT = """Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{number}@mx.example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

--=b
Content-Type: text/plain

<{address}>: host mx.example.org[192.0.2.1] said: {said} (in reply to RCPT TO command)

--=b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {said}

--=b--
"""


class SteppedClock(Clock):
    """Stands still until it is moved."""

    moment = _BEGINS

    def machine_now(self) -> datetime:
        return SteppedClock.moment


def measure(*, quick: bool) -> Result:
    """Seven weeks of a course, day by day, through the scheduler, the door out and the bounce reader."""
    readers = 1_000 if quick else 10_000
    SteppedClock.moment = _BEGINS
    with tempfile.TemporaryDirectory(prefix="bench-mailboxes-") as folder:
        service = _service(Path(folder))
        world = World(readers, _BEGINS.date(), WEEKS, SEED)
        prepare(service, readers)
        _name(service, world)
        service.channel.use(world)
        told = _Told()
        for day in range(7 * WEEKS):
            SteppedClock.moment = _BEGINS + timedelta(days=day)
            _live_a_day(service, world, day, told)
        result = _result(service, world, told)
        service.channel.close()
        service.db.close()
    return result


class _Told:
    """What happened, by provider: how many mails were refused on the day on which it came to rest, and false alarms."""

    def __init__(self) -> None:
        self.until: dict[str, int] = {}
        self.false_alarms: list[str] = []
        self.numbers: Counter[str] = Counter()


def _live_a_day(service: Service, world: World, day: int, told: _Told) -> None:
    week, weekday = divmod(day, 7)
    world.today, world.trouble = SteppedClock.moment.date(), TROUBLE.get(week, "") if weekday < 2 else ""
    for _ in range(_LOOKS if weekday < 5 else 1):
        _send(service)
        SteppedClock.moment += _EVERY
    for mail, said in world.comes_back_today():
        told.numbers["returned"] += 1
        raw = _report(mail.envelope_from, mail.recipient.address, said, told.numbers["returned"])
        record_bounce(service, raw, read_bounce(raw, service.links.open_message_id), service.clock.now())
        if told.numbers["returned"] % 50 == 0:
            carry_on(service, service.clock.now())
    carry_on(service, service.clock.now())
    _look_at_the_card(service, world, told)
    with service.db.read() as session:
        listed = set(session.scalars(select(Suppression.digest)))
    world.given_up = {each for each in world.boxes if service.links.address_digest(email_key(each)) in listed}


def _send(service: Service) -> None:
    while True:
        done = tick(service, service.clock.now())
        with service.db.read() as session:
            waits = (Delivery.state == DeliveryState.WAITING) & (Delivery.not_before <= service.clock.now())
            free = Delivery.queue_lease_until.is_(None) | (Delivery.queue_lease_until < service.clock.machine_now())
            waiting = list(session.scalars(select(Delivery.id).where(waits, free).limit(1_000)))
        if waiting:
            deliver(service, waiting, "bench")
        elif not done.more and not done.claimed:
            return


def _look_at_the_card(service: Service, world: World, told: _Told) -> None:
    """In the evening a person knows what was wrong."""
    with service.db.read() as session:
        rests = [(rest.provider, rest.scope, rest.begins, rest.since) for rest in open_rests(session)]
        for provider, _, begins, since in rests:
            hits = select(func.count()).select_from(Event).join(Lead, Lead.id == Event.lead_id)
            there = (Event.kind == "bounced") & (Event.at >= begins) & (Event.at <= since)
            where = "" if provider == EVERYWHERE else f"@{provider}"
            found = session.scalar(hits.where(there, Lead.email.endswith(where))) or 0
            told.until.setdefault(f"{world.trouble or 'dead'}: {provider}", found)
            if not world.trouble and provider != CLOSED:
                told.false_alarms.append(provider)
    for provider, scope, *_ in rests:
        decision = BrakeDecision.DEAD if provider == CLOSED else BrakeDecision.OURS
        decide(service, provider, BrakeScope(scope), decision, "bench", service.clock.now())


def _result(service: Service, world: World, told: _Told) -> Result:
    dead = {address for address in world.boxes if world.is_dead(address)}
    wrong, found = world.given_up - dead, world.given_up & dead
    with service.db.read() as session:
        rested = list(session.scalars(select(ProviderRest.provider)))
    result = Result("mailboxes")
    result.ratios = [
        Ratio("mailboxes: suppressed wrongly", len(wrong), 0, most=True),
        Ratio("mailboxes: mailed after the deciding hit", len(world.mailed_after), 0, most=True),
        Ratio("mailboxes: rested without a reason", len(told.false_alarms), 0, most=True),
    ]
    result.figures = [
        ("readers, mails", f"{len(world.boxes):,}, {world.sent:,}"),
        ("refusals that were not about the reader", f"{world.refused_wrongly:,}"),
        ("dead mailboxes, of these given up", f"{len(dead):,}, {len(found):,}"),
        ("providers that rested", ", ".join(sorted(rested))),
    ]
    result.figures += [(f"refused until it rested, {name}", f"{n}") for name, n in sorted(told.until.items())]
    return result


def _service(folder: Path) -> Service:
    settings = load_settings(
        {},
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'funnel.sqlite3'}",
        mail_url="memory://",
        secret_key=secrets.token_urlsafe(32),
        site_url="https://letters.example.org",
        bounce_address="bounces@bounce.example.org",
    )
    return replace(build_service(settings), clock=SteppedClock())


def _name(service: Service, world: World) -> None:
    """Gives each reader the address of a mailbox."""
    rows = [{"number": n, "email": address} for n, address in enumerate(world.boxes, 1)]
    statement = update(Lead).where(Lead.id == bindparam("number"))
    with service.db.write() as session:
        session.connection().execute(statement.values(email=bindparam("email"), email_key=bindparam("email")), rows)


def _report(to: str, address: str, said: str, number: int) -> bytes:
    status = next((word for word in said.split() if word.startswith("5.")), "5.0.0")
    return _REPORT.format(to=to, address=address, said=said, status=status, number=number).encode()


if __name__ == "__main__":
    main(__doc__, measure)
