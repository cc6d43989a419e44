"""Signing up: whatever is sent, a clear answer, and never half a row."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from funnel.curriculum.agreeing import agreed_text
from funnel.models import Consent, Delivery, DeliveryKind, FunnelCount, FunnelStage, Lead, Signup
from funnel.settings import SettingsError
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.web.conftest import Pages, on_one_database, text_of, waiting_mails


def nothing_was_written(pages: Pages) -> bool:
    return not (pages.rows(Lead) or pages.rows(Signup) or pages.rows(Consent) or pages.rows(Delivery))


def visits(pages: Pages) -> int:
    return sum(row.n for row in pages.rows(FunnelCount) if row.stage == FunnelStage.VISITS)


@on_one_database
def test_the_front_page_shows_only_offers_that_are_open(pages: Pages) -> None:
    page = pages.client.get("/")
    assert page.status_code == 200
    for slug in ("ebook", "training", "quiz", "course"):
        assert f'href="/offers/{slug}"' in page.text


def test_a_form_leads_to_a_page_that_says_what_to_do_next(pages: Pages) -> None:
    answer = pages.sign_up()
    assert answer.status_code == 303
    assert answer.location == "/offers/ebook/thanks"
    assert pages.service.library.offers["ebook"].thanks in text_of(pages.client.get(answer.location))
    (lead,), (signup,) = pages.rows(Lead), pages.rows(Signup)
    assert (lead.email, lead.first_name, lead.zone) == ("ada@example.org", "", None)
    assert (signup.typed_name, signup.typed_zone) == ("Ada", "Europe/Dublin")
    assert waiting_mails(pages, DeliveryKind.CONFIRMATION) == 1


def test_consent_is_kept_word_for_word_with_its_network(pages: Pages) -> None:
    pages.client.post(
        "/offers/course/signup",
        data={"email": "ada@example.org", "consent": "on"},
        environ_overrides={"REMOTE_ADDR": "192.0.2.77"},
    )
    (consent,) = pages.rows(Consent)
    library = pages.service.library
    assert consent.text == agreed_text(library.offers["course"], library.practice, library.sequences)
    assert consent.text in text_of(pages.client.get("/offers/course"))
    assert consent.origin == "192.0.2.0/24"


def test_a_program_gets_202_for_json(pages: Pages) -> None:
    answer = pages.send_json(
        {"email": "fay@example.org", "name": "Fay", "timezone": "Australia/Sydney", "consent": True, "utm_source": "x"}
    )
    assert answer.status_code == 202
    assert answer.mimetype == "application/json"
    (signup,) = pages.rows(Signup)
    assert signup.typed_zone == "Australia/Sydney"
    assert signup.utm == {"utm_source": "x"}


@on_one_database
def test_where_a_visitor_came_from_travels_through_the_form(pages: Pages) -> None:
    page = pages.client.get("/offers/ebook?utm_source=letter&utm_term=" + "x" * 300 + "&utm_other=no&email=a@b")
    assert 'name="utm_source" value="letter"' in page.text
    assert f'name="utm_term" value="{"x" * 100}"' in page.text
    assert "utm_other" not in page.text
    assert "a@b" not in page.text


def test_signing_up_twice_says_the_same_and_sends_one_mail(pages: Pages, time: time_machine.Traveller) -> None:
    first = pages.sign_up()
    time.shift(1)
    second = pages.sign_up()
    assert (first.status_code, first.location, first.data) == (second.status_code, second.location, second.data)
    assert len(pages.rows(Lead)) == len(pages.rows(Signup)) == 1
    assert waiting_mails(pages, DeliveryKind.CONFIRMATION) == 1


WRONG_FORMS: list[tuple[dict[str, str], str]] = [
    ({"email": ""}, "email"),
    ({"email": "ada"}, "email"),
    ({"email": "ada@example.org\x00"}, "email"),
    ({"email": "ada@\x00example.org"}, "email"),
    ({"email": "a" * 400 + "@example.org"}, "email"),
    ({"email": "ada@example.org\r\nBcc: eve@example.org"}, "email"),
    ({"consent": ""}, "consent"),
    ({"consent": "no"}, "consent"),
]
WRONG_JSON: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"email", "consent"}),
    ({"email": "ada@example.org"}, {"consent"}),
    ({"email": "ada@example.org", "consent": False}, {"consent"}),
    ({"email": "ada@example.org", "consent": 1}, {"consent"}),
    ({"email": "ada", "consent": True}, {"email"}),
    ({"email": ["ada@example.org"], "consent": True}, {"email"}),
    ({"email": {"a": 1}, "name": 7, "timezone": [], "consent": []}, {"email", "name", "timezone", "consent"}),
    ({"email": "a\ud800@example.org", "consent": True}, {"email"}),
    ({"email": "ada@example.org", "timezone": "\u0000", "consent": True}, {"timezone"}),
]
UNREADABLE: list[tuple[bytes, str, int]] = [
    (b"{", "application/json", 400),
    (b"[1, 2]", "application/json", 400),
    (b'"ada@example.org"', "application/json", 400),
    (b"\xff\xfe\x00", "application/json", 400),
    (b"[" * 60_000, "application/json", 400),
    (b"1" * 10_000, "application/json", 400),
    (b"<a/>", "text/xml", 415),
    (b"email=ada@example.org", "text/plain", 415),
    (b"", "", 415),
    (b"{" + b" " * 1_000_000 + b"}", "application/json", 413),
]


@on_one_database
def test_a_wrong_form_comes_back_with_a_word_beside_the_field(pages: Pages) -> None:
    for fields, wrong in WRONG_FORMS:
        answer = pages.sign_up(**fields)
        assert answer.status_code == 422, fields
        field = re.search(rf'<input[^>]*name="{wrong}"[^>]*>', answer.text)
        assert field is not None, fields
        assert f'aria-invalid="true" aria-describedby="{wrong}-error" autofocus' in field[0], fields
        assert re.search(rf'id="{wrong}-error">[^<]+\.<', answer.text), fields
        assert 'autocomplete="given-name" maxlength="80" value="Ada"' in answer.text, fields
    assert nothing_was_written(pages)


@on_one_database
def test_wrong_json_gets_a_problem_that_names_the_fields(pages: Pages) -> None:
    for body, wrong in WRONG_JSON:
        answer = pages.send_json(body)
        assert (answer.status_code, answer.mimetype) == (422, "application/problem+json"), body
        problem = answer.get_json()
        assert problem["status"] == 422, body
        assert set(problem["errors"]) == wrong, body
    assert nothing_was_written(pages)


@on_one_database
def test_an_unreadable_body_gets_a_problem_and_never_a_500(pages: Pages) -> None:
    for body, content_type, status in UNREADABLE:
        answer = pages.client.post("/offers/ebook/signup", data=body, content_type=content_type)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), (body[:20], content_type)
        assert answer.get_json()["status"] == status
    assert nothing_was_written(pages)


def test_a_strange_name_stops_nobody_and_breaks_nothing(pages: Pages) -> None:
    for number, name in enumerate(["x" * 5000, "Ada\x00", "Ada\ud800", "\u202eadA", "<b>Ada</b>", "🌊" * 200]):
        body = {"email": f"reader{number}@example.org", "name": name, "consent": True}
        assert pages.send_json(body).status_code == 202, name
    for signup in pages.rows(Signup):
        assert len(signup.typed_name) <= 80
        assert signup.typed_name.isprintable()


@on_one_database
def test_a_time_zone_that_nobody_knows_does_not_stop_a_visitor(pages: Pages) -> None:
    assert pages.sign_up(timezone="Etc/Unknown\x00").status_code == 303
    assert pages.rows(Signup)[0].typed_zone is None


@on_one_database
def test_a_long_body_of_unstated_length_is_refused_too(pages: Pages) -> None:
    body = b'{"email": "ada@example.org", "consent": true}' + b" " * 1_000_000
    answer = pages.client.post(
        "/offers/ebook/signup",
        input_stream=io.BytesIO(body),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert nothing_was_written(pages)


@on_one_database
def test_a_megabyte_in_a_form_is_refused_with_a_page(pages: Pages) -> None:
    answer = pages.sign_up(name="x" * 1_000_000)
    assert answer.status_code == 413
    assert "too long" in text_of(answer)
    assert nothing_was_written(pages)


@on_one_database
def test_a_form_sent_in_parts_works_too(pages: Pages) -> None:
    answer = pages.client.post(
        "/offers/ebook/signup",
        data={"email": "ada@example.org", "consent": "on"},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303


@on_one_database
def test_an_offer_that_is_closed_or_unknown_is_not_found(pages: Pages) -> None:
    for slug in ("nothing", "%00", "..%2f..", "é"):
        assert pages.client.get(f"/offers/{slug}").status_code == 404
        assert pages.client.get(f"/offers/{slug}/thanks").status_code == 404
        refused = pages.client.post(f"/offers/{slug}/signup", json={"email": "ada@example.org", "consent": True})
        assert (refused.status_code, refused.mimetype) == (404, "application/problem+json")


@on_one_database
def test_a_wrong_method_is_told_the_right_one(pages: Pages) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = pages.client.open("/offers/ebook/signup", method=method)
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]


@on_one_database
def test_a_form_on_somebody_elses_site_signs_nobody_up(pages: Pages) -> None:
    form = {"email": "ada@example.org", "consent": "on"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example.org"}):
        assert pages.client.post("/offers/ebook/signup", data=form, headers=headers).status_code == 403
    assert nothing_was_written(pages)
    for headers in ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": "https://letters.example.org"}):
        assert pages.client.post("/offers/ebook/signup", data=form, headers=headers).status_code == 303


@on_one_database
def test_too_many_sign_ups_from_one_place_are_asked_to_wait(
    make_service: Callable[..., Service], time: time_machine.Traveller
) -> None:
    service = make_service(signup_limit="3 per hour", trust_proxy=1)
    pages = Pages(create_app(service).test_client(), service)

    def sign_up(number: int, address: str) -> int:
        form = {"email": f"reader{number}@example.org", "consent": "on"}
        answer = pages.client.post("/offers/ebook/signup", data=form, headers={"X-Forwarded-For": address})
        if answer.status_code == 429:
            assert 0 < int(answer.headers["Retry-After"]) <= 3601
            assert "wait" in text_of(answer)
        return answer.status_code

    assert [sign_up(number, "192.0.2.1") for number in range(4)] == [303, 303, 303, 429]
    assert sign_up(5, "192.0.2.2") == 303
    assert len(pages.rows(Lead)) == 4


@on_one_database
def test_somebody_who_mistypes_is_not_locked_out(make_service: Callable[..., Service]) -> None:
    service = make_service(signup_limit="1 per hour")
    pages = Pages(create_app(service).test_client(), service)
    assert [pages.sign_up(email="ada").status_code for _ in range(5)] == [422] * 5
    assert pages.sign_up().status_code == 303


@on_one_database
def test_an_unreadable_limit_stops_the_start_with_a_sentence(make_service: Callable[..., Service]) -> None:
    with pytest.raises(SettingsError, match=r"FUNNEL_SIGNUP_LIMIT is wrong: 'often' .* 20 per hour"):
        create_app(make_service(signup_limit="often"))


@on_one_database
def test_signing_up_works_while_redis_is_away(make_service: Callable[..., Service]) -> None:
    service = make_service(signup_limit="2 per hour", redis_url="unix:///nowhere/redis.sock")
    pages = Pages(create_app(service).test_client(), service)
    assert [pages.sign_up(email=f"r{n}@example.org").status_code for n in range(3)] == [303, 303, 429]


def test_a_look_counts_once_for_a_person_and_never_for_machines(pages: Pages) -> None:
    pages.client.get("/offers/ebook", headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    assert visits(pages) == 1
    pages.client.head("/offers/ebook")
    pages.client.get("/offers/ebook", headers={"User-Agent": "Mozilla/5.0 (compatible; Examplebot/2.1)"})
    pages.client.get("/offers/ebook", headers={"Sec-Purpose": "prefetch;prerender"})
    pages.sign_up(email="ada")
    assert visits(pages) == 1
