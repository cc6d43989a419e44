"""The dashboard's page with what to put into one's own site."""

from __future__ import annotations

from html import unescape

from funnel.subscription.signup import SignupRequest, sign_up
from funnel.wiring import Service
from tests.web.conftest import on_one_database
from tests.web.embed.conftest import list_sites

from .conftest import Browser, text_of

pytestmark = on_one_database


def test_the_page_shows_what_the_command_prints(service: Service, signed_in: Browser) -> None:
    list_sites(service, "https://www.example.org", "https://blog.example.org")
    page = signed_in.get("/dashboard/embed?offer=course&site=https://blog.example.org&source=blog")
    assert page.status_code == 200
    said = unescape(page.get_data(as_text=True))
    assert '<funnel-form offer="course" source="blog">' in said
    assert "/embed/course/frame?site=https%3A%2F%2Fblog.example.org" in said
    assert said.count("It needs:") == 4
    assert "frame-src https://letters.example.org; script-src https://letters.example.org" in said


def test_without_a_listed_site_the_page_says_how_to_list_one(signed_in: Browser) -> None:
    said = text_of(signed_in.get("/dashboard/embed"))
    assert "No site is listed yet" in said
    assert said.count("Once your site is listed.") == 3


def test_nothing_but_what_there_is_can_be_chosen(service: Service, signed_in: Browser) -> None:
    list_sites(service, "https://www.example.org")
    for query in ("offer=nothing", "site=https://evil.example", "source=%1b[2J"):
        assert signed_in.get(f"/dashboard/embed?{query}").status_code == 404, query


def test_the_page_counts_who_signed_up_from_where(service: Service, signed_in: Browser) -> None:
    request = SignupRequest("ebook", "ben@example.org", "", None, consent=True, utm={"source": "<b>podcast"})
    sign_up(service, request, service.clock.now())
    page = signed_in.get("/dashboard/embed")
    assert "<b>podcast" not in page.get_data(as_text=True)
    assert "<b>podcast" in text_of(page)
    assert "0 confirmed, 0%" in text_of(page)


def test_nobody_sees_it_without_signing_in(browser: Browser) -> None:
    assert browser.get("/dashboard/embed").status_code == 303
