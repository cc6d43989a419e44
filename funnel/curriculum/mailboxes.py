"""Which addresses end in one mailbox, as far as its provider says so, and how often one is written to.

Two questions, two answers. A limit may be too wide: at worst a mail waits an hour. What somebody says for herself must
never be taken for somebody else's word, so that `own_mailbox` goes no further than a provider's own page does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ONE_EVERY = timedelta(hours=1)
A_DAY = 3
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Provider:
    """What one provider passes over: the part behind a plus sign, and these characters before the @.

    `one` is the domain that all of its domains stand for, where one name is one account at every one of them.
    """

    domains: str  # a regular expression
    ignores: str = ""
    one: str = ""
    subdomains: bool = False  # what stands before a domain of theirs is the account: anything@ada.fastmail.com


_COUNTRY = r"(?:com|net|[a-z]{2}|com?\.[a-z]{2})"
_PROVIDERS = (
    # Google: "dots don't matter", plus, googlemail (support.google.com/mail/answer/7436150, 22370, 10313).
    _Provider(r"gmail\.com|googlemail\.com", ignores=".", one="gmail.com"),
    # Microsoft: plus addressing (learn.microsoft.com/exchange, "Plus Addressing"); a dot is a letter like any other.
    _Provider(rf"(?:outlook|hotmail|live|windowslive|msn)\.{_COUNTRY}"),
    # Apple: plus; an old account has its name at all three (support.apple.com/en-us/102545).
    _Provider(r"icloud\.com|me\.com|mac\.com", one="icloud.com"),
    # Proton: "+aliases" (proton.me/support/addresses-and-aliases); dots, hyphens and underscores are left out of a name
    # before it is compared (ProtonMail/WebClients, `removeEmailAlias`).
    _Provider(r"proton\.me|protonmail\.com|protonmail\.ch|pm\.me", ignores="._-"),
    # Fastmail: plus and subdomain addressing (fastmail.help, "Plus addressing and subdomain addressing").
    _Provider(
        r"fastmail\.(?:com|fm|net|org|to|cn|co\.uk|com\.au|de|es|in|jp|mx|nl|se|us)",
        subdomains=True,
    ),
    # Yandex: a dot and a hyphen are one, plus, and one name at all domains (yandex.com/support/mail, "Aliases").
    _Provider(r"yandex\.(?:ru|com|by|kz|ua|uz|com\.tr)|ya\.ru", one="yandex.ru"),
    # Zoho (zoho.com/mail/help, "Plus addressing"), Posteo (posteo.de/hilfe), mailbox.org (kb.mailbox.org): plus.
    _Provider(r"zoho(?:mail)?\.(?:com|eu|in|com\.au|com\.cn)|posteo\.(?:de|net|org)|mailbox\.org"),
)
_KNOWN = tuple((re.compile(provider.domains), provider) for provider in _PROVIDERS)


def own_mailbox(address: str) -> str:
    """The mailbox of an address by its provider's own rules; at a provider that is not known, the address itself.

    `address` is one that `read_address` gave; case does not count.
    """
    local, _, domain = address.casefold().rpartition("@")
    for domains, provider in _KNOWN:
        if domains.fullmatch(domain):
            return _folded(provider, local, provider.one or domain)
        account, dot, parent = domain.partition(".")
        if provider.subdomains and dot and domains.fullmatch(parent):
            return f"{account}@{parent}"
    return f"{local}@{domain}"


def counted_mailbox(address: str) -> str:
    """The mailbox that a limit counts an address for: as `own_mailbox`, and what stands behind a plus never counts.

    Where a domain is not known a plus begins a detail as well (RFC 5233; so it is by default at Exchange Online and at
    the many domains that Google and Fastmail serve). If it is part of a name there after all, two people share a limit.
    """
    local, _, domain = own_mailbox(address).rpartition("@")
    return f"{_before_plus(local)}@{domain}"


def _folded(provider: _Provider, local: str, domain: str) -> str:
    local = _before_plus(local)
    if domain == "yandex.ru":
        local = local.replace(".", "-")
    kept = "".join(letter for letter in local if letter not in provider.ignores)
    return f"{kept or local}@{domain}"


def _before_plus(local: str) -> str:
    """A plus in front is no detail of anything: there is no name before it."""
    return local if local.startswith("+") else local.partition("+")[0]


def next_turn(turns: Sequence[datetime], now: datetime, *, spaced: bool = True) -> datetime:
    """When a mailbox with these turns, past and to come, oldest first, may be written to once more: now or later.

    At most three in 24 hours; `spaced`, and that is every mail that asks for a confirmation, an hour after the last.
    """
    after_last = turns[-1] + (ONE_EVERY if spaced else timedelta(0)) if turns else now
    after_three = turns[-A_DAY] + _DAY if len(turns) >= A_DAY else now
    return max(now, after_last, after_three)
