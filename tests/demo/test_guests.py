"""Who is on no list asks for a session as anybody can, is mailed that alone, and is counted with what led there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from funnel.demo.browser import Browser, BrowsingError
from funnel.demo.deeds import GuestDeeds
from funnel.demo.evidence import RECEIPT, Evidence, Fault
from funnel.demo.guest_book import GuestBook
from funnel.demo.guests import Afterwards, Guest, make_guests
from funnel.demo.ledger import read_ledger
from funnel.demo.reconcile import reconcile
from funnel.demo.venue import make_venue
from funnel.demo.visiting import Visiting, look_for_help
from funnel.models import Consent, Enrolment, Signup
from tests.demo.cast import ADA, PRACTICE, mail, peaceful, row, with_row
from tests.demo.conftest import Stage
from tests.web.conftest import on_one_database

GUS = Guest("gus@example.org", 1, timedelta(0), "Reader/1.0", helped=True, asks=True)


def visiting(stage: Stage, book: GuestBook, **ways: object) -> Visiting:
    home = stage.service.settings.site_url
    return Visiting(replace(GUS, **ways), make_venue(home, stage.service.library, 1.0), book, 7)  # type: ignore[arg-type]


@on_one_database
@pytest.mark.parametrize("afterwards", list(Afterwards))
def test_what_a_guest_does_is_what_is_recorded(stage: Stage, afterwards: Afterwards) -> None:
    book = GuestBook()
    guest = visiting(stage, book, afterwards=afterwards)
    stage.do(guest.begin())
    (receipt,) = [each for each in stage.letters() if each.caught.recipient == GUS.email]
    stage.do(guest.read(receipt))
    asked, cancelled = book.deeds().asked, afterwards is Afterwards.CANCELS
    assert asked[GUS.email][1].startswith("pages/")
    assert book.deeds().looked_for_help == 1
    assert book.deeds().changed == ({GUS.email: cancelled} if afterwards else {})
    ledger = read_ledger(stage.service)
    assert ledger.figures.sessions == {asked[GUS.email]: 1}
    assert [each.kind for each in ledger.rows if each.email == GUS.email] == [RECEIPT] * (1 + cancelled)
    with stage.service.db.read() as session:
        counts = [session.scalar(select(func.count()).select_from(each)) for each in (Signup, Consent, Enrolment)]
    assert counts == [0, 0, 0]


@on_one_database
def test_a_page_of_help_that_shows_another_country_is_found(stage: Stage) -> None:
    with pytest.raises(BrowsingError, match="does not show what there is in Nowhere"):
        look_for_help(Browser(stage.service.settings.site_url, "Reader/1.0"), GuestBook(), "Nowhere")


def test_the_same_seed_has_the_same_guests_and_some_do_each_thing() -> None:
    guests = make_guests(60, ["Reader/1.0"], 8, 5)
    assert guests == make_guests(60, ["Reader/1.0"], 8, 5)
    assert {each.afterwards for each in guests} == set(Afterwards)
    assert {each.asks for each in guests} == {True, False}


def asked() -> Evidence:
    """Gus has asked for a session from a page, the practice was told, and he has the receipt."""
    evidence = with_row(peaceful(), replace(row(20, PRACTICE, None, 4), kind="notice"))
    evidence = with_row(evidence, replace(row(21, GUS.email, None, 4), kind=RECEIPT))
    return replace(
        evidence,
        guests=frozenset({GUS.email}),
        caught=(*evidence.caught, mail(20, PRACTICE, 4), mail(21, GUS.email, 4)),
        deeds=replace(evidence.deeds, guests=GuestDeeds({GUS.email: ("couple", "pages/about")})),
        figures=replace(evidence.figures, sessions={("couple", "pages/about"): 1}),
    )


def faults(evidence: Evidence) -> list[Fault]:
    return [each.kind for each in reconcile(evidence)]


def test_a_receipt_is_all_that_a_guest_is_mailed() -> None:
    assert faults(asked()) == []
    lesson = replace(row(22, GUS.email, "welcome", 5))
    more = replace(with_row(asked(), lesson), caught=(*asked().caught, mail(22, GUS.email, 5)))
    assert Fault.UNASKED in faults(more)


def test_a_session_counted_from_elsewhere_is_found() -> None:
    evidence = asked()
    other = replace(evidence, figures=replace(evidence.figures, sessions={("couple", ""): 1}))
    assert faults(other) == [Fault.FIGURE, Fault.FIGURE]


def test_a_cancelling_that_nobody_was_mailed_is_found() -> None:
    evidence = asked()
    guests = replace(evidence.deeds.guests, changed={GUS.email: True})
    assert faults(replace(evidence, deeds=replace(evidence.deeds, guests=guests))) == [Fault.FIGURE, Fault.FIGURE]


def test_a_receipt_that_nobody_asked_for_is_found() -> None:
    evidence = with_row(peaceful(), replace(row(21, ADA, None, 4), kind=RECEIPT))
    found = faults(replace(evidence, caught=(*evidence.caught, mail(21, ADA, 4))))
    assert found == [Fault.FIGURE]


@on_one_database
def test_the_ways_to_a_session_are_those_the_practice_wrote(stage: Stage) -> None:
    venue = make_venue("http://127.0.0.1:8000", stage.service.library, 1.0)
    assert venue.session_words == {"ask for a session": "training-follow-up/what-comes-next"}
    assert set(venue.ways_to_sessions) == {"/sessions", "/pages/about", "/pages/first-conversation"}
