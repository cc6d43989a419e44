"""What somebody may try with the forms that other sites show."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from funnel.models import Lead
from tests.web.conftest import on_one_database
from tests.web.embed.conftest import EVIL, HOST, OTHER, TYPED, Embedded, hidden, list_sites

pytestmark = on_one_database


def sent_later(time: time_machine.Traveller) -> None:
    """A person takes that long to fill a form in."""
    time.shift(timedelta(seconds=5))


@pytest.mark.parametrize(
    "site", [EVIL, "null", "", "https://www.example.org.evil.example", "http://www.example.org", "*"]
)
def test_a_site_that_is_not_listed_may_frame_nothing_and_read_nothing(embedded: Embedded, site: str) -> None:
    framed = embedded.frame(site=site)
    assert framed.status_code == 403
    assert "frame-ancestors 'none'" in framed.headers["Content-Security-Policy"]
    for answer in (embedded.part(origin=site), embedded.send_part("", origin=site)):
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert embedded.signups() == []


def test_a_practice_that_lists_no_site_shows_no_form_elsewhere(embedded: Embedded) -> None:
    list_sites(embedded.pages.service)
    assert [embedded.frame().status_code, embedded.part().status_code] == [403, 403]


def test_a_site_taken_off_the_list_is_refused_at_once(embedded: Embedded, time: time_machine.Traveller) -> None:
    part = embedded.part()
    assert part.json is not None
    sent_later(time)
    list_sites(embedded.pages.service, OTHER)
    assert embedded.send_part(part.json["html"]).status_code == 403
    assert embedded.signups() == []


def test_a_token_is_for_one_offer_and_one_site(embedded: Embedded, time: time_machine.Traveller) -> None:
    part = embedded.part()
    assert part.json is not None
    sent_later(time)
    for slug, origin in (("course", HOST), ("ebook", OTHER)):
        assert embedded.send_part(part.json["html"], slug, origin).status_code == 422
    assert embedded.send_frame(embedded.frame(site=OTHER), site=HOST).status_code == 422
    assert embedded.signups() == []


@pytest.mark.parametrize("token", ["", "x", "1.2.3", "9" * 5000, "\u0664.a.b", "a\x00b"])
def test_a_token_that_is_none_signs_nobody_up(embedded: Embedded, token: str, time: time_machine.Traveller) -> None:
    part = embedded.part()
    assert part.json is not None
    sent_later(time)
    assert embedded.send_part(part.json["html"], token=token).status_code == 422
    assert embedded.signups() == []


def test_the_seal_of_our_own_page_is_no_token(embedded: Embedded, time: time_machine.Traveller) -> None:
    page = embedded.pages.client.get("/offers/ebook")
    sent_later(time)
    assert embedded.send_part("", token=hidden(page.text)["opened"]).status_code == 422
    assert embedded.signups() == []


def test_a_token_is_good_for_one_sending(embedded: Embedded, time: time_machine.Traveller) -> None:
    part = embedded.part()
    assert part.json is not None
    sent_later(time)
    assert embedded.send_part(part.json["html"]).status_code == 200
    assert embedded.send_part(part.json["html"], email="ben@example.org").status_code == 422
    assert [lead.email for lead in embedded.pages.rows(Lead)] == ["ada@example.org"]


def test_whoever_presses_twice_is_thanked_twice_and_signed_up_once(
    embedded: Embedded, time: time_machine.Traveller
) -> None:
    page = embedded.frame()
    sent_later(time)
    assert [embedded.send_frame(page).status_code, embedded.send_frame(page).status_code] == [303, 303]
    assert len(embedded.signups()) == 1


def test_another_site_cannot_send_the_frames_form_with_a_token_it_fetched(
    embedded: Embedded, time: time_machine.Traveller
) -> None:
    said = {**hidden(embedded.frame().text), **TYPED}
    sent_later(time)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": EVIL}):
        answer = embedded.pages.client.post(f"/embed/ebook/frame?site={HOST}", data=said, headers=headers)
        assert answer.status_code == 403
    assert embedded.signups() == []


@pytest.mark.parametrize(
    "path", ["/", "/offers/ebook", "/offers/ebook/thanks", "/offers/quiz", "/pages/privacy", "/sign-in", "/dashboard"]
)
def test_no_page_outside_may_be_framed_or_read_even_by_a_listed_site(embedded: Embedded, path: str) -> None:
    answer = embedded.pages.client.get(path, headers={"Origin": HOST})
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_json_door_is_no_door_for_other_sites_pages(embedded: Embedded) -> None:
    body = {"email": "ada@example.org", "consent": True}
    headers = {"Origin": HOST, "Sec-Fetch-Site": "cross-site"}
    answer = embedded.pages.client.post("/offers/ebook/signup", json=body, headers=headers)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_huge_source_is_cut_and_one_with_line_breaks_is_a_word(
    embedded: Embedded, time: time_machine.Traveller
) -> None:
    part = embedded.part(source="x" * 5000 + "\r\nSet-Cookie: a=b")
    assert part.json is not None
    sent_later(time)
    embedded.send_part(part.json["html"], source="y" * 60_000)
    embedded.pages.sign_up(email="ben@example.org", source="a\r\nb\x00<b>")
    assert [signup.utm["source"] for signup in embedded.signups()] == ["y" * 100, "ab<b>"]


@pytest.mark.parametrize("site", ["https://www.example.org\r\nX: y", "https://www.example.org; script-src *"])
def test_nothing_of_a_site_gets_into_a_header(embedded: Embedded, site: str) -> None:
    answer = embedded.frame(site=site)
    assert answer.status_code == 403
    assert "script-src *" not in str(answer.headers)


@pytest.mark.parametrize("back", [EVIL + "/", "//evil.example", "javascript:alert(1)", f"{HOST}@evil.example/", "/x"])
def test_thanks_lead_back_to_no_site_that_is_not_listed(embedded: Embedded, back: str) -> None:
    page = embedded.pages.client.get("/offers/ebook/thanks", query_string={"back": back})
    assert page.status_code == 200
    assert "Back to" not in page.text
    assert "evil.example" not in page.text


def test_a_listed_site_cannot_ask_with_headers_of_its_own(embedded: Embedded) -> None:
    asked = embedded.pages.client.options(
        "/embed/ebook/part", headers={"Origin": HOST, "Access-Control-Request-Method": "POST"}
    )
    assert "Access-Control-Allow-Origin" not in asked.headers
