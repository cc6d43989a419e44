"""What the practice sees."""

from __future__ import annotations

import re

import pytest
import time_machine
from sqlalchemy import delete, select, update

from funnel.adapters.memory import MemoryAdapter
from funnel.conversations.asking import book
from funnel.insight import agreement
from funnel.insight.intervals import percent
from funnel.models import (
    ChannelState,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Edition,
    EditionLesson,
    Heartbeat,
    Lead,
    SequenceState,
)
from funnel.subscription.unsubscribe import leave
from funnel.web.dashboard.figures import ago, number, with_code
from funnel.wiring import Service
from tests.journey.steps import ask, join, live, work
from tests.refs import ref_of

from .conftest import Browser, new_link, text_of

_ROW = re.compile(r"<tr[^>]*>.*?</tr>", re.S)


def _rows(page: str, words: str) -> list[list[str]]:
    """The figures of every table row that holds these words."""
    return [
        re.findall(r'class="(?:n|figure)[^"]*">(?:<span class="figure">|<a [^>]*>)?([\d,]+)', row)
        for row in _ROW.findall(page)
        if words in row
    ]


def test_a_new_practice_is_told_what_to_do_next(signed_in: Browser) -> None:
    said = text_of(signed_in.get("/dashboard"))
    assert "Five steps to the first real mail" in said
    assert "Sign up as a reader would" in said
    assert "In the last seven days nobody signed up. No letter went out. Nothing came back." in said
    assert "Six weeks with anxious attachment edition 1" in text_of(signed_in.get("/dashboard/funnel"))


def test_a_practice_that_published_nothing_is_told_how(signed_in: Browser, service: Service) -> None:
    with service.db.write() as session:
        for model in (SequenceState, EditionLesson, Edition):
            session.execute(delete(model))
    assert "Nothing is published yet" in text_of(signed_in.get("/dashboard/funnel"))


