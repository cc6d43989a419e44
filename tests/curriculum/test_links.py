"""Where a link may lead, and what of an address may stand in a header."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library
from funnel.curriculum.links import https_origin, link_kind, wrong_link
from tests.curriculum.examples import PRACTICE, folder

KINDS = [
    ("https://example.org/x?y=1#z", "web"),
    ("Https://example.org/x", "web"),
    ("HTTP://example.org", "web"),
    ("https://bücher.example/seite", "web"),
    ("mailto:ada@example.org?subject=A%20call", "mail"),
    ("MailTo:ada@example.org", "mail"),
    ("mailto:ada@example.org,ben@example.org", "mail"),
    ("tel:112", "phone"),
    ("Tel:+353-1-555.0100", "phone"),
    ("tel:+353(1)5550100;ext=12", "phone"),
    ("sms:+35315550100?body=Hello", "phone"),
]
NONE = [
    "", " ", "example.org", "/pages/safety", "//example.org/x", "#top", "javascript:alert(1)", "data:text/html,x",
    "ftp://example.org/x", "file:///etc/passwd", "https://localhost/x", "https://ada@example.org/",
    "https://example.org:99999/", "https://exa mple.org/", 'https://example.org/"x', "https://example.org;x/",
    "https://[::1", "mailto:", "mailto:ada", "mailto:ada@example", "tel:", "tel:ada", "tel:116 123", "sms:now",
    "https://example.org/" + "x" * 2_000,
]  # fmt: skip


@pytest.mark.parametrize(("href", "kind"), KINDS)
def test_what_a_link_opens_does_not_depend_on_its_schemes_case(href: str, kind: str) -> None:
    assert link_kind(href) == kind
    assert wrong_link(href) is None


@pytest.mark.parametrize("href", NONE)
def test_a_link_that_leads_nowhere_is_refused_with_what_to_do(href: str) -> None:
    assert link_kind(href) is None
    wrong = wrong_link(href)
    assert wrong is not None
    assert all(wrong)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Video.Example.org/a/b.mp4?x=1", "https://video.example.org"),
        ("HTTPS://video.example.org:8443/b.mp4", "https://video.example.org:8443"),
        ("https://bücher.example/b.mp4", "https://xn--bcher-kva.example"),
        ("http://video.example.org/b.mp4", None),
        ("https://video.example.org; script-src *//b.mp4", None),
        ("https://video.example.org;script-src/b.mp4", None),
        ("https://video.example.org'/b.mp4", None),
        ("https://video.example.org,x/b.mp4", None),
        ("https://*.example.org/b.mp4", None),
        ("https://-x.example.org/b.mp4", None),
    ],
)
def test_an_origin_holds_nothing_that_could_end_it_in_a_header(url: str, origin: str | None) -> None:
    assert https_origin(url) == origin


def test_the_practices_calendar_may_have_its_scheme_in_capitals() -> None:
    text = PRACTICE.replace(b"minutes = 30", b'minutes = 30\nurl = "Https://calendar.example.org/intro"')
    library, found = check_library(folder(practice=text))
    assert found == []
    assert library is not None
    assert library.practice.bookings["intro"].url == "Https://calendar.example.org/intro"
