"""The funnel page: whom it counts, and that each number leads to exactly those."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select, update

from funnel.adapters.memory import MemoryAdapter
from funnel.conversations.asking import book
from funnel.models import Delivery, Lead, Signup
from funnel.privacy.erase import erase
from funnel.subscription.manual import note_booked
from funnel.subscription.signup import SignupRequest, sign_up
from funnel.subscription.tagging import TagWish, set_tags
from funnel.tracking.recount import recount
from funnel.wiring import Service
from tests.journey.steps import join, live, work

from .conftest import Browser, new_link, text_of

_LINK = re.compile(r'href="(/dashboard/people\?[^"]*stage=[^"]+)">([\d,]+)</a>')


def ask_from(service: Service, name: str, source: str) -> None:
    utm = {"source": source} if source else {}
    request = SignupRequest("course", f"{name}@example.org", name.title(), None, consent=True, utm=utm)
    sign_up(service, request, service.clock.now())


def listed(page: str) -> list[str]:
    return re.findall(r'<a href="/dashboard/people/\d+">([^<]+)</a>', page)


def everybody(signed_in: Browser, path: str) -> int:
    """How many are listed on all pages of a list, and how many are said to be gone."""
    n = 0
    while path:
        page = signed_in.get(path).get_data(as_text=True)
        gone = re.search(r"And (\d+) whose data is gone", page)
        older = re.search(r'class="older"><a href="([^"]+)"', page)
        n += len(listed(page)) + (int(gone[1]) if gone else 0)
        path = unescape(older[1]) if older else ""
    return n


def test_each_number_leads_to_exactly_those_it_counts(
    browser: Browser, owner: int, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ada = join(service, "ada@example.org")
    join(service, "cleo@example.org", offer="ebook")
    for number in range(55):
        ask_from(service, f"reader{number}", ("shop", "Instagram", "")[number % 3])
    work(service)
    with service.db.read() as session:
        mail = session.scalars(select(Delivery.id).where(Delivery.lead_id == ada.lead_id)).first()
    assert mail is not None
    book(service, ada.lead_id, mail, service.clock.now())
    live(service, time, 60)
    erase(service, "reader3@example.org", service.clock.now())
    erase(service, "cleo@example.org", service.clock.now())
    browser.send(link := new_link(service, owner), link)

    seen = 0
    for query in ("days=all", "days=all&by=source", "days=365&by=place", "from=2020-01-01&to=2030-01-01&by=language"):
        page = browser.get(f"/dashboard/funnel?{query}").get_data(as_text=True)
        for path, number in _LINK.findall(page):
            assert everybody(browser, unescape(path)) == int(number), path
            seen += 1
    assert seen > 30


def test_a_funnel_is_about_those_who_signed_up_on_these_days(
    signed_in: Browser, service: Service, outbox: MemoryAdapter
) -> None:
    for number, days in enumerate((0, 10, 40, 200)):
        join(service, f"reader{number}@example.org")
        with service.db.write() as session:
            newest = session.scalars(select(Signup).order_by(Signup.id.desc())).first()
            assert newest is not None
            moved = newest.day - timedelta(days=days)
            session.execute(update(Signup).where(Signup.id == newest.id).values(day=moved))
    recount(service)
    told = re.compile(r"Of (\d+) who signed up, (\d+) confirmed")
    shown = {
        days: told.findall(text_of(signed_in.get(f"/dashboard/funnel?{days}")))
        for days in ("days=7", "days=28", "days=90", "days=365", "days=all", "days=-1", "days=%3Cb%3E", "from=x&to=y")
    }
    assert [int(n) for ((n, _),) in shown.values()] == [1, 2, 3, 4, 4, 3, 3, 3]
    assert all(n == confirmed for ((n, confirmed),) in shown.values())


@pytest.mark.parametrize(
    "query",
    [
        "from=0001-01-01",
        "to=9999-12-31",
        "from=2027-02-30",
        "from=2027-13-01&to=%00",
        "by=%00&days=7",
        "from=x",
    ],
)
def test_strange_days_are_never_an_error(signed_in: Browser, query: str) -> None:
    assert signed_in.get(f"/dashboard/funnel?{query}").status_code == 200
    assert signed_in.get(f"/dashboard/people?offer=course&stage=confirmed&{query}").status_code == 200


def test_days_the_wrong_way_round_are_turned(signed_in: Browser, service: Service, outbox: MemoryAdapter) -> None:
    join(service, "ada@example.org")
    today = service.clock.now().date()
    page = signed_in.get(f"/dashboard/funnel?from={today + timedelta(days=1)}&to={today - timedelta(days=1)}")
    assert "Of 1 who signed up" in text_of(page)


def test_where_nobody_came_the_page_says_so(signed_in: Browser) -> None:
    said = text_of(signed_in.get("/dashboard/funnel?days=7"))
    assert "Nobody signed up on these days. Look at everything so far." in said
    assert "Nobody." in text_of(signed_in.get("/dashboard/people?offer=course&stage=booked"))


def test_small_numbers_say_between_what_they_lie(signed_in: Browser, service: Service, outbox: MemoryAdapter) -> None:
    for number in range(3):
        join(service, f"reader{number}@example.org")
    assert "100% between 44% and 100%" in text_of(signed_in.get("/dashboard/funnel"))


def test_the_days_before_are_compared_with_care(
    signed_in: Browser, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 8)
    join(service, "ben@example.org")
    said = text_of(signed_in.get("/dashboard/funnel?days=7"))
    assert "The 7 days before: 1 person" in said
    assert "too early to tell from before" in said


def test_a_search_still_finds_people_by_address(signed_in: Browser, service: Service, outbox: MemoryAdapter) -> None:
    join(service, "ada@example.org")
    with service.db.read() as session:
        assert session.scalars(select(Lead.email)).all() == ["ada@example.org"]
    page = signed_in.send("/dashboard/people", "/dashboard/people", search="ada").get_data(as_text=True)
    assert listed(page) == ["ada@example.org"]


def test_people_are_filtered_by_what_they_did(
    signed_in: Browser, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ada = join(service, "ada@example.org", name="Ada")
    fay = join(service, "fay@example.org", name="Faya")
    ask_from(service, "ben", "Podcast")
    work(service)
    live(service, time, 8)
    join(service, "hana@example.org")
    work(service)
    set_tags(service, ada.lead_id, TagWish(("evening",)), service.clock.now())
    note_booked(service, fay.lead_id, service.clock.now())

    def shown(query: str) -> set[str]:
        page = signed_in.get(f"/dashboard/people?{query}")
        assert page.status_code == 200
        return {address.partition("@")[0] for address in listed(page.get_data(as_text=True))}

    assert shown("tag=evening") == {"ada"}
    assert shown("booked=1") == {"fay"}
    assert shown("from_source=podcast") == {"ben"}
    assert shown("at=anxious-attachment") == {"ada", "fay", "hana"}
    assert shown("at=anxious-attachment/begin-here") == {"hana"}
    assert shown("at=anxious-attachment&booked=1&state=confirmed") == {"fay"}
    assert shown("tag=evening&booked=1") == shown("watched=1") == shown("downloaded=1") == set()
    assert shown("at=nowhere/x&tag=&from_source=") == {"ada", "fay", "hana", "ben"}
    page = signed_in.send("/dashboard/people", "/dashboard/people?booked=1", search="fAyA").get_data(as_text=True)
    assert listed(page) == ["fay@example.org"]


def test_the_numbers_come_as_a_file(signed_in: Browser, service: Service, outbox: MemoryAdapter) -> None:
    ask_from(service, "ben", "=cmd()")
    answer = signed_in.get("/dashboard/funnel.csv?days=all&by=source&bom=0")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="funnel.csv"'
    assert answer.get_data(as_text=True).splitlines() == [
        "offer,source,signups,confirmed,received,under_way,finished,booked",
        "course,'=cmd(),1,0,0,0,0,0",
    ]
