"""Small folders and sequences the tests of this room are written with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from funnel.curriculum import (
    Calendar,
    CatchUp,
    Lesson,
    Position,
    PositionGroup,
    Progress,
    ReaderClock,
    Send,
    Sequence,
    local_date,
)

WEEKDAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
NO_DAYS: frozenset[date] = frozenset()
PRACTICE_ZONE = "Europe/Dublin"
CALENDAR = Calendar(PRACTICE_ZONE)
IN_UTC = Calendar()

PRACTICE = b"""\
name = "Harbour Practice"
from = "letters@harbour.example.org"
postal_address = "Harbour Practice, 12 Quay Street"
zone = "Europe/Dublin"
quiet_days = ["2026-12-24..2026-12-26", "2027-01-01"]
[colours]
accent = "#2f6f6b"
[booking.intro]
title = "A first conversation"
minutes = 30
[[helplines]]
country = "Ireland"
name = "A line"
phone = "1"
checked = 2026-11-22
"""
OFFER = b"""\
---
title: A calmer heart
kind: ebook
teaser: A short book.
button: Send it to me
consent: Please send me the book, and one letter a week. I can stop at any time.
thanks: Please check your mail.
asset: ebook
---
What the book holds.
"""
SEQUENCE = b"""\
---
title: Two letters
start_on: [confirm]
for_offers: [ebook]
send: {at: "08:00", days: [mon, tue, wed, thu, fri], zone: reader}
catch_up: {late_after: 3d, spread_over: 4h}
stop_when: [client]
---
For colleagues.
"""
FIRST = b"""\
---
id: welcome
subject: "Welcome"
preheader: How this works
day: 0
---
Dear {{ lead.first_name or "reader" }},

[Your book]({{ download("ebook") }}) is here.
"""
SECOND = b"""\
---
id: one-breath
subject: ["One breath", "A breath"]
day: 7
only_if: "not booked"
---
:::practice Five slow breaths
Breathe.
:::

[Read more](https://harbour.example.org/breathing)
"""


def folder(**changed: bytes | None) -> dict[str, bytes]:
    """A folder without a fault, but for what is given by name: first, second, sequence, offer … (None: gone)."""
    paths = {
        "practice": "practice.toml",
        "offer": "offers/ebook.md",
        "sequence": "evenings/sequence.md",
        "first": "evenings/01.md",
        "second": "evenings/02.md",
        "asset": "assets/ebook.md",
    }
    files: dict[str, bytes | None] = {
        "practice": PRACTICE,
        "offer": OFFER,
        "sequence": SEQUENCE,
        "first": FIRST,
        "second": SECOND,
        "asset": b"# A calmer heart\n",
    }
    files.update(changed)
    return {paths[name]: content for name, content in files.items() if content is not None}


def lesson(
    lesson_id: str,
    day: int | None = None,
    *,
    after: int | None = None,
    at: time | None = None,
    body: str = "Text.",
    on: str | None = None,
) -> Lesson:
    """A lesson on a day, so many days after the one before, or on a date."""
    return Lesson(
        id=lesson_id,
        path=f"evenings/{lesson_id}.md",
        subjects=(lesson_id,),
        subject_discreet=None,
        preheader="",
        day=day,
        after=None if after is None else timedelta(days=after),
        at=at,
        only_if=None,
        content_note=None,
        body=body,
        body_line=5,
        on=None if on is None else date.fromisoformat(on),
    )


def sequence(
    *lessons: Lesson, at: time = time(8), days: frozenset[int] = EVERY_DAY, zone: str = "reader", slug: str = "letters"
) -> Sequence:
    """A sequence of these lessons, late after three days, spread over four hours."""
    return Sequence(
        slug=slug,
        title="Letters",
        start_on=("confirm",),
        for_offers=("ebook",),
        send=Send(at, days, zone),
        catch_up=CatchUp(timedelta(days=3), timedelta(hours=4)),
        stop_when=("client",),
        lessons=lessons,
        description="",
    )


def at(text: str) -> datetime:
    """A UTC instant: at("2027-03-01 08:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def progress(started: str, *, zone: str = "UTC", delivered: tuple[str, ...] = (), last: str | None = None) -> Progress:
    """An enrolment begun at a UTC instant, with these lessons handled, the last of them on a local date."""
    instant = at(started)
    last_on = None if last is None else date.fromisoformat(last)
    return Progress(local_date(instant, zone), instant, delivered=frozenset(delivered), last_delivered_on=last_on)


ADA = ReaderClock("Europe/Dublin")
FAY = ReaderClock("Australia/Sydney")
UTC_READER = ReaderClock("UTC")


def groups(positions: Iterable[Position]) -> list[PositionGroup]:
    """These positions, those at one place together, as a database would put them."""
    found: defaultdict[Position, list[tuple[str, str]]] = defaultdict(list)
    for one in positions:
        began = at("2000-01-01 00:00") if one.progress.delivered else one.progress.started_at
        place = replace(one, enrolment_id="", email_hint="", progress=replace(one.progress, started_at=began))
        found[place].append((one.enrolment_id, one.email_hint))
    return [
        PositionGroup(replace(place, enrolment_id=members[0][0], email_hint=members[0][1]), members)
        for place, members in found.items()
    ]
