"""What readers open from their mail: every link changes nothing until a button is pressed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import time_machine
from sqlalchemy import select

from funnel.links import Purpose, number_of
from funnel.models import Delivery, DeliveryState, Enrolment, EnrolmentState, Lead, LeadState, Signup
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import Pages, Reader, on_one_database, text_of


def test_only_the_button_confirms_and_not_opening_the_link(pages: Pages, make_reader: Callable[..., Reader]) -> None:
    ben = make_reader("ben", confirms=False)
    path = f"/confirm/{pages.dated(Purpose.CONFIRM, ben.signup_id)}"
    for _ in range(3):
        assert pages.client.get(path).status_code == 200
    pages.client.head(path)
    assert pages.rows(Lead)[0].state == LeadState.ASKED

    answer = pages.client.post(path)
    assert answer.status_code == 200
    assert pages.rows(Lead)[0].state == LeadState.CONFIRMED
    assert "Three mails over five days" in text_of(answer)
    assert "Six weeks with anxious attachment" not in text_of(answer)  # its box was left empty


def test_pressing_the_button_twice_is_harmless(pages: Pages, make_reader: Callable[..., Reader]) -> None:
    ben = make_reader("ben", confirms=False)
    path = f"/confirm/{pages.dated(Purpose.CONFIRM, ben.signup_id)}"
    assert pages.client.post(path).status_code == pages.client.post(path).status_code == 200
    assert len(pages.rows(Enrolment)) == 1
    assert "is confirmed" in text_of(pages.client.get(path))


@on_one_database
def test_each_offer_gives_what_it_promised_when_confirmed(pages: Pages, make_reader: Callable[..., Reader]) -> None:
    for name, offer, link in (("ada", "ebook", "/download/"), ("fay", "training", "/watch/"), ("dan", "course", None)):
        reader = make_reader(name, offer, confirms=False)
        page = pages.client.post(f"/confirm/{pages.dated(Purpose.CONFIRM, reader.signup_id)}").text
        assert ("/download/" in page, "/watch/" in page) == (link == "/download/", link == "/watch/")


@on_one_database
def test_an_expired_confirmation_link_says_so_and_shows_the_way(
    pages: Pages, make_reader: Callable[..., Reader], time: time_machine.Traveller
) -> None:
    ben = make_reader("ben", confirms=False)
    path = f"/confirm/{pages.dated(Purpose.CONFIRM, ben.signup_id)}"
    time.shift(timedelta(days=31))
    for answer in (pages.client.get(path), pages.client.post(path)):
        assert answer.status_code == 410
        assert 'href="/offers/ebook"' in answer.text
    assert pages.rows(Lead)[0].state == LeadState.ASKED


@on_one_database
def test_a_changed_token_or_one_for_another_use_opens_nothing(pages: Pages, ada: Reader) -> None:
    good = {
        "confirm": pages.dated(Purpose.CONFIRM, ada.signup_id),
        "download": pages.dated(Purpose.DOWNLOAD, ada.signup_id),
        "watch": pages.dated(Purpose.WATCH, ada.signup_id),
        "u": pages.leaving(ada.delivery_id),
        "p": pages.token(Purpose.PREFERENCES, ada.delivery_id),
        "r": pages.token(Purpose.WEB_COPY, ada.delivery_id),
        "book": pages.token(Purpose.BOOK, ada.delivery_id, number_of("intro")),
    }
    for path in good:
        others = [token for name, token in good.items() if name != path]
        for token in (*others, good[path][:-1] + ("a" if good[path][-1] != "a" else "b"), "x", "%00", "é" * 300):
            assert pages.client.get(f"/{path}/{token}").status_code == 404, (path, token)
            assert pages.client.post(f"/{path}/{token}").status_code in (404, 405), (path, token)
    assert pages.rows(Lead)[0].state == LeadState.CONFIRMED


def test_one_post_from_a_mail_program_is_enough_to_leave(pages: Pages, ada: Reader) -> None:
    path = f"/u/{pages.leaving(ada.delivery_id)}"
    answer = pages.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert pages.rows(Lead)[0].state == LeadState.LEFT
    assert {row.state for row in pages.rows(Enrolment)} == {EnrolmentState.STOPPED}
    assert DeliveryState.WAITING not in {row.state for row in pages.rows(Delivery)}


@on_one_database
def test_leaving_works_in_parts_with_no_body_for_ever_and_again(
    pages: Pages, ada: Reader, time: time_machine.Traveller
) -> None:
    path = f"/u/{pages.leaving(ada.delivery_id)}"
    time.shift(timedelta(days=5000))
    assert pages.client.get(path).status_code == 200
    assert pages.rows(Lead)[0].state == LeadState.CONFIRMED
    for body, kind in (
        ({"List-Unsubscribe": "One-Click"}, "multipart/form-data"),
        ({"from": "page"}, "application/x-www-form-urlencoded"),
        (None, None),
        (b"\x00" * 200_000, "multipart/form-data; boundary=x"),
    ):
        answer = pages.client.post(path, data=body, content_type=kind)
        assert answer.status_code == 200
        assert "no more mails" in text_of(answer)
        assert pages.rows(Lead)[0].state == LeadState.LEFT


def test_a_rest_and_its_end_are_one_press_each(pages: Pages, ada: Reader, service: Service) -> None:
    path = f"/p/{pages.token(Purpose.PREFERENCES, ada.delivery_id)}"
    answer = pages.client.post(path, data={"do": "pause", "weeks": "2"})
    assert answer.status_code == 200
    assert pages.rows(Lead)[0].paused_until == service.clock.now() + timedelta(weeks=2)
    assert "Paused until Monday 18 January 2027." in text_of(answer)
    pages.client.post(path, data={"do": "resume"})
    assert pages.rows(Lead)[0].paused_until is None


def test_choices_are_kept_and_shown(pages: Pages, ada: Reader) -> None:
    path = f"/p/{pages.token(Purpose.PREFERENCES, ada.delivery_id)}"
    assert pages.client.get(path).status_code == 200
    pages.client.post(path, data={"do": "save", "tracking": "none", "discreet": "on"})
    pages.client.post(path, data={"do": "about", "name": "Eve", "timezone": "Australia/Sydney"})
    (lead,) = pages.rows(Lead)
    assert (lead.tracking, lead.discreet, lead.slower) == ("none", True, False)
    assert (lead.first_name, lead.zone) == ("Ada", "Australia/Sydney")
    page = pages.client.get(path).text
    assert 'value="none" checked' in page
    assert 'value="Australia/Sydney" selected' in page


@on_one_database
def test_leaving_the_default_as_it_is_chooses_nothing(pages: Pages, ada: Reader) -> None:
    path = f"/p/{pages.token(Purpose.PREFERENCES, ada.delivery_id)}"
    pages.client.post(path, data={"do": "save", "tracking": "full", "slower": "on"})
    (lead,) = pages.rows(Lead)
    assert (lead.tracking, lead.slower) == (None, True)


@on_one_database
def test_a_wrong_choice_changes_nothing(pages: Pages, ada: Reader) -> None:
    path = f"/p/{pages.token(Purpose.PREFERENCES, ada.delivery_id)}"
    for form in (
        {},
        {"do": "everything"},
        {"do": "pause", "weeks": "52"},
        {"do": "save", "tracking": "all"},
        {"do": "about", "timezone": "Mars/Olympus"},
    ):
        assert pages.client.post(path, data=form).status_code == 400
    assert pages.client.post(path, data={"do": "erase"}).status_code == 403  # that takes a fresh link
    (lead,) = pages.rows(Lead)
    assert (lead.tracking, lead.paused_until, lead.first_name) == (None, None, "Ada")


def test_the_next_mail_can_be_asked_for(pages: Pages, ada: Reader, time: time_machine.Traveller) -> None:
    work(pages.service)
    time.shift(timedelta(days=1))
    before = len(pages.rows(Delivery))
    path = f"/p/{pages.token(Purpose.PREFERENCES, ada.delivery_id)}"
    answer = pages.client.post(path, data={"do": "next"})
    assert "The next mail is on its way" in text_of(answer)
    assert len(pages.rows(Delivery)) == before + 1
    assert "No mail can be sent early" in text_of(pages.client.post(path, data={"do": "next"}))


def test_no_next_mail_can_be_asked_for_while_one_is_on_its_way(
    pages: Pages, ada: Reader, time: time_machine.Traveller
) -> None:
    time.shift(timedelta(days=1))
    path = f"/p/{pages.token(Purpose.PREFERENCES, ada.delivery_id)}"
    assert "No mail can be sent early" in text_of(pages.client.post(path, data={"do": "next"}))


def test_asking_for_a_conversation_takes_a_press_each_time(pages: Pages, ada: Reader) -> None:
    path = f"/book/{pages.token(Purpose.BOOK, ada.delivery_id, number_of('intro'))}"
    assert "A first conversation" in text_of(pages.client.get(path))
    assert pages.rows(Lead)[0].booked_at is None
    for _ in range(2):
        assert "will write to you" in text_of(pages.client.post(path))
    assert pages.rows(Lead)[0].booked_at is not None
    assert pages.rows(Signup)[0].booked_at is not None


@on_one_database
def test_a_letter_read_on_the_web_has_the_way_out(pages: Pages, ada: Reader, service: Service) -> None:
    path = f"/r/{pages.token(Purpose.WEB_COPY, ada.delivery_id)}"
    answer = pages.client.get(path)
    assert "data-exit>Leave quickly</a>" in answer.text
    assert "All your letters" not in answer.text
    assert answer.headers["Content-Security-Policy"].endswith("; script-src 'self'")
    with service.db.write() as session:
        session.scalars(select(Lead)).one().discreet = True
    assert "<title>…</title>" in pages.client.get(path).text


@on_one_database
def test_a_mail_read_in_the_browser_runs_nothing(pages: Pages, ada: Reader) -> None:
    answer = pages.client.get(f"/r/{pages.token(Purpose.WEB_COPY, ada.delivery_id)}")
    assert answer.status_code == 200
    assert "Ada" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "noindex" in answer.headers["X-Robots-Tag"]