def test_after_a_course_every_figure_agrees_with_the_rows(
    browser: Browser, owner: int, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ada = join(service, "ada@example.org")
    join(service, "cleo@example.org")
    ask(service, "ben@example.org")
    live(service, time, 8)
    with service.db.read() as session:
        cleos = session.scalars(
            select(Delivery.id)
            .join(Lead, Lead.id == Delivery.lead_id)
            .where(Lead.email_key == "cleo@example.org", Delivery.kind == DeliveryKind.LESSON)
            .order_by(Delivery.id.desc())
        ).first()
        adas = session.scalars(select(Delivery.id).where(Delivery.lead_id == ada.lead_id)).first()
    assert cleos is not None
    assert adas is not None
    leave(service, ref_of(service, Delivery, cleos), service.clock.now(), "one-click")
    book(service, ada.lead_id, adas, service.clock.now())
    live(service, time, 60)

    with service.db.read() as session:
        assert agreement(session) == []
    link = new_link(service, owner)
    browser.send(link, link)
    page = browser.get("/dashboard/funnel?days=all").get_data(as_text=True)
    course = page[page.index("Six weeks with anxious attachment <small>course") :]
    stages = ["Signed up", "Confirmed", "Got it", "Began", "Finished", "Asked to talk"]
    assert [_rows(course, f">{stage}</abbr>")[0] for stage in stages] == [["3"], ["2"], ["2"], ["2"], ["1"], ["1"]]
    sent = [row for row in _rows(page[page.index('id="sequences"') :], "lesson=begin-here") if row]
    assert sent[0][0] == "2"
    assert "<b>0</b> <abbr" in page
    assert re.search(r"<b>1</b> <abbr[^>]*>finished", page)
    assert re.search(r"<b>1</b> <abbr[^>]*>stopped", page)


def test_what_needs_a_person_stands_at_the_top_with_what_to_do(signed_in: Browser, service: Service) -> None:
    now = service.clock.now()
    with service.db.write() as session:
        session.add(ChannelState(adapter="smtp", kind="auth_config", detail="535 <wrong key>", since=now, until=None))
        session.add(
            Delivery(kind="test", state=DeliveryState.HELD, created_at=now, not_before=now, detail={}, filled={})
        )
    page = signed_in.get("/dashboard")
    said = text_of(page)
    assert said.index("Sending through smtp has stopped") < said.index("1 mail held") < said.index("The service")
    assert "535 &lt;wrong key&gt;" in page.get_data(as_text=True)
    assert "<code>funnel clock</code>" in page.get_data(as_text=True)


def test_when_all_is_well_the_page_says_so(
    signed_in: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(service.queue), "lengths", lambda _self: {"urgent": 0, "lessons": 0})
    monkeypatch.setattr(type(service.queue), "workers", lambda _self: 1)
    with service.db.write() as session:
        session.merge(Heartbeat(name="clock", at=service.clock.now(), machine_at=service.clock.machine_now()))
    assert "All is calm. Nothing needs your attention." in text_of(signed_in.get("/dashboard"))


def test_a_missing_worker_is_a_card_that_says_what_to_do(
    signed_in: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(service.queue), "lengths", lambda _self: {"urgent": 0, "lessons": 0})
    monkeypatch.setattr(type(service.queue), "workers", lambda _self: 0)
    page = signed_in.get("/dashboard")
    assert "No worker is running No mail leaves" in text_of(page)
    assert "<code>funnel worker</code>" in page.get_data(as_text=True)


def test_one_sequence_has_a_page_and_an_unknown_one_has_none(signed_in: Browser) -> None:
    assert "Edition 1, published" in text_of(signed_in.get("/dashboard/sequences/ebook-welcome?days=7"))
    assert signed_in.get("/dashboard/sequences/no-such-thing").status_code == 404


def test_a_search_for_part_of_an_address_leaves_it_out_of_urls(
    signed_in: Browser, service: Service, outbox: MemoryAdapter
) -> None:
    join(service, "ada@example.org")
    ask(service, "ben@example.org")
    everyone = text_of(signed_in.get("/dashboard/people"))
    assert "ada@example.org" in everyone
    assert "ben@example.org" in everyone
    found = signed_in.send("/dashboard/people", "/dashboard/people", search="BEN@")
    assert "ben@example.org" in text_of(found)
    assert "ada@example.org" not in text_of(found)
    unconfirmed = text_of(signed_in.get("/dashboard/people?state=asked"))
    assert "ada@example.org" not in unconfirmed
    assert "No address and no name matches" in text_of(
        signed_in.send("/dashboard/people", "/dashboard/people", search="zz")
    )


def test_a_person_has_a_ledger_of_what_was_agreed_and_sent(
    signed_in: Browser, service: Service, outbox: MemoryAdapter
) -> None:
    ada = join(service, "ada@example.org", "ebook")
    work(service)
    said = text_of(signed_in.get(f"/dashboard/people/{ada.lead_id}"))
    assert service.library.offers["ebook"].consent.replace("\n", " ") in said
    for words in ("Confirmed the address", "Asked for mail", "Confirmation of the address", "Sent", "after confirming"):
        assert words in said
    assert signed_in.get("/dashboard/people/4711").status_code == 404


def test_a_name_that_is_markup_is_printed_as_typed(signed_in: Browser, service: Service) -> None:
    ask(service, "eve@example.org")
    with service.db.write() as session:
        # No form takes this for a name; it may have been taken before there was a rule.
        session.execute(update(Lead).values(first_name="<script>alert(1)</script>"))
    page = signed_in.get("/dashboard/people").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_mails_are_listed_by_state_and_page_by_page(signed_in: Browser, service: Service) -> None:
    now = service.clock.now()
    with service.db.write() as session:
        for n in range(60):
            state = DeliveryState.FAILED if n % 20 == 0 else DeliveryState.SKIPPED
            session.add(
                Delivery(
                    kind="test",
                    state=state,
                    reason=f"reason {n}.",
                    created_at=now,
                    not_before=now,
                    detail={},
                    filled={},
                )
            )
    failed = text_of(signed_in.get("/dashboard/deliveries?state=failed"))
    assert [n for n in range(60) if f"reason {n}." in failed] == [0, 20, 40]
    first = signed_in.get("/dashboard/deliveries").get_data(as_text=True)
    older = re.search(r'href="(/dashboard/deliveries\?before=\d+)">Older', first)
    assert older
    second = signed_in.get(older[1]).get_data(as_text=True)
    assert [n for n in range(60) if f"reason {n}." in second] == list(range(10))
    assert "Older" not in second


@pytest.mark.parametrize(
    "query", ["state=nonsense", "before=-1", "before=" + "9" * 30, "before=²", "sequence=%00", "lesson=x"]
)
def test_a_strange_query_is_never_an_error(signed_in: Browser, query: str) -> None:
    assert signed_in.get(f"/dashboard/deliveries?{query}").status_code == 200
    assert signed_in.get(f"/dashboard/people?{query}").status_code == 200


@pytest.mark.parametrize("path", ["people/" + "9" * 30, "people/0", "sequences/%00", "sequences/%ff", "people/-1"])
def test_a_strange_address_is_simply_not_there(signed_in: Browser, path: str) -> None:
    assert signed_in.get(f"/dashboard/{path}").status_code == 404


def test_a_strange_search_is_never_an_error(signed_in: Browser) -> None:
    for strange in ("\x00", "%", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "x" * 5000):
        assert signed_in.send("/dashboard/people", "/dashboard/people", search=strange).status_code == 200


def test_no_page_needs_a_style_or_a_script_of_its_own(signed_in: Browser) -> None:
    for path in ("/dashboard", "/dashboard/people", "/dashboard/deliveries", "/dashboard/account", "/sign-in"):
        page = signed_in.get(path).get_data(as_text=True)
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", page), path


def test_figures_are_written_so_that_nobody_is_misled() -> None:
    assert number(1234567) == "1,234,567"
    assert [percent(share) for share in (None, 0.0, 0.001, 0.417, 0.999, 1.0, 2.5)] == [
        "", "0%", "<1%", "42%", "99%", "100%", "250%",
    ]  # fmt: skip
    assert [ago(seconds) for seconds in (0, 1.9, 60, 7200, 90000)] == [
        "0 seconds", "1 second", "1 minute", "2 hours", "1 day",
    ]  # fmt: skip
    assert with_code("<b> `a<b` c") == "&lt;b&gt; <code>a&lt;b</code> c"
