"""Her room: what comes and when, one choice at a time, and her letters as they were sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.enrolment.standing import State
from funnel.links import Purpose
from funnel.models import Delivery, Enrolment, Lead
from funnel.wiring import Service
from tests.journey.steps import COURSE, live, next_due, rows, work
from tests.refs import ref_of
from tests.web.conftest import on_one_database, text_of
from tests.web.reader.conftest import ADA, Stage

Bring = Callable[[State], Stage]


def limited(stage: Stage) -> str:
    return stage.path("preferences").replace("/p/", "/me/")


def press(stage: Stage, do: str, **fields: str) -> str:
    answer = stage.pages.client.post(limited(stage), data={"do": do, **fields})
    assert answer.status_code in (200, 422), do
    return text_of(answer)


def whole(stage: Stage, service: Service, outbox: MemoryAdapter) -> str:
    """The path of all of her room, by the link that is mailed to her for it."""
    press(stage, "own-data")
    work(service)
    found = re.search(r'href="https://letters\.example\.org(/[^"]+)"[^>]*>Go to the page', outbox.mails[-1].html)
    assert found
    return unescape(found[1]).replace("/your-data/", "/me/")


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


@on_one_database
def test_titles_and_icons_give_nothing_away_to_who_is_discreet(
    bring: Bring, service: Service, outbox: MemoryAdapter
) -> None:
    stage = bring(State.UNDER_WAY)
    room = whole(stage, service, outbox)
    number = next(row.id for row in rows(service, ADA) if row.kind == "lesson")
    press(stage, "discreet", discreet="on")
    for path in (
        limited(stage), room, f"{room}/letters", f"{room}/letters/{number}",
        *(stage.path(page) for page in ("leave", "again", "book")),
    ):  # fmt: skip
        page = stage.pages.client.get(path).text
        assert re.findall(r"<title>(.*?)</title>", page, re.S) == ["…"], path
        assert "plain." in page.split("</head>")[0], path
        assert "icon.svg" not in page.split("</head>")[0], path


@on_one_database
def test_every_page_of_hers_can_be_left_at_once(bring: Bring, service: Service, outbox: MemoryAdapter) -> None:
    stage = bring(State.UNDER_WAY)
    room = whole(stage, service, outbox)
    number = next(row.id for row in rows(service, ADA) if row.kind == "lesson")
    for path in (
        limited(stage), room, f"{room}/letters", f"{room}/letters/{number}",
        *(stage.path(page) for page in ("confirm", "leave", "again", "book")),
    ):  # fmt: skip
        page = stage.pages.client.get(path).text
        assert re.search(r'href="https://[^"]+" rel="nofollow noreferrer" data-exit>Leave quickly<', page), path
        assert re.search(r'<script src="[^"]*exit[^"]*" defer></script>', page), path
    assert "data-exit" not in stage.pages.client.get("/").text


def test_letters_are_read_again_as_they_were_sent(
    bring: Bring, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    stage = bring(State.FINISHED)
    room = whole(stage, service, outbox)
    listed = [int(n) for n in re.findall(r'/letters/(\d+)"', stage.pages.client.get(f"{room}/letters").text)]
    assert listed == [row.id for row in rows(service, ADA) if row.kind == "lesson" and row.state == "accepted"]
    by_key = {mail.key: mail for mail in outbox.mails}
    stage.pages.client.post(room, data={"do": "name", "name": "Somebody Else"})
    for at, number in enumerate(listed):
        page = stage.pages.client.get(f"{room}/letters/{number}")
        assert page.status_code == 200
        assert "Dear Ada," in page.text
        said = re.search(r"<title>(.*?)</title>", page.text, re.S)
        assert said is not None
        assert unescape(said[1]) == by_key[str(number)].subject
        assert "/o/" not in page.text
        assert "/c/" not in page.text
        assert ("The one before" in page.text, "The next one" in page.text) == (at > 0, at < len(listed) - 1)
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]


@on_one_database
def test_letters_are_found_by_their_words(bring: Bring, service: Service, outbox: MemoryAdapter) -> None:
    stage = bring(State.FINISHED)
    room = whole(stage, service, outbox)

    def found(words: str) -> list[str]:
        page = stage.pages.client.get(f"{room}/letters", query_string={"q": words})
        assert page.status_code == 200
        return re.findall(r'/letters/(\d+)"', page.text)

    assert len(found("ALARM chest")) >= 1
    assert found("alarm zeppelin") == []
    assert found("https") == []
    assert len(found("a")) == 8
    assert found("x" * 5_000) == []
    assert "&lt;b&gt;" in stage.pages.client.get(f"{room}/letters", query_string={"q": "<b>"}).text


@on_one_database
def test_no_letters_but_her_own_by_a_fresh_link(
    bring: Bring, service: Service, outbox: MemoryAdapter, make_reader: Callable[..., object]
) -> None:
    stage = bring(State.UNDER_WAY)
    room, me, old = whole(stage, service, outbox), limited(stage), stage.path("preferences")
    make_reader("ben")
    work(service)
    theirs = [row.id for row in rows(service, "ben@example.org")]
    mine = [row.id for row in rows(service, ADA) if row.kind == "lesson"]
    for number in (*theirs, 0, 999_999, 2**70):
        assert stage.pages.client.get(f"{room}/letters/{number}").status_code == 404
    for path in (me, old):
        for behind in ("/letters", f"/letters/{mine[0]}", "/my-data.zip"):
            answer = stage.pages.client.get(path + behind)
            assert answer.status_code in (200, 404)
            assert "Your letters" not in answer.text
            assert answer.mimetype != "application/zip"
    for do in ("name", "forget-result", "erase"):
        assert stage.pages.client.post(me, data={"do": do, "name": "Eve"}).status_code in (400, 403), do
    assert {(each.first_name, each.state) for each in stage.pages.rows(Lead)} == {
        ("Ada", "confirmed"), ("Ben", "confirmed"),
    }  # fmt: skip


@on_one_database
def test_discreet_subjects_are_the_same_from_mail_to_mail(
    bring: Bring, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    stage = bring(State.UNDER_WAY)
    press(stage, "discreet", discreet="on")
    before = len(outbox.mails)
    live(service, time, 60)
    assert len(outbox.mails) - before == 7
    lessons = service.library.sequences[COURSE].lessons
    allowed = {each.subject_discreet or "A letter from Harbour Practice" for each in lessons}
    assert {mail.subject for mail in outbox.mails[before:]} <= allowed


@on_one_database
def test_every_token_opens_one_room_and_no_other(
    bring: Bring, service: Service, time: time_machine.Traveller, outbox: MemoryAdapter
) -> None:
    stage = bring(State.UNDER_WAY)
    mail = max(row.id for row in stage.pages.rows(Delivery))
    ref, links, now = ref_of(service, Delivery, mail), service.links, service.clock.now()
    wrong = [
        *(links.token(purpose, ref) for purpose in Purpose if purpose not in (Purpose.PREFERENCES,)),
        *(links.dated_token(purpose, ref, now) for purpose in Purpose if purpose is not Purpose.OWN_DATA),
        links.token(Purpose.PREFERENCES, ref)[:-1] + "x",
        "none",
    ]
    for token in wrong:
        for method in (stage.pages.client.get, stage.pages.client.post):
            for path in (f"/me/{token}", f"/p/{token}", f"/your-data/{token}"):
                assert method(path, data={"do": "erase"}).status_code == 404, path
    old = f"/me/{links.dated_token(Purpose.OWN_DATA, ref, now - timedelta(days=1, seconds=5))}"
    assert stage.pages.client.get(old).status_code == 410
    assert stage.pages.client.post(old, data={"do": "erase"}).status_code == 410
    assert stage.lead.state == "confirmed"
