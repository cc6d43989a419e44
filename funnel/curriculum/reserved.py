"""Names at which there is nobody: the domains kept for examples and tests, and this machine itself.

RFC 2606 (sections 2 and 3) and RFC 6761 (sections 6.2 to 6.5): `.test`, `.example`, `.invalid`, `.localhost`, and
example.com, example.net and example.org, each with all that is below it.
"""

from __future__ import annotations

import html
import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

_TOP = frozenset({"test", "example", "invalid", "localhost"})
_SECOND = frozenset({"example.com", "example.net", "example.org"})
# What a browser reads as a dot (UTS 46, section 2.3), and what it takes no notice of in a name.
_DOTS, _UNSEEN = "\u3002\uff0e\uff61", "\xad\u200b\u200c\u200d\u2060\ufeff"
_MAPPED = str.maketrans({**dict.fromkeys(_DOTS, "."), **dict.fromkeys(_UNSEEN)})
_NAME = rf"[\w\-.%{_DOTS}{_UNSEEN}]+"
_HOST = rf"\[[0-9a-f:.]{{2,45}}\]|{_NAME}"
_USER, _REST = r"(?:[^\s/?#@<>\"]{0,200}@)?", r"[^\s<>()\[\]|`'\"]*"
_WEB = re.compile(rf"[a-z][a-z0-9+.\-]{{0,20}}://{_USER}({_HOST}){_REST}", re.IGNORECASE)
_MAIL = re.compile(rf"(?<=[^\s@]@)({_HOST})", re.IGNORECASE)
_BARE = re.compile(_NAME)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,20});", re.IGNORECASE)
_SHORTEST = len("a.test") - 1
_FILLER = "\u2060"  # as wide as what it stands for, and part of no name


@dataclass(frozen=True, slots=True)
class Nowhere:
    """A name in a text at which there is nobody: where it begins, and the name as a program would read it."""

    offset: int
    host: str


@lru_cache(maxsize=4096)
def is_reserved(host: str) -> bool:
    """Whether nobody can be at this domain, however it is written: case, a dot at its end, other scripts' dots."""
    return _is_kept(_plain(host))


def is_nobodys(address: str) -> bool:
    """Whether an e-mail address is at a domain kept for examples, so that mail to it reaches no real person."""
    return is_reserved(address.rpartition("@")[2])


def is_loopback(host: str) -> bool:
    """Whether this name or address means the machine itself, without asking the DNS (RFC 6761, 6.3)."""
    plain = host.strip("[]").lower()
    if plain == "localhost" or plain.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(plain).is_loopback
    except ValueError:
        return False


def leads_nowhere(host: str) -> bool:
    """Whether a reader finds nothing at this host: it is kept for examples, or is the machine it is read on."""
    plain = _plain(host).strip("[]")
    if plain[:1].isdigit() or ":" in plain:
        try:
            address = ipaddress.ip_address(plain)
        except ValueError:
            return _is_kept(plain)
        return address.is_loopback or address.is_unspecified
    return _is_kept(plain)


def nowhere_in(text: str) -> Iterator[Nowhere]:
    """Every name in a text that leads nowhere, in order: in addresses of the web and of mail, and names by themselves.

    A word is not taken for a name: "a test.Then" is a sentence. Of an address of the web only the host counts, for
    what stands behind it is the business of whoever is there.
    """
    found: list[Nowhere] = []

    def looked_at(match: re.Match[str]) -> str:
        if leads_nowhere(match[1]):
            found.append(Nowhere(match.start(1), _plain(match[1])))
        return " " * len(match[0])

    rest = _MAIL.sub(looked_at, _WEB.sub(looked_at, _as_read(text)))
    found += [Nowhere(each.start(), _plain(each[0])) for each in _BARE.finditer(rest) if _is_bare_name(each[0])]
    return iter(sorted(found, key=lambda each: each.offset))


def _is_bare_name(word: str) -> bool:
    host = _plain(word) if len(word) > _SHORTEST else ""
    if "." not in host or not _is_kept(host):
        return False
    return host.rpartition(".")[2] not in _TOP or word == word.lower()


def _as_read(text: str) -> str:
    """The text as markdown reads it, each character where it was: entities and escapes are resolved."""

    def resolved(match: re.Match[str]) -> str:
        char = html.unescape(match[0])
        return match[0] if len(char) != 1 else char.ljust(len(match[0]), _FILLER)

    text = _ENTITY.sub(resolved, text) if "&" in text else text
    return re.sub(r"\\([.\-_@:/])", rf"{_FILLER}\1", text) if "\\" in text else text


def _is_kept(plain: str) -> bool:
    labels = plain.rsplit(".", 2)
    return labels[-1] in _TOP or ".".join(labels[-2:]) in _SECOND


@lru_cache(maxsize=4096)
def _plain(host: str) -> str:
    host = unquote(host) if "%" in host else host
    host = unicodedata.normalize("NFKC", host.translate(_MAPPED)).casefold()
    return host.translate(_MAPPED).strip("._-")
