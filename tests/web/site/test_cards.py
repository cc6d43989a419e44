"""What other sites show beside a link to an offer: a card made from it. Of a reader's pages they show nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image

from funnel.links import Purpose
from tests.web.conftest import Pages, Reader, on_one_database
from tests.web.site.test_practice_pages import changed as changed
from tests.web.site.test_practice_pages import practice

pytestmark = on_one_database
SITE = "https://letters.example.org"


def said(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">', page))


@pytest.mark.parametrize("slug", ["ebook", "training", "course"])
def test_an_offer_says_how_it_wants_to_be_shown(pages: Pages, slug: str) -> None:
    offer = pages.service.library.offers[slug]
    found = said(pages.client.get(f"/offers/{slug}?utm_source=a-friend").text)
    assert (found["og:title"], found["og:description"]) == (offer.title, offer.teaser)
    assert (found["og:url"], found["og:site_name"]) == (f"{SITE}/offers/{slug}", "Harbour Practice")
    assert found["og:image"].startswith(f"{SITE}/offers/{slug}/card.png?v=")
    assert (found["og:image:width"], found["og:image:height"]) == ("1200", "630")
    assert found["twitter:card"] == "summary_large_image"


def test_the_card_is_a_small_picture_that_may_be_kept_for_ever(pages: Pages) -> None:
    address = said(pages.client.get("/offers/course").text)["og:image"].removeprefix(SITE)
    answer = pages.client.get(address)
    with Image.open(io.BytesIO(answer.data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
    assert len(answer.data) < 60_000
    assert "immutable" in answer.headers["Cache-Control"]
    assert "X-Robots-Tag" not in answer.headers
    assert "immutable" not in pages.client.get("/offers/course/card.png").headers["Cache-Control"]
    again = pages.client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_only_an_open_offer_has_a_card(pages: Pages) -> None:
    assert pages.client.get("/offers/nothing/card.png").status_code == 404


def test_a_new_name_or_colour_changes_the_address(pages: Pages, changed: Callable[..., Pages]) -> None:
    before = said(pages.client.get("/offers/ebook").text)["og:image"]
    renamed = changed({"practice.toml": practice(name="Lantern")})
    after = said(renamed.client.get("/offers/ebook").text)["og:image"]
    assert after.partition("?")[0] == before.partition("?")[0]
    assert after != before


def test_no_other_page_says_anything_to_be_shared(pages: Pages, ada: Reader) -> None:
    confirm = f"/confirm/{pages.dated(Purpose.CONFIRM, ada.signup_id)}"
    preferences = f"/p/{pages.token(Purpose.PREFERENCES, ada.delivery_id)}"
    for path in ("/offers/ebook/thanks", confirm, f"/u/{pages.leaving(ada.delivery_id)}", preferences, "/nowhere"):
        page = pages.client.get(path).text
        assert said(page) == {}, path
        assert "noindex" in page, path
    assert said(pages.client.post("/offers/ebook/signup", data={"email": "ada@example"}).text) == {}
