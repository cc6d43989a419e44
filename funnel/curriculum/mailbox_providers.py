"""Which mailbox provider receives mail for an address, as far as its domain or its mail server's name says.

Asking the DNS would put a network call before each mail: `sending.mail_domains` asks beforehand. Pure.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

# Domains served by the same provider, which counts our mail together; it is known to people by the first. Google's mail
# servers for customers' domains end in google.com (support.google.com/a/answer/174125), Microsoft's in outlook.com and
# mx.microsoft (learn.microsoft.com, "How SMTP DANE works"), Fastmail's in messagingengine.com (fastmail.help, "Manual
# DNS configuration"), Yandex's in yandex.net.
_DOMAINS = {
    "google": "gmail.com googlemail.com google.com",
    "microsoft": "outlook.com hotmail.com live.com msn.com passport.com windowslive.com mx.microsoft",
    "yahoo": """
        yahoo.com ymail.com rocketmail.com myyahoo.com aol.com aim.com aol.co.uk aol.de aol.fr verizon.net netscape.net
        love.com games.com wow.com ygm.com cs.com att.net sbcglobal.net bellsouth.net ameritech.net pacbell.net
        swbell.net snet.net flash.net nvbell.net prodigy.net wans.net sky.com
    """,
    "yahoo-japan": "yahoo.co.jp ybb.ne.jp",
    "apple": "icloud.com me.com mac.com",
    "proton": "proton.me protonmail.com protonmail.ch pm.me",
    "fastmail": """
        fastmail.com fastmail.fm fastmail.net fastmail.org fastmail.to fastmail.cn fastmail.co.uk fastmail.com.au
        fastmail.de fastmail.es fastmail.in fastmail.jp fastmail.mx fastmail.nl fastmail.se fastmail.us sent.com
        messagingengine.com
    """,
    "zoho": """
        zoho.com zoho.eu zoho.in zoho.com.au zoho.com.cn zohomail.com zohomail.eu zohomail.in zohomail.com.au
        zohomail.com.cn
    """,
    "posteo": "posteo.de posteo.net posteo.org",
    "mailbox-org": "mailbox.org",
    "comcast": "comcast.net xfinity.com",
    "charter": "charter.net spectrum.net roadrunner.com rr.com twc.com brighthouse.com",
    "united": "gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.co.uk gmx.fr gmx.es gmx.us web.de mail.com email.com",
    "telekom": "t-online.de magenta.de",
    "freenet": "freenet.de",
    "orange": "orange.fr wanadoo.fr",
    "free": "free.fr",
    "laposte": "laposte.net",
    "sfr": "sfr.fr neuf.fr numericable.fr",
    "bt": "btinternet.com btopenworld.com talk21.com",
    "virgin": "virginmedia.com ntlworld.com blueyonder.co.uk virgin.net",
    "libero": "libero.it virgilio.it inwind.it iol.it blu.it giallo.it",
    "telstra": "bigpond.com bigpond.net.au telstra.com",
    "ziggo": "ziggo.nl upcmail.nl home.nl casema.nl chello.nl",
    "mail-ru": "mail.ru bk.ru inbox.ru list.ru internet.ru",
    "yandex": "yandex.ru yandex.com yandex.com.tr yandex.by yandex.kz yandex.ua yandex.uz ya.ru yandex.net",
    "netease": "163.com 126.com yeah.net",
    "qq": "qq.com foxmail.com vip.qq.com",
    "naver": "naver.com",
}
_COUNTRY = r"(?:com|net|[a-z]{2}|com?\.[a-z]{2})"
_ABROAD = {
    "microsoft": re.compile(rf"(?:outlook|hotmail|live|windowslive|msn)\.{_COUNTRY}"),
    "yahoo": re.compile(rf"yahoo\.{_COUNTRY}"),
}
_GROUPS = {domain: group for group, domains in _DOMAINS.items() for domain in domains.split()}
GROUPS = frozenset(_DOMAINS)


def group_of(address: str) -> str:
    """The provider behind an address, such as `google`, or else its domain in lower case."""
    domain = address.rpartition("@")[2].lower()
    return _group(domain) or domain


@lru_cache(maxsize=4096)
def mailbox_provider(address: str) -> str:
    """The same by the domain that people know the provider by: all domains of one owner are one provider.

    Of one that is not known it is the domain that was registered, by the Public Suffix List (publicsuffix.org; its part
    for registries, as below the other part anybody gets as many names as he likes).
    """
    domain = address.casefold().rpartition("@")[2]
    group = _group(domain)
    return _DOMAINS[group].split()[0] if group else registered(domain)


def is_known_domain(domain: str) -> bool:
    """Whether a domain is a known provider's own, so that nobody need ask who serves its mail."""
    return bool(_group(domain.casefold()))


def provider_of_host(host: str) -> str:
    """Who runs the mail server that an MX record names, in the words of `mailbox_provider`."""
    return mailbox_provider(f"@{registered(host.casefold().rstrip('.'))}")


def registered(domain: str) -> str:
    """The part of a domain name that somebody registered."""
    return _suffixes().privatesuffix(domain) or domain


def _group(domain: str) -> str:
    """The name of the provider that has this domain; "" where it is none that is known."""
    known = _GROUPS.get(domain)
    return known or next((group for group, pattern in _ABROAD.items() if pattern.fullmatch(domain)), "")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)
