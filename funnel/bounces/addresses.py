"""Finding mail addresses in what was written for people."""

from __future__ import annotations

import re

# An address in running text: bounded, so that no text makes it slow. Quoted local parts are rare, and allowed.
_ADDRESS = re.compile(
    r"""(?<![\w.@=+-])(?P<address>(?:"[^"\s@]{1,64}"|[\w.!\#$%&'*+/=?^`{|}~-]{1,64})@
        (?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){0,8}[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)""",
    re.X,
)
_TYPE = re.compile(r"^\s*[A-Za-z0-9-]{1,20}\s*;\s*")


def addresses(text: str) -> list[tuple[int, str]]:
    """Every address with where it stands; a domain of one word counts only inside angle brackets."""
    found = []
    for match in _ADDRESS.finditer(text):
        address = match["address"].strip(".'`")
        local, _, domain = address.rpartition("@")
        bracketed = text[max(0, match.start() - 1) : match.start()] == "<"
        if local and ("." in domain or bracketed):
            found.append((match.start(), address))
    return found


def recipient(value: str) -> str:
    """The address of an RFC 3464 recipient field (`rfc822; ada@example.org`), or "" where it holds none.

    Some write `<ada@example.org>` without a type, X.400 gateways `IMCEAEX-…`, file deliveries a path.
    """
    value = _TYPE.sub("", value).strip()
    if value.startswith("<") and ">" in value:
        value = value[1 : value.rindex(">")]
    value = value.strip("<>; \t")
    if "@" in value and not re.search(r"[\s<>]", value) and not value.startswith("/"):
        return value[:320]
    inside = [address for _, address in addresses(value)]
    return inside[0] if inside else ""


def same_address(left: str, right: str) -> bool:
    return left.strip().strip("<>").casefold() == right.strip().strip("<>").casefold()
