"""Mailboxes that are thrown away are known by their domain."""

from __future__ import annotations

import pytest

from funnel.curriculum.throwaway import throwaway_domain


@pytest.mark.parametrize("domain", ["mailinator.com", "MAILINATOR.com", "a.b.mailinator.com"])
def test_a_domain_is_known_with_all_below_it(domain: str) -> None:
    assert throwaway_domain(f"ada@{domain}") == "mailinator.com"


@pytest.mark.parametrize("domain", ["example.org", "gmail.com", "gmx.de", "mailinator.example.org", "com", ""])
def test_other_domains_are_not(domain: str) -> None:
    assert throwaway_domain(f"ada@{domain}") == ""
