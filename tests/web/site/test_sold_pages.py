"""The page of what is sold: a price and the way to a checkout; no door of ours takes a sign-up for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum.agreeing import purchase_text
from funnel.language import speaking
from funnel.links import Purpose, number_of
from funnel.models import Enrolment, FunnelCount, Lead
from funnel.web.embed.snippets import LADDER, FormPlace, may_stand
from funnel.wiring import Service
from tests.journey.steps import join, rows, work
from tests.selling import DEEP, sell, selling_library
from tests.web.conftest import Pages, on_one_database, text_of
from tests.web.embed.conftest import HOST, TYPED, list_sites

pytestmark = on_one_database
HERE = f"/offers/{DEEP}"
CHECKOUT = "https://shop.example.org/deep-course"


@pytest.fixture(autouse=True)
def _sold(service: Service) -> Iterator[None]:
    sell(service)
    service.in_force.refresh()
    list_sites(service, HOST)
    yield
    with service.db.read() as session:
        assert session.scalars(select(Enrolment.id).where(Enrolment.sequence == DEEP)).all() == []


def test_the_page_says_what_it_costs_and_what_the_shop_learns(pages: Pages) -> None:
    page = pages.client.get(HERE)
    text = text_of(page)
    assert "It costs EUR 120" in text
    assert "Three mails over two weeks, the first one at once." in text
    assert "shop.example.org is not ours. If you open it, it learns your internet address" in text
    assert f'<a class="button" href="{CHECKOUT}" rel="noreferrer">Buy the course, on shop.example.org</a>' in page.text
    assert "<form" not in page.text.partition('<section class="card" id="buy"')[2].partition("</section>")[0]
    assert pages.rows(FunnelCount)[0].offer == DEEP


def test_what_a_purchase_agrees_to_stands_on_the_page(pages: Pages, service: Service) -> None:
    with speaking("en"):
        text = purchase_text(service.library.offers[DEEP], service.library.sequences)
    assert text.partition(", EUR 120. ")[2].strip("“”") in text_of(pages.client.get(HERE))


def test_a_form_that_is_sent_leads_to_the_page(pages: Pages) -> None:
    answer = pages.sign_up(DEEP)
    assert (answer.status_code, answer.location) == (303, f"https://letters.example.org{HERE}")
    assert pages.client.get(f"{HERE}/thanks").status_code == 404
    assert pages.rows(Lead) == []


def test_a_program_is_told_that_it_is_sold(pages: Pages) -> None:
    answer = pages.send_json({"email": "ada@example.org", "consent": True}, DEEP)
    assert answer.status_code == 409
    assert f"This is sold, so nobody can sign up for it. Its page says where: https://letters.example.org{HERE}" in str(
        answer.json
    )
    assert pages.rows(Lead) == []


def test_forms_on_other_sites_lead_to_the_page(pages: Pages) -> None:
    frame = {"site": HOST}
    shown = [
        pages.client.get(f"/embed/{DEEP}/frame", query_string=frame).text,
        pages.client.post(f"/embed/{DEEP}/frame", query_string=frame, data=TYPED).text,
        pages.client.get(f"/embed/{DEEP}/thanks", query_string=frame).text,
        str(pages.client.get(f"/embed/{DEEP}/part", headers={"Origin": HOST}).json),
        str(pages.client.post(f"/embed/{DEEP}/part", headers={"Origin": HOST}, data=TYPED).json),
    ]
    for html in shown:
        assert f'href="https://letters.example.org{HERE}?referrer=' in html
        assert "It costs EUR 120." in html
        assert "<form" not in html
    plain = pages.client.post(f"/embed/{DEEP}/form", data=TYPED, headers={"Origin": HOST})
    assert (plain.status_code, CHECKOUT in plain.text, "ada@example.org" in plain.text) == (200, True, False)
    assert pages.rows(Lead) == []


def test_every_rung_of_the_ladder_leads_to_the_page(service: Service) -> None:
    place = FormPlace("https://letters.example.org/", service.library.offers[DEEP], service.library.practice.colours)
    assert may_stand(LADDER["form"], place)
    made = LADDER["form"].make(place)
    assert 'method="get"' in made
    assert "email" not in made


def test_a_link_to_begin_does_not_begin_what_is_sold(pages: Pages, service: Service, outbox: MemoryAdapter) -> None:
    join(service, "ada@example.org", "ebook")
    work(service)
    letter = rows(service, "ada@example.org")[-1]
    address = f"/begin/{service.links.token(Purpose.BEGIN, letter.ref, number_of(DEEP))}"
    assert pages.client.get(address).status_code in (404, 410)
    assert pages.client.post(address).status_code in (404, 410)


def test_a_closed_sale_has_no_page(pages: Pages, service: Service) -> None:
    sell(service, selling_library(offer=("paid: true", "paid: true\nopen: false")))
    service.in_force.refresh()
    assert pages.client.get(HERE).status_code == 404
    assert pages.sign_up(DEEP).status_code == 404
    assert f'href="{HERE}"' not in pages.client.get("/").text


def test_the_front_page_says_the_price(pages: Pages) -> None:
    assert "Course by e-mail · EUR 120" in text_of(pages.client.get("/"))
