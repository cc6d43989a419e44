"""Her room: what comes and when, and one choice at a time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.enrolment.standing import State
from funnel.models import Enrolment
from funnel.wiring import Service
from tests.journey.steps import COURSE, next_due, rows, work
from tests.web.conftest import on_one_database, text_of
from tests.web.reader.conftest import ADA
from tests.web.reader.room_steps import Bring, limited, press, whole


def test_the_next_dates_are_those_on_which_mail_comes(
    bring: Bring, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    stage = bring(State.UNDER_WAY)
    shown = stage.pages.client.get(limited(stage)).text
    dates = re.findall(r"<li><b>([^<]+)</b>", shown)
    assert len(dates) == 3
    for date in dates:
        before = len(outbox.mails)
        due = next_due(service)
        assert due is not None
        time.move_to(due)
        work(service)
        assert f"{due:%A} {due.day} {due:%B %Y}" == date
        assert len(outbox.mails) == before + 1


@on_one_database
def test_a_date_says_why_it_is_not_earlier(bring: Bring) -> None:
    stage = bring(State.UNDER_WAY)
    assert "That is the pace of this course." in text_of(stage.pages.client.get(limited(stage)))
    press(stage, "quiet", **{"quiet-first": "2027-01-11", "quiet-last": "2027-01-12"})
    shown = text_of(stage.pages.client.get(limited(stage)))
    assert "Wednesday 13 January 2027 “Six weeks with anxious attachment”. You asked not to hear" in shown
    press(stage, "pace", slower="on")
    assert "You chose more time between mails." in text_of(stage.pages.client.get(limited(stage)))
    press(stage, "pause", weeks="4")
    assert "You paused until then." in text_of(stage.pages.client.get(limited(stage)))


@on_one_database
def test_nothing_of_the_future_is_told(bring: Bring, service: Service, outbox: MemoryAdapter) -> None:
    stage = bring(State.UNDER_WAY)
    sequence = service.library.sequences[COURSE]
    had = {row.lesson_id for row in rows(service, ADA)}
    for path in (limited(stage), whole(stage, service, outbox)):
        shown = text_of(stage.pages.client.get(path))
        for lesson in sequence.lessons:
            if lesson.id not in had:
                assert not any(subject in shown for subject in lesson.subjects), (path, lesson.id)


def test_each_choice_is_saved_alone_and_can_be_undone(bring: Bring) -> None:
    stage = bring(State.UNDER_WAY)
    cases = [
        ("pace", {"slower": "on"}, "slower", True, False),
        ("discreet", {"discreet": "on"}, "discreet", True, False),
        ("tracking", {"tracking": "none"}, "tracking", "none", None),
        ("zone", {"timezone": "Australia/Sydney"}, "zone", "Australia/Sydney", None),
    ]
    for do, fields, name, after, before in cases:
        others = {each[2]: getattr(stage.lead, each[2]) for each in cases if each[2] != name}
        answer = stage.pages.client.post(limited(stage), data={"do": do, "shown": "1", **fields})
        assert "Saved." in text_of(answer)
        assert getattr(stage.lead, name) == after
        assert {other: getattr(stage.lead, other) for other in others} == others
        undo = re.search(r'name="do" value="([^"]+)">Undo this', answer.text)
        assert undo, do
        press(stage, undo[1])
        assert getattr(stage.lead, name) == before


@on_one_database
def test_what_was_typed_elsewhere_is_kept_and_called_not_saved(bring: Bring) -> None:
    stage = bring(State.UNDER_WAY)
    fields = {"shown": "1", "discreet": "on", "tracking": "none", "quiet-first": "2027-02-01"}
    page = stage.pages.client.post(limited(stage), data={"do": "pause:1", **fields}).text
    assert 'name="discreet" value="on" checked' in page
    assert 'value="none" checked' in page
    assert 'value="2027-02-01"' in page
    assert page.count("Not saved yet.") == 3
    assert (stage.lead.discreet, stage.lead.tracking, stage.lead.quiet_days) == (False, None, [])


def test_what_no_button_says_presses_none(bring: Bring) -> None:
    stage = bring(State.UNDER_WAY)
    for do in ("stop-one:\x00", "go-on:\x00", "zone:a\nb", "\x00", "nothing-of-ours"):
        assert stage.pages.client.post(limited(stage), data={"do": do}).status_code == 400, do


@on_one_database
def test_return_in_a_field_presses_no_button(bring: Bring) -> None:
    stage = bring(State.UNDER_WAY)
    first = re.search(r'name="do" value="([^"]+)"', stage.pages.client.get(limited(stage)).text)
    assert first is not None
    assert "Nothing is saved yet" in press(stage, first[1])


@on_one_database
def test_what_was_so_already_is_not_called_saved(bring: Bring) -> None:
    stage = bring(State.UNDER_WAY)
    for do in ("pace", "discreet", "zone:Europe/Dublin", "stop-one:nothing", "not-quiet:2027-02-01..2027-02-02"):
        assert "Nothing was changed." in press(stage, do)
    assert "Your mails are not paused" in press(stage, "resume")


def test_quiet_dates_move_the_mails_and_may_be_taken_out(bring: Bring, service: Service) -> None:
    stage = bring(State.UNDER_WAY)
    planned = next_due(service)
    assert planned is not None
    first, last = planned.date(), planned.date() + timedelta(days=2)
    said = press(stage, "quiet", **{"quiet-first": first.isoformat(), "quiet-last": last.isoformat()})
    assert (
        "Saved. No mail of the course comes on these days: Monday 11 January 2027 to Wednesday 13 January 2027." in said
    )
    moved = next_due(service)
    assert moved is not None
    assert moved.date() == last + timedelta(days=1)
    assert "Mail may come" in press(stage, f"not-quiet:{first.isoformat()}..{last.isoformat()}")
    assert next_due(service) == planned


@on_one_database
@pytest.mark.parametrize(
    ("first", "last"),
    [("", ""), ("soon", ""), ("2027-01-01", ""), ("2027-02-02", "2027-02-01"), ("2031-01-01", ""),
     ("2027-02-01", "2027-09-01")],
)  # fmt: skip
def test_dates_that_cannot_be_are_said_beside_the_field(bring: Bring, first: str, last: str) -> None:
    stage = bring(State.UNDER_WAY)
    form = {"do": "quiet", "shown": "1", "quiet-first": first, "quiet-last": last}
    answer = stage.pages.client.post(limited(stage), data=form)
    assert answer.status_code == 422
    assert 'id="quiet-error"' in answer.text
    assert "Nothing was changed." in text_of(answer)
    assert stage.lead.quiet_days == []


def test_one_course_is_stopped_and_taken_up_again_where_it_was(bring: Bring, service: Service) -> None:
    stage = bring(State.UNDER_WAY)
    planned = next_due(service)
    assert "All else goes on as it was." in press(stage, f"stop-one:{COURSE}")
    assert {row.state for row in stage.pages.rows(Enrolment)} == {"stopped"}
    assert stage.lead.state == "confirmed"
    assert "goes on where it stopped" in press(stage, f"go-on:{COURSE}")
    assert next_due(service) is not None
    assert planned is not None
    assert {row.state for row in stage.pages.rows(Enrolment)} == {"active"}


@on_one_database
def test_a_limited_room_shows_titles_and_none_to_whom_chose_discreet(bring: Bring, service: Service) -> None:
    stage = bring(State.UNDER_WAY)
    page = stage.pages.client.get(limited(stage)).text
    assert "Welcome" in text_of(stage.pages.client.get(limited(stage)))
    assert not re.search(r'href="[^"]*(/r/|/letters)', page)
    assert ADA not in page
    assert not re.search(r"\bAda\b", page)
    press(stage, "discreet", discreet="on")
    discreet = stage.pages.client.get(limited(stage))
    assert "Welcome" not in text_of(discreet)
    assert "anxious" not in discreet.text.lower().replace("stop-one:anxious-attachment", "")
