"""Addresses that look mistyped: a question for each slip, and none for an address that may be right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.curriculum.mailbox_providers import is_known_domain
from funnel.curriculum.typos import likely_meant, one_slip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"), ("gmal.com", "gmail.com"), ("gmaill.com", "gmail.com"), ("gnail.com", "gmail.com"),
        ("gmail.con", "gmail.com"), ("gmail.cm", "gmail.com"), ("gmail.co", "gmail.com"), ("gmial.con", "gmail.com"),
        ("hotmial.fr", "hotmail.fr"), ("hotmail.co", "hotmail.com"), ("hotmal.co.uk", "hotmail.co.uk"),
        ("yaho.com", "yahoo.com"), ("yahoo.cm", "yahoo.com"), ("outlok.com", "outlook.com"),
        ("iclod.com", "icloud.com"),
        ("t-onlin.de", "t-online.de"), ("freenet.ed", "freenet.de"), ("laposte.ne", "laposte.net"),
        ("harbour.con", "harbour.com"), ("live.con", "live.com"),
    ],
)  # fmt: skip
def test_a_slip_is_asked_about(typed: str, meant: str) -> None:
    assert likely_meant(f"Ada.L+x@{typed}") == f"Ada.L+x@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com", "googlemail.com", "gmx.de", "gmx.net", "mail.com", "email.com", "ymail.com", "me.com", "web.de",
        "example.org", "harbour.example.org", "hotmail.de", "yahoo.co.uk", "outlook.at", "proton.me", "pm.me",
        "gmail.example.org", "mail.gmial.com", "orange.com", "verizon.com", "live.ie", "aol.de", "gmx.us", "bt.com",
    ],
)  # fmt: skip
def test_an_address_that_may_be_right_is_not_asked_about(domain: str) -> None:
    assert likely_meant(f"ada@{domain}") is None


@given(st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=14), st.sampled_from(("com", "de", "co.uk", "con")))
def test_what_is_suggested_is_another_domain_that_is_known_or_has_a_right_ending(name: str, ending: str) -> None:
    meant = likely_meant(f"ada@{name}.{ending}")
    if meant is not None:
        domain = meant.removeprefix("ada@")
        assert domain != f"{name}.{ending}"
        assert is_known_domain(domain) or (ending == "con" and domain == f"{name}.com")


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_one_slip_is_the_distance_that_counts_swapped_neighbours_as_one(a: str, b: str) -> None:
    assert one_slip(a, b) == (distance(a, b) == 1)


def distance(a: str, b: str) -> int:
    """Optimal string alignment, as textbooks write it."""
    rows = [[max(i, j) if not i or not j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            change = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, change)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]
