"""A sequence gets another name, and nobody who walks it notices."""

from __future__ import annotations

from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import Library
from funnel.db import Base
from funnel.editions import Editions
from funnel.models import Enrolment, SequenceState
from funnel.publishing.history import editions, mail_history
from funnel.publishing.pausing import pause_sequence
from funnel.publishing.publish import plan, publish
from funnel.publishing.renaming import rename_sequence
from funnel.publishing.restoring import plan_restore, restore
from funnel.wiring import Service
from tests.journey.steps import COURSE, join, live, rows, sent

NEW = "secure-love"


def renamed(library: Library, old: str = COURSE, new: str = NEW) -> Library:
    """What the folder says once its own folder is renamed."""
    sequences = {
        new if slug == old else slug: replace(
            sequence,
            slug=new if slug == old else slug,
            start_on=tuple(f"finished:{new}" if each == f"finished:{old}" else each for each in sequence.start_on),
            lessons=tuple(
                replace(lesson, body=lesson.body.replace(f'begin("{old}")', f'begin("{new}")'))
                for lesson in sequence.lessons
            ),
        )
        for slug, sequence in library.sequences.items()
    }
    offers = {
        slug: replace(offer, followed_by=new) if offer.followed_by == old else offer
        for slug, offer in library.offers.items()
    }
    texts = {path: text.replace(f"followed_by: {old}", f"followed_by: {new}") for path, text in library.texts.items()}
    return replace(library, sequences=sequences, offers=offers, texts=texts)


def test_everybody_stays_in_place_with_nothing_to_publish(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 8)
    mails, written = [row.id for row in rows(service, "ada@example.org")], service.library
    with service.db.read() as session:
        before = session.execute(select(Enrolment.id, Enrolment.due_at, Enrolment.shift_days)).all()

    assert rename_sequence(service, COURSE, NEW, "ada", service.clock.now()) == [
        "ebook-welcome",
        NEW,
        "training-follow-up",
    ]

    assert plan(service, renamed(written), service.clock.now()) == []
    with service.db.read() as session:
        assert session.execute(select(Enrolment.id, Enrolment.due_at, Enrolment.shift_days)).all() == before
        for table in Base.metadata.sorted_tables:
            if "sequence" in table.c:
                assert COURSE not in session.scalars(select(table.c.sequence)).all(), table.name
    assert [row.delivery_id for row in mail_history(service, "ada@example.org")] == mails
    live(service, time, 70)
    assert sent(service, "ada") == [lesson.id for lesson in written.sequences[COURSE].lessons]


def test_what_starts_where_it_ends_is_started_still(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    remembering = replace(service, editions=Editions())  # another process, which knows the editions of before
    with service.db.read() as session:
        remembering.editions.all_current(session)
    join(service, "ada@example.org", "ebook", both=True)
    live(service, time, 2)
    written = service.library

    again = rename_sequence(service, "ebook-welcome", "welcome", "ada", service.clock.now())

    assert again == [COURSE, "welcome"]
    assert plan(service, renamed(written, "ebook-welcome", "welcome"), service.clock.now()) == []
    live(remembering, time, 20)
    with service.db.read() as session:
        found = session.execute(select(Enrolment.sequence, Enrolment.trigger).order_by(Enrolment.id)).all()
    assert found == [("welcome", "confirm"), (COURSE, "finished:welcome")]
    join(remembering, "dan@example.org", "ebook")
    live(remembering, time, 1)
    assert rows(service, "dan@example.org")[-1].sequence == "welcome"


def test_its_editions_can_be_restored_and_its_rest_goes_on(service: Service, outbox: MemoryAdapter) -> None:
    now = service.clock.now()
    course = service.library.sequences[COURSE]
    changed = replace(course, lessons=(replace(course.lessons[0], body="Dear friend,\n\nnew.\n"), *course.lessons[1:]))
    publish(service, replace(service.library, sequences={**service.library.sequences, COURSE: changed}), "ada", now)
    pause_sequence(service, COURSE, now)

    rename_sequence(service, COURSE, NEW, "ada", now)

    assert [(each.number, each.current) for each in editions(service, NEW)] == [(1, False), (2, False), (3, True)]
    assert [draft.plan.slug for draft in plan_restore(service, {NEW: 1}, now)] == [NEW]
    assert [done.number for done in restore(service, {NEW: 1}, "ada", now)] == [4]
    with service.db.read() as session:
        assert session.get_one(SequenceState, NEW).paused_at == now


def test_a_name_that_was_ever_used_is_refused(service: Service) -> None:
    now = service.clock.now()
    with pytest.raises(LookupError, match="never used"):
        rename_sequence(service, COURSE, "ebook-welcome", "ada", now)
    with pytest.raises(LookupError, match="not published"):
        rename_sequence(service, "elsewhere", NEW, "ada", now)
