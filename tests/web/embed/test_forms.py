"""The form on another site, in a frame and by its script: shown, sent, and thanked for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
import time_machine

from funnel.curriculum.agreeing import agreed_text, consent_boxes
from funnel.models import Consent, DeliveryKind, FunnelCount, FunnelStage
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.web.conftest import Pages, on_one_database, text_of, waiting_mails
from tests.web.embed.conftest import HOST, OTHER, Embedded, hidden, list_sites
from tests.web.site.test_unusual_signups import solution

pytestmark = on_one_database


def visits(pages: Pages) -> int:
    return sum(row.n for row in pages.rows(FunnelCount) if row.stage == FunnelStage.VISITS)


def test_a_frame_may_be_shown_by_listed_sites_and_sets_no_cookie(embedded: Embedded) -> None:
    page = embedded.frame(source="blog")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert f"frame-ancestors {HOST} {OTHER}" in policy
    assert "form-action 'self'" in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in page.headers
    assert hidden(page.text)["source"] == "blog"


def test_what_is_sent_from_a_frame_is_a_sign_up_like_any_other(
    embedded: Embedded, time: time_machine.Traveller
) -> None:
    page = embedded.frame(source="blog")
    time.shift(timedelta(seconds=5))
    answer = embedded.send_frame(page)
    assert (answer.status_code, answer.location) == (303, f"/embed/ebook/thanks?site={HOST}")
    thanks = embedded.pages.client.get(answer.location)
    assert embedded.pages.service.library.offers["ebook"].thanks in text_of(thanks)
    assert f"frame-ancestors {HOST}" in thanks.headers["Content-Security-Policy"]
    (signup,) = embedded.signups()
    assert (signup.utm, signup.typed_name, signup.typed_zone) == ({"source": "blog"}, "Ada", "Europe/Dublin")
    (consent,) = embedded.pages.rows(Consent)
    library, shown = embedded.pages.service.library, text_of(page)
    assert consent.text == agreed_text(library.offers["ebook"], library.practice, library.sequences)
    assert all(said in shown for said in consent_boxes(library.offers["ebook"], library.sequences))
    assert waiting_mails(embedded.pages, DeliveryKind.CONFIRMATION) == 1


def test_the_script_is_given_the_form_and_then_the_thanks(embedded: Embedded, time: time_machine.Traveller) -> None:
    part = embedded.part(source="podcast")
    assert part.status_code == 200
    assert part.headers["Access-Control-Allow-Origin"] == HOST
    assert "Origin" in part.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in part.headers
    assert part.json is not None
    assert "all: initial !important" in part.json["css"]
    time.shift(timedelta(seconds=5))
    answer = embedded.send_part(part.json["html"])
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == HOST
    assert answer.json is not None
    assert embedded.pages.service.library.offers["ebook"].thanks in answer.json["html"]
    assert [signup.utm for signup in embedded.signups()] == [{"source": "podcast"}]
    assert "Set-Cookie" not in answer.headers


def test_whoever_only_looks_is_not_counted_and_whoever_signs_up_counts_as_one_view(
    embedded: Embedded, time: time_machine.Traveller
) -> None:
    page = embedded.frame()
    embedded.part()
    assert visits(embedded.pages) == 0
    time.shift(timedelta(seconds=5))
    embedded.send_frame(page)
    assert visits(embedded.pages) == 1


def test_a_wrong_address_comes_back_beside_its_field_with_a_form_that_can_be_sent(
    embedded: Embedded, time: time_machine.Traveller
) -> None:
    part = embedded.part()
    assert part.json is not None
    time.shift(timedelta(seconds=5))
    wrong = embedded.send_part(part.json["html"], email="ada")
    assert wrong.status_code == 422
    assert wrong.json is not None
    assert 'aria-invalid="true" aria-describedby="email-error"' in wrong.json["html"]
    assert 'value="Ada"' in wrong.json["html"]
    assert embedded.send_part(wrong.json["html"]).status_code == 200
    assert len(embedded.signups()) == 1


def test_a_form_that_was_open_for_long_is_sent_with_one_press_more(
    embedded: Embedded, time: time_machine.Traveller
) -> None:
    page = embedded.frame(source="blog")
    time.shift(timedelta(minutes=31))
    old = embedded.send_frame(page)
    assert old.status_code == 422
    assert "Please press the button once more" in text_of(old)
    assert 'value="ada@example.org"' in old.text
    assert embedded.signups() == []
    assert embedded.send_frame(old).status_code == 303
    assert [signup.utm for signup in embedded.signups()] == [{"source": "blog"}]


def test_one_more_step_goes_on_where_it_was(make_service: Callable[..., Service], time: time_machine.Traveller) -> None:
    service = make_service(signup_limit="1 per hour")
    list_sites(service, HOST)
    embedded = Embedded(Pages(create_app(service).test_client(use_cookies=False), service))
    embedded.pages.sign_up(email="ben@example.org")
    part = embedded.part(source="blog")
    assert part.json is not None
    time.shift(timedelta(seconds=5))
    step = embedded.send_part(part.json["html"])
    assert step.status_code == 429
    assert step.json is not None
    assert len(embedded.signups()) == 1
    task = re.search(r'data-at-once="([^"]+)"', step.json["html"])
    assert task is not None
    answer = embedded.send_part(step.json["html"], altcha=solution(json.loads(unescape(task[1]))))
    assert answer.status_code == 200
    assert embedded.signups()[1].utm == {"source": "blog"}


def test_a_quiz_leads_to_our_own_pages_from_wherever_it_stands(embedded: Embedded) -> None:
    for html in (embedded.frame("quiz", source="blog").text, (embedded.part("quiz", source="blog").json or {})["html"]):
        assert 'href="https://letters.example.org/offers/quiz?source=blog" target="_top"' in html
        assert "<form" not in html


def test_each_kind_of_offer_can_be_embedded(embedded: Embedded) -> None:
    for slug, offer in embedded.pages.service.library.offers.items():
        if offer.open:
            assert embedded.frame(slug).status_code == embedded.part(slug).status_code == 200, slug


def test_an_offer_that_is_closed_or_unknown_is_not_found(embedded: Embedded) -> None:
    for answer in (embedded.frame("nothing"), embedded.part("nothing"), embedded.send_plain("nothing")):
        assert answer.status_code == 404
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_scripts_are_the_same_for_everybody_and_leave_no_name_behind(embedded: Embedded) -> None:
    for name in ("form.js", "height.js"):
        script = embedded.pages.client.get(f"/embed/{name}")
        assert script.mimetype == "text/javascript"
        assert script.text.startswith('(() => {\n"use strict";\nconst HOME = "https://letters.example.org/embed/";')
        assert script.text.rstrip().endswith("})();")
        assert script.headers["Cache-Control"] == "public, max-age=3600"
        again = embedded.pages.client.get(f"/embed/{name}", headers={"If-None-Match": script.headers["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("way", ["frame", "script"])
def test_the_thanks_of_a_training_lead_to_its_player(
    embedded: Embedded, time: time_machine.Traveller, way: str
) -> None:
    page = embedded.frame("training") if way == "frame" else embedded.part("training")
    time.shift(timedelta(seconds=5))
    if way == "frame":
        html = embedded.pages.client.get(embedded.send_frame(page, "training").location).text
    else:
        html = embedded.send_part((page.json or {})["html"], "training").json["html"]  # type: ignore[index]
    found = re.search(r'href="https://letters\.example\.org(/offers/training/watch\?with=[^"]+)"', html)
    assert found is not None
    player = embedded.pages.client.get(found[1])
    assert player.location == "/offers/training/watch?sent=yes"
    assert "Path=/offers/training/watch" in player.headers["Set-Cookie"]


@pytest.mark.parametrize("slug", ["training", "ebook"])
def test_thanks_with_a_word_that_opens_nothing_have_no_link(embedded: Embedded, slug: str) -> None:
    page = embedded.pages.client.get(f"/embed/{slug}/thanks", query_string={"site": HOST, "watch": "1-2.x"})
    assert page.status_code == 200
    assert "/watch" not in page.text
