"""What is measured is said where she signs up, is hers to refuse there, and is never chosen for her by a stranger."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.compose import Reader
from funnel.curriculum.measuring import measured, notice
from funnel.links import Purpose
from funnel.models import Consent, Delivery, Lead
from funnel.publishing.publish import publish
from funnel.sending.recipients import recipient_of
from funnel.subscription.preferences import Preferences, save_preferences
from funnel.wiring import Service
from tests.abuse.test_askings import path_in
from tests.journey.steps import rows, work
from tests.web.conftest import Pages, on_one_database, text_of
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages

ADA = "ada@example.org"
YES, NO = {"tracking": "on"}, {"tracking": "off"}
AN_HOUR = timedelta(minutes=61)


@pytest.fixture
def practice_says(service: Service) -> Callable[[str], None]:
    """Publishes another default for what is measured."""

    def says(tracking: str) -> None:
        practice = replace(service.library.practice, tracking=tracking)
        publish(service, replace(service.library, practice=practice), "tests", service.clock.now())

    return says


def sign_up(pages: Pages, slug: str = "ebook", **fields: str) -> None:
    assert pages.sign_up(slug, **fields).status_code == 303
    work(pages.service)


def press(pages: Pages, outbox: MemoryAdapter) -> str:
    """What the page says before the button in the newest mail, which is pressed then."""
    path = path_in(outbox.mails[-1])
    shown = text_of(pages.client.get(path))
    assert pages.client.post(path).status_code == 200
    work(pages.service)
    return shown


def hers(pages: Pages) -> str | None:
    (lead,) = pages.rows(Lead)
    tracking: str | None = lead.tracking
    return tracking


def reader(service: Service) -> Reader:
    """Whom a lesson would be filled for now."""
    with service.db.read() as session:
        mail = session.scalars(select(Delivery).where(Delivery.kind == "lesson").order_by(Delivery.id.desc())).first()
        assert mail is not None
        return recipient_of(session, service, mail, session.get_one(Lead, mail.lead_id)).reader


def texts(pages: Pages, kind: str) -> list[str]:
    return [row.text for row in sorted(pages.rows(Consent), key=lambda row: int(row.id)) if row.kind == kind]


def boxes(pages: Pages) -> list[str]:
    """The second boxes of the form."""
    return re.findall(r'<input name="tracking"[^>]*>', pages.client.get("/offers/ebook").text)


@on_one_database
@pytest.mark.parametrize(("tracking", "value"), [("full", ["off"]), ("clicks", ["off"]), ("ask", ["on"]), ("none", [])])
def test_the_form_says_what_is_measured_beside_an_optional_box(
    pages: Pages, practice_says: Callable[[str], None], tracking: str, value: list[str]
) -> None:
    practice_says(tracking)
    said = notice(pages.service.library.practice)
    assert f"{said.says} {said.box}".strip() in text_of(pages.client.get("/offers/ebook"))
    found = boxes(pages)
    assert [f'value="{each}"' in box for each, box in zip(value, found, strict=True)] == [True] * len(value)
    assert not [box for box in found if "checked" in box or "required" in box]


@on_one_database
@pytest.mark.parametrize("tracking", ["full", "clicks", "ask", "none"])
def test_the_words_beside_the_box_are_kept_and_shown_alike(
    pages: Pages, practice_says: Callable[[str], None], outbox: MemoryAdapter, tracking: str
) -> None:
    practice_says(tracking)
    sign_up(pages)
    (asked,) = texts(pages, "asked")
    library = pages.service.library
    assert library.offers["ebook"].consent in asked
    assert notice(library.practice).says in asked
    assert asked in " ".join(outbox.mails[-1].text.split())
    assert asked in press(pages, outbox)
    assert texts(pages, "confirmed") == [asked]


@pytest.mark.parametrize(
    ("tracking", "ticked", "own", "now"),
    [
        ("full", {}, None, "full"),
        ("full", NO, "none", "none"),
        ("clicks", {}, None, "clicks"),
        ("clicks", NO, "none", "none"),
        ("ask", {}, "none", "none"),
        ("ask", YES, "full", "full"),
        ("none", {}, None, "none"),
        ("none", YES, None, "none"),
    ],
)
def test_what_she_ticked_counts_once_she_has_confirmed(
    pages: Pages,
    practice_says: Callable[[str], None],
    outbox: MemoryAdapter,
    tracking: str,
    ticked: dict[str, str],
    own: str | None,
    now: str,
) -> None:
    practice_says(tracking)
    sign_up(pages, **ticked)
    assert hers(pages) is None
    press(pages, outbox)
    assert hers(pages) == own
    assert reader(pages.service).tracking == now


@on_one_database
def test_ticking_says_so_in_what_is_kept(
    pages: Pages, practice_says: Callable[[str], None], outbox: MemoryAdapter
) -> None:
    sign_up(pages, **NO)
    assert texts(pages, "asked")[0].endswith("Ticked: “Please do not measure this for me.”")
    practice_says("ask")
    sign_up(pages, email="ben@example.org")
    assert "Not ticked: “You may see whether I open a mail" in texts(pages, "asked")[-1]
    chosen = [row.detail for row in pages.rows(Consent) if row.kind == "tracking"]
    assert chosen == []
    press(pages, outbox)
    assert [row.detail for row in pages.rows(Consent) if row.kind == "tracking"] == [
        {"chosen": "none", "via": "sign-up"}
    ]


@on_one_database
@pytest.mark.parametrize(("given", "own"), [(True, "full"), (False, "none"), (None, "none")])
def test_a_program_says_it_with_true_or_false(
    pages: Pages, practice_says: Callable[[str], None], outbox: MemoryAdapter, given: bool | None, own: str
) -> None:
    practice_says("ask")
    assert pages.send_json({"email": ADA, "consent": True, "tracking": given}).status_code == 202
    work(pages.service)
    press(pages, outbox)
    assert hers(pages) == own


@on_one_database
@pytest.mark.parametrize("odd", [1, [], {"a": 1}, "perhaps"])
def test_what_is_neither_true_nor_false_is_refused(pages: Pages, odd: object) -> None:
    answer = pages.send_json({"email": ADA, "consent": True, "tracking": odd})
    assert answer.status_code == 422
    assert "true where the person may be measured" in answer.get_json()["errors"]["tracking"]
    assert pages.rows(Lead) == []


@on_one_database
def test_the_tick_survives_a_form_that_comes_back(pages: Pages) -> None:
    page = pages.sign_up(email="ada", **NO).text
    assert re.search(r'<input name="tracking"[^>]* checked', page)
    assert not re.search(r'<input name="tracking"[^>]* checked', pages.sign_up(email="ada").text)


@pytest.mark.parametrize("ticked", [YES, NO])
@pytest.mark.parametrize("chosen", ["full", "none"])
def test_a_stranger_who_types_her_address_switches_nothing(
    pages: Pages,
    practice_says: Callable[[str], None],
    outbox: MemoryAdapter,
    time: time_machine.Traveller,
    ticked: dict[str, str],
    chosen: str,
) -> None:
    practice_says("ask")
    sign_up(pages)
    press(pages, outbox)
    save_preferences(
        pages.service, rows(pages.service, ADA)[-1].id, Preferences(tracking=chosen), pages.service.clock.now()
    )
    time.shift(AN_HOUR)
    for slug in ("ebook", "course"):
        sign_up(pages, slug, **ticked)
        assert hers(pages) == chosen


def test_a_form_undoes_her_preferences_only_by_declining(
    pages: Pages, practice_says: Callable[[str], None], outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    sign_up(pages)
    press(pages, outbox)
    mail = rows(pages.service, ADA)[-1].id
    save_preferences(pages.service, mail, Preferences(tracking="none"), pages.service.clock.now())
    practice_says("ask")
    time.shift(AN_HOUR)
    sign_up(pages, "course", **YES)
    press(pages, outbox)
    assert hers(pages) == "none"
    save_preferences(pages.service, mail, Preferences(tracking="full"), pages.service.clock.now())
    practice_says("full")
    time.shift(AN_HOUR)
    sign_up(pages, "training", **NO)
    press(pages, outbox)
    assert hers(pages) == "none"


def test_who_left_the_box_empty_may_tick_it_at_the_next_sign_up(
    pages: Pages, practice_says: Callable[[str], None], outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    practice_says("ask")
    sign_up(pages)
    press(pages, outbox)
    assert hers(pages) == "none"
    time.shift(AN_HOUR)
    sign_up(pages, "course", **YES)
    press(pages, outbox)
    assert hers(pages) == "full"
    time.shift(AN_HOUR)
    sign_up(pages, "training")
    press(pages, outbox)
    assert hers(pages) == "full"


def test_an_empty_box_holds_when_the_practice_stops_asking(
    pages: Pages, practice_says: Callable[[str], None], outbox: MemoryAdapter
) -> None:
    practice_says("ask")
    sign_up(pages)
    press(pages, outbox)
    practice_says("full")
    assert reader(pages.service).tracking == "none"


@pytest.mark.parametrize(("first", "second"), [(YES, {}), ({}, YES)])
def test_of_two_sign_ups_in_one_mail_the_stricter_counts(
    pages: Pages,
    practice_says: Callable[[str], None],
    outbox: MemoryAdapter,
    first: dict[str, str],
    second: dict[str, str],
) -> None:
    practice_says("ask")
    sign_up(pages, **first)
    sign_up(pages, **second)
    assert len(outbox.mails) == 1
    assert "Not ticked: “You may see" in press(pages, outbox)
    assert hers(pages) == "none"
    assert "Not ticked" in texts(pages, "confirmed")[0]


def test_where_readers_are_asked_no_answer_means_no_measuring(
    pages: Pages, practice_says: Callable[[str], None], outbox: MemoryAdapter
) -> None:
    sign_up(pages)
    press(pages, outbox)
    assert reader(pages.service).tracking == "full"
    practice_says("ask")
    assert reader(pages.service).tracking == "none"
    mail = rows(pages.service, ADA)[-1]
    token = pages.service.links.token(Purpose.PREFERENCES, mail.ref)
    page = pages.client.get(f"/p/{token}").text
    assert re.search(r'name="tracking" value="none" checked', page)


@pytest.mark.parametrize(
    ("own", "default", "expected"),
    [
        (None, "full", "full"), (None, "clicks", "clicks"), (None, "none", "none"), (None, "ask", "none"),
        ("full", "ask", "full"), ("clicks", "ask", "clicks"), ("none", "full", "none"), ("odd", "full", "none"),
        ("full", "none", "full"),
    ],
)  # fmt: skip
def test_her_own_choice_comes_before_the_practices(own: str | None, default: str, expected: str) -> None:
    assert measured(own, default) == expected
