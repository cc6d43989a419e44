"""The buttons of held and unknown mail: one by one and over a filter, pressed once, twice, and from an old page."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import update

from funnel.adapters.memory import MemoryAdapter
from funnel.insight import agreement
from funnel.mail import OutcomeKind
from funnel.models import Delivery
from funnel.sending.outcomes import decisions_on
from funnel.wiring import Service
from tests.journey.steps import join, lessons, live, rows, work

from .conftest import SITE, Browser, text_of

ADA, FAY = "ada@example.org", "fay@example.org"
LIST = "/dashboard/deliveries?state=unknown"
ASK = "/dashboard/deliveries/decide?state=unknown&act="


@pytest.fixture
def unknown(service: Service, time: time_machine.Traveller) -> list[int]:
    """The second lessons of Ada and Fay: nobody knows whether they went."""
    service.channel.use(MemoryAdapter())
    join(service, ADA)
    join(service, FAY, name="Fay")
    work(service)
    service.channel.use(MemoryAdapter({ADA: OutcomeKind.AMBIGUOUS, FAY: OutcomeKind.AMBIGUOUS}))
    live(service, time, 7.5)
    service.channel.use(MemoryAdapter())
    return [rows(service, email)[-1].id for email in (ADA, FAY)]


def fields(page: str, which: str) -> dict[str, str]:
    """The hidden fields of the form in which `which` stands."""
    form = next(form for form in re.findall(r"<form.*?</form>", page, re.S) if which in form)
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)}


def press(browser: Browser, fields: dict[str, str], act: str) -> str:
    """What the page says after the button was pressed."""
    answer = browser.post("/dashboard/deliveries/decide", **{**fields, "act": act})
    assert answer.status_code == 303
    return text_of(browser.get(answer.location))


def of_one(browser: Browser, number: int, page: str = LIST) -> dict[str, str]:
    return fields(browser.get(page).get_data(as_text=True), f'name="id" value="{number}"')


def test_it_arrived_counts_as_sent_and_nothing_leaves(signed_in: Browser, service: Service, unknown: list[int]) -> None:
    service.channel.use(outbox := MemoryAdapter())
    assert "It counts as sent." in press(signed_in, of_one(signed_in, unknown[0]), "arrived")
    assert "Decided about mails mails: unknown → 1 × arrived" in text_of(signed_in.get("/dashboard/audit"))
    work(service)
    assert outbox.mails == []
    row = rows(service, ADA)[-1]
    assert (row.state, [each.what for each in decisions_on(row)]) == ("accepted", ["arrived"])
    assert decisions_on(row)[0].who == "owner@example.org"
    with service.db.read() as session:
        assert agreement(session) == []


def test_two_presses_send_one_mail(signed_in: Browser, service: Service, unknown: list[int]) -> None:
    form = of_one(signed_in, unknown[0])
    service.channel.use(outbox := MemoryAdapter())
    assert "It waits to be sent now." in press(signed_in, form, "release")
    said = press(signed_in, form, "release")
    assert "Nothing has changed" in said
    assert "Now it waits to be sent." in said
    work(service)
    assert "Now it has been sent." in press(signed_in, form, "release")
    assert len(outbox.mails) == 1


def test_an_old_page_sends_no_third_copy(
    signed_in: Browser, service: Service, unknown: list[int], time: time_machine.Traveller
) -> None:
    form = of_one(signed_in, unknown[0])
    press(signed_in, form, "release")
    time.shift(timedelta(seconds=5))
    service.channel.use(MemoryAdapter({ADA: OutcomeKind.AMBIGUOUS}))
    work(service)
    assert rows(service, ADA)[-1].state == "unknown"
    for act in ("release", "drop", "arrived"):
        assert "Now nobody knows whether it went." in press(signed_in, form, act)
    assert "It is given up." in press(signed_in, of_one(signed_in, unknown[0]), "drop")


def test_a_mail_that_a_worker_has_taken_is_left_to_it(signed_in: Browser, service: Service, unknown: list[int]) -> None:
    form = of_one(signed_in, unknown[0])
    with service.db.write() as session:
        session.execute(update(Delivery).where(Delivery.id == unknown[0]).values(state="handing_over"))
    assert "Now it is being sent just now." in press(signed_in, form, "drop")
    assert rows(service, ADA)[-1].state == "handing_over"


def test_many_are_decided_after_a_page_that_says_how_many(
    signed_in: Browser, service: Service, unknown: list[int]
) -> None:
    page = signed_in.get(f"{ASK}arrived").get_data(as_text=True)
    assert "2 mails count as sent from now on. Nothing leaves." in text_of(signed_in.get(f"{ASK}arrived"))
    assert "2 mails count as sent." in press(signed_in, fields(page, 'name="count"'), "arrived")
    assert [lessons(service, email)[1][1] for email in (ADA, FAY)] == ["accepted", "accepted"]
    assert "Nothing has changed: somebody decided" not in text_of(signed_in.get(LIST))


def test_another_number_than_the_page_said_is_asked_again(
    signed_in: Browser, service: Service, unknown: list[int]
) -> None:
    form = fields(signed_in.get(f"{ASK}release").get_data(as_text=True), 'name="count"')
    press(signed_in, of_one(signed_in, unknown[1]), "drop")
    said = press(signed_in, form, "release")
    assert "another number than the page said, so nothing was done" in said
    assert "1 mail is sent again." in said
    assert rows(service, ADA)[-1].state == "unknown"


def test_held_mail_says_what_is_missing_and_where(signed_in: Browser, service: Service, unknown: list[int]) -> None:
    reason = "anxious-attachment/02-name-the-alarm.md:12  There is nothing to fill <first_name> with"
    with service.db.write() as session:
        session.execute(
            update(Delivery).where(Delivery.id == unknown[0]).values(state="held", reason=reason, ended_at=None)
        )
    answer = signed_in.get("/dashboard/deliveries?state=held")
    assert "There is nothing to fill <first_name> with. anxious-attachment/02-name-the-alarm.md, line 12" in text_of(
        answer
    )
    assert "<first_name>" not in answer.get_data(as_text=True)
    link = re.search(r'href="([^"]+act=release[^"]+)"', answer.get_data(as_text=True))
    assert link
    assert "1 held mail is made anew and sent." in text_of(signed_in.get(unescape(link[1])))
    form = of_one(signed_in, unknown[0], "/dashboard/deliveries?state=held")
    assert "It waits to be sent now." in press(signed_in, form, "release")


@pytest.mark.parametrize(
    "wrong",
    [
        {"act": "everything"},
        {"state": "accepted"},
        {"state": "held", "act": "arrived"},
        {"id": "9" * 30},
        {"id": "x"},
        {"seen": "yesterday"},
        {"seen": "2027-01-01T00:00:00"},
    ],
)
def test_a_made_up_form_changes_nothing(
    signed_in: Browser, service: Service, unknown: list[int], wrong: dict[str, str]
) -> None:
    form = {**of_one(signed_in, unknown[0]), "act": "release", **wrong}
    assert signed_in.post("/dashboard/deliveries/decide", **form).status_code in (400, 404)
    assert rows(service, ADA)[-1].state == "unknown"


def test_nobody_decides_without_signing_in_or_from_elsewhere(
    signed_in: Browser, service: Service, unknown: list[int]
) -> None:
    form = {**of_one(signed_in, unknown[0]), "act": "drop"}
    assert signed_in.post("/dashboard/deliveries/decide", **{**form, "csrf_token": ""}).status_code == 400
    assert signed_in.client.application.test_client().post(
        "/dashboard/deliveries/decide", data=form, base_url=SITE
    ).status_code in (303, 400)
    assert signed_in.get(f"{ASK}release").status_code == 200
    assert rows(service, ADA)[-1].state == "unknown"


def test_a_filter_is_in_the_address_and_an_address_in_none(
    signed_in: Browser, service: Service, unknown: list[int]
) -> None:
    with service.db.write() as session:
        session.execute(update(Delivery).where(Delivery.id == unknown[0]).values(reason=f"550 <{ADA}> is full"))
    page = signed_in.get(f"{LIST}&kind=lesson&from=2027-01-04&to=2027-12-31")
    assert "ada@example.org" in text_of(page)
    assert "ada%40" not in page.get_data(as_text=True)
    for narrower in ("kind=asset", "from=2027-12-31", "to=2026-12-31", "channel=nothing", "reason=other"):
        assert "No mail is like this." in text_of(signed_in.get(f"{LIST}&{narrower}"))
