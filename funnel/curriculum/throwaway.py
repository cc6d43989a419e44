"""Domains of mailboxes that are thrown away: told to the practice, and no reason to refuse anybody.

Somebody may have good reasons to give such an address, and what she asked for reaches her. Letters that come weeks
later most likely do not. The list is disposable-email-domains' (CC0), which is kept by many and used by PyPI.
"""

from __future__ import annotations

from functools import cache

from funnel.curriculum.mailbox_providers import is_known_domain, registered


def throwaway_domain(address: str) -> str:
    """The listed domain that an address is at, or below; "" where its domain is not on the list."""
    domain = address.rpartition("@")[2].casefold()
    if not domain or is_known_domain(domain):
        return ""
    return next((each for each in (domain, registered(domain)) if each in _listed()), "")


@cache
def _listed() -> frozenset[str]:
    from disposable_email_domains import blocklist  # ten thousand names, needed by whoever looks at a person only

    return frozenset(blocklist)
