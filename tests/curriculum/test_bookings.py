"""A conversation in practice.toml: its calendar is a page that is encrypted on the way, or there is none."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library
from tests.curriculum.examples import PRACTICE, folder


def with_url(url: str) -> dict[str, bytes]:
    return folder(practice=PRACTICE.replace(b"minutes = 30\n", f'minutes = 30\nurl = "{url}"\n'.encode()))


@pytest.mark.parametrize("url", ["", "https://cal.example.org/ada/first?month=1"])
def test_a_calendar_is_an_https_address_or_none(url: str) -> None:
    library, problems = check_library(with_url(url))
    assert problems == []
    assert library is not None
    assert library.practice.bookings["intro"].url == url


@pytest.mark.parametrize(
    "url",
    ["http://cal.example.org/ada", "cal.example.org", "javascript:alert(1)", "mailto:ada@example.org", "https://"],
)
def test_no_other_address_is_led_to(url: str) -> None:
    library, problems = check_library(with_url(url))
    assert library is not None
    assert library.practice.bookings["intro"].url == ""
    assert [(problem.code, problem.severity) for problem in problems] == [("bad-link", "error")]
    assert "https" in problems[0].message + problems[0].fix
