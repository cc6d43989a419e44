"""A form without a script on another site: it leads to our page, filled in, and one press sends it."""

from __future__ import annotations

import re

import pytest

from funnel.curriculum.agreeing import agreed_text, consent_boxes
from funnel.models import Consent, Lead
from tests.web.conftest import on_one_database, text_of
from tests.web.embed.conftest import EVIL, HOST, Embedded, hidden

pytestmark = on_one_database
BACK = f"{HOST}/books?a=1"


def press(embedded: Embedded, html: str, **fields: str) -> str:
    """Presses the button of our page, and gives back where that leads."""
    typed = dict(re.findall(r'<input id="(email|name)"[^>]*value="([^"]*)"', html))
    answer = embedded.pages.client.post("/offers/ebook/signup", data={**hidden(html), **typed, **fields})
    assert answer.status_code == 303
    return answer.location


def test_one_press_on_our_page_signs_up_what_was_typed_there(embedded: Embedded) -> None:
    page = embedded.send_plain(email="ada@example.org", name="Ada", source="blog", back=BACK)
    assert page.status_code == 200
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert embedded.signups() == []
    library = embedded.pages.service.library
    own = consent_boxes(library.offers["ebook"], library.sequences).own
    assert f"With the button you say: “{own}”" in text_of(page)
    location = press(embedded, page.text)
    (signup,) = embedded.signups()
    assert (signup.utm, signup.typed_name) == ({"source": "blog"}, "Ada")
    (consent,) = embedded.pages.rows(Consent)
    assert consent.text == agreed_text(library.offers["ebook"], library.practice, library.sequences)
    thanks = embedded.pages.client.get(location)
    assert f'href="{BACK}">Back to www.example.org</a>' in thanks.text


@pytest.mark.parametrize("typed", [{"email": "ada"}, {"email": ""}, {}, {"email": "ada@gmial.com"}])
def test_what_has_to_be_looked_at_is_asked_on_the_sign_up_page(embedded: Embedded, typed: dict[str, str]) -> None:
    page = embedded.send_plain(**typed, source="blog")
    assert page.status_code == 422
    assert 'id="email-error"' in page.text
    assert 'name="consent" type="checkbox" value="on" required>' in page.text
    assert hidden(page.text)["source"] == "blog"
    assert embedded.pages.rows(Lead) == []


def test_a_form_cannot_tick_a_box_in_somebodys_place(embedded: Embedded) -> None:
    page = embedded.send_plain(email="ada", consent="on")
    assert 'name="consent" type="checkbox" value="on" required>' in page.text


def test_a_form_on_a_site_that_is_not_listed_leads_nowhere(embedded: Embedded) -> None:
    answer = embedded.send_plain(origin=EVIL, email="ada@example.org")
    assert answer.status_code == 403
    assert "ada@example.org" not in answer.text


def test_a_site_whose_browser_does_not_name_it_is_taken_for_what_it_says(embedded: Embedded) -> None:
    assert embedded.send_plain(origin="null", email="ada@example.org").status_code == 200


def test_what_was_typed_is_shown_as_typed(embedded: Embedded) -> None:
    page = embedded.send_plain(email='"><script>x</script>@example.org', name="<b>Ada", source='"><i>', back='"><u>')
    for tag in ("<script>x", "<b>Ada", "<i>", "<u>"):
        assert tag not in page.text


def test_a_press_at_once_is_not_taken_for_a_machines(embedded: Embedded) -> None:
    page = embedded.send_plain(email="ada@example.org")
    assert "opened" not in hidden(page.text)
    assert press(embedded, page.text) == "/offers/ebook/thanks"
