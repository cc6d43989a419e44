"""An edit never sends an old lesson to who is past it, and never loses anyone (promise 6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import Lesson, Library, Sequence
from funnel.mime import message_bytes
from funnel.models import Enrolment
from funnel.publishing.history import editions, mail_history, sent_mail, sequence_at
from funnel.publishing.options import PublishOptions
from funnel.publishing.publish import PublishRefused, plan, publish
from funnel.publishing.restoring import plan_restore, restore
from funnel.subscription.preferences import Preferences, save_preferences
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.conftest import MONDAY
from tests.journey.steps import COURSE, join, live, rows, sent, work


def course(service: Service) -> Sequence:
    return service.library.sequences[COURSE]


def with_lessons(service: Service, *changed: Lesson) -> Library:
    """The starter folder with these lessons in the course, in order of their day."""
    sequence = replace(course(service), lessons=tuple(sorted(changed, key=lambda lesson: lesson.day or 0)))
    return replace(service.library, sequences={**service.library.sequences, COURSE: sequence})


def edited(service: Service, lesson_id: str, **changes: object) -> list[Lesson]:
    return [
        replace(lesson, **changes) if lesson.id == lesson_id else lesson  # type: ignore[arg-type]
        for lesson in course(service).lessons
    ]


def new_lesson(service: Service, day: int) -> Lesson:
    return replace(course(service).lessons[1], id=f"inserted-on-{day}", day=day, path=f"inserted-{day}.md")


def due(service: Service) -> list[datetime | None]:
    """When each enrolment goes on, the enrolments in the order in which they began."""
    with service.db.read() as session:
        return list(session.scalars(select(Enrolment.due_at).order_by(Enrolment.id)))


def test_publishing_the_same_folder_again_changes_nothing(service: Service) -> None:
    assert plan(service, service.library, service.clock.now()) == []
    done = publish(service, service.library, "ada", service.clock.now())
    assert [each.changed for each in done] == [False, False, False]


def test_an_inserted_lesson_reaches_only_who_is_before_it(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 15)  # Ada has had days 0, 7 and 14
    join(service, "ben@example.org")
    live(service, time, 1)
    library = with_lessons(service, *course(service).lessons, new_lesson(service, 10))
    (draft,) = plan(service, library, service.clock.now())
    (change,) = draft.plan.changes
    assert (change.counts["will_get"], change.counts["past"]) == (1, 1)
    publish(service, library, "ada", service.clock.now(), PublishOptions(planned=[draft]))
    live(service, time, 70)
    assert "inserted-on-10" not in sent(service, "ada")
    assert sent(service, "ben")[:3] == ["begin-here", "name-the-alarm", "inserted-on-10"]
    assert len(sent(service, "ada")) == 8
    assert len(sent(service, "ben")) == 9


def test_a_removed_middle_lesson_leaves_nobody_waiting_for_it(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 8)
    kept = [lesson for lesson in course(service).lessons if lesson.id != "where-it-was-learned"]
    publish(service, with_lessons(service, *kept), "ada", service.clock.now())
    live(service, time, 70)
    assert sent(service, "ada") == [lesson.id for lesson in kept]
    with service.db.read() as session:
        assert session.scalars(select(Enrolment.state)).all() == ["finished"]


def test_a_delay_shorter_than_the_wait_takes_the_next_slot(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 5.2)
    publish(service, with_lessons(service, *edited(service, "name-the-alarm", day=2)), "ada", service.clock.now())
    (next_due,) = due(service)
    assert next_due is not None
    assert next_due > service.clock.now()
    live(service, time, 5)
    assert sent(service, "ada")[:2] == ["begin-here", "name-the-alarm"]


def test_a_lesson_added_last_reaches_only_who_is_under_way(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 30)
    join(service, "ben@example.org")
    live(service, time, 30)  # Ada has finished, Ben has not
    publish(service, with_lessons(service, *course(service).lessons, new_lesson(service, 60)), "x", service.clock.now())
    live(service, time, 60)
    assert "inserted-on-60" not in sent(service, "ada")
    assert sent(service, "ben")[-1] == "inserted-on-60"


def test_a_changed_text_reaches_who_has_not_had_it(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 8)
    before = due(service)
    library = with_lessons(service, *edited(service, "where-it-was-learned", body="Dear reader,\n\nquite new words.\n"))
    publish(service, library, "ada", service.clock.now())
    assert due(service) == before
    assert [each.number for each in editions(service, COURSE)] == [1, 2]
    live(service, time, 8)
    assert "quite new words" in outbox.mails[-1].text


def test_two_who_publish_at_once_the_second_is_told(service: Service) -> None:
    mine = with_lessons(service, *edited(service, "name-the-alarm", body="Dear reader,\n\nmine.\n"))
    theirs = with_lessons(service, *edited(service, "name-the-alarm", body="Dear reader,\n\ntheirs.\n"))
    planned = plan(service, mine, service.clock.now())
    publish(service, theirs, "theirs", service.clock.now())
    with pytest.raises(PublishRefused, match="somebody else has published"):
        publish(service, mine, "mine", service.clock.now(), PublishOptions(planned=planned))


def test_a_sequence_with_readers_goes_only_if_they_are_stopped(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "ada@example.org")
    work(service)
    rest = {slug: sequence for slug, sequence in service.library.sequences.items() if slug != COURSE}
    library = replace(service.library, sequences=rest)
    (draft,) = plan(service, library, service.clock.now())
    assert draft.plan.refused
    with pytest.raises(PublishRefused, match="1 reader"):
        publish(service, library, "ada", service.clock.now())
    publish(service, library, "ada", service.clock.now(), PublishOptions(stop=[COURSE]))
    with service.db.read() as session:
        assert session.execute(select(Enrolment.state, Enrolment.reason)).all() == [("stopped", "sequence removed")]


def test_a_bonus_reaches_who_is_past_it_on_a_day_of_its_own(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 15)
    join(service, "cleo@example.org")
    leave(service, rows(service, "cleo@example.org")[-1].ref, service.clock.now(), "page")
    library = with_lessons(service, *course(service).lessons, new_lesson(service, 10))
    publish(service, library, "ada", service.clock.now(), PublishOptions(bonus=["inserted-on-10"]))
    live(service, time, 70)
    assert sorted(sent(service, "ada")) == sorted([lesson.id for lesson in library.sequences[COURSE].lessons])
    days = [row.local_date for row in rows(service, "ada@example.org") if row.lesson_id]
    assert len(days) == len(set(days))
    assert "inserted-on-10" not in sent(service, "cleo")


def test_a_bonus_is_noted_as_no_progress_of_who_has_finished(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 70)
    library = with_lessons(service, *course(service).lessons, new_lesson(service, 10))
    publish(service, library, "ada", service.clock.now(), PublishOptions(bonus=["inserted-on-10"]))
    with service.db.read() as session:
        noted = session.execute(
            select(Enrolment.state, Enrolment.skipped_by_edit).where(Enrolment.sequence == COURSE)
        ).one()
    assert noted == ("finished", ["inserted-on-10"])


def test_an_older_edition_is_restored_as_a_new_one(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    changed = with_lessons(service, *edited(service, "name-the-alarm", body="Dear reader,\n\nother words.\n"))
    publish(service, changed, "ada", service.clock.now())
    assert [draft.plan.slug for draft in plan_restore(service, {COURSE: 1}, service.clock.now())] == [COURSE]
    (done,) = restore(service, {COURSE: 1}, "ada", service.clock.now())
    assert (done.number, done.changed) == (3, True)
    assert [(each.number, each.current) for each in editions(service, COURSE)] == [(1, False), (2, False), (3, True)]
    assert sequence_at(service, COURSE, 3) == sequence_at(service, COURSE, 1)
    with pytest.raises(LookupError, match="no edition 9"):
        restore(service, {COURSE: 9}, "ada", service.clock.now())


def test_what_was_sent_is_shown_again_byte_for_byte(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 8)
    before = {mail.key: message_bytes(mail) for mail in outbox.mails if "List-Id" in dict(mail.headers)}
    publish(
        service, with_lessons(service, *edited(service, "name-the-alarm", body="Dear reader,\n\nnew.\n")), "x", MONDAY
    )
    join(service, "ada@example.org", name="Renamed")
    for row in rows(service, "ada@example.org"):
        if row.kind == "lesson":
            again = sent_mail(service, row.id)
            assert again is not None
            assert message_bytes(again) == before[str(row.id)]
    assert [(row.lesson_id, row.edition, row.why) for row in mail_history(service, "ada@example.org")][:3] == [
        (None, None, "asked for it: to confirm the address"),
        ("begin-here", 1, "confirmed the sign-up for course"),
        ("name-the-alarm", 1, "confirmed the sign-up for course"),
    ]


def test_what_was_not_in_the_plan_is_not_published_with_it(service: Service) -> None:
    mine = with_lessons(service, *edited(service, "name-the-alarm", body="Dear reader,\n\nmine.\n"))
    planned = plan(service, mine, service.clock.now())
    welcome = service.library.sequences["ebook-welcome"]
    theirs = replace(welcome, title="Another title")
    library = replace(service.library, sequences={**service.library.sequences, "ebook-welcome": theirs})
    publish(service, library, "theirs", service.clock.now())
    with pytest.raises(PublishRefused, match="ebook-welcome"):
        publish(service, mine, "mine", service.clock.now(), PublishOptions(planned=planned))


def test_a_new_postal_address_is_an_edition_that_moves_nobody(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 3)
    before = due(service)
    practice = replace(service.library.practice, postal_address="Harbour Practice, 1 New Street, Exampleton")
    library = replace(service.library, practice=practice)
    drafts = plan(service, library, service.clock.now())
    assert [draft.plan.slug for draft in drafts] == ["practice", *sorted(service.library.sequences)]
    assert [change.detail for change in drafts[0].plan.changes] == ["practice.toml: postal address changed"]
    assert all("the practice" in change.detail for draft in drafts[1:] for change in draft.plan.changes)
    publish(service, library, "ada", service.clock.now(), PublishOptions(planned=drafts))
    assert due(service) == before
    live(service, time, 5)
    assert "1 New Street" in outbox.mails[-1].text


def test_a_slower_reader_losing_her_last_lesson_keeps_her_date(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 8)
    assert sent(service, "ada") == ["begin-here", "name-the-alarm"]
    newest = rows(service, "ada@example.org")[-1].id
    now = service.clock.now()
    save_preferences(service, newest, Preferences(slower=True), now)
    without = with_lessons(service, *(each for each in course(service).lessons if each.id != "name-the-alarm"))
    publish(service, without, "ada", now)
    (promised,) = due(service)
    assert promised is not None
    live(service, time, 30)
    third = [row for row in rows(service, "ada@example.org") if row.lesson_id][2]
    assert third.ended_at == promised
    assert promised.date() == date(2027, 1, 25)
