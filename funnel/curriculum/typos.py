"""Whether an address was probably mistyped: a question to its owner, never a change and never a refusal.

Only big mailbox providers are guessed at. What is one slip away from such a name, and no known provider's own, is most
often a domain that somebody bought to read what goes astray, or one where nobody is.
"""

from __future__ import annotations

from funnel.curriculum.mailbox_providers import is_known_domain

# The names people type most; shorter ones (aol, gmx, me, live) have too many real neighbours.
_NAMES = (
    "gmail", "googlemail", "yahoo", "ymail", "rocketmail", "hotmail", "outlook", "icloud", "proton", "protonmail",
    "fastmail", "posteo", "freenet", "t-online", "orange", "wanadoo", "laposte", "btinternet", "virginmedia",
    "ntlworld", "comcast", "verizon", "sbcglobal", "bellsouth", "bigpond", "ziggo", "libero", "virgilio", "yandex",
    "naver",
)  # fmt: skip
# Endings at which there is nobody at all (iana.org, root zone database), whatever stands before them.
_ENDINGS = {
    "con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "cpm": "com", "comm": "com", "coom": "com",
    "con.au": "com.au", "nte": "net", "ent": "net", "ogr": "org", "orgg": "org", "ed": "de", "fe": "de",
    "co.ik": "co.uk", "co.ul": "co.uk", "ci.uk": "co.uk",
}  # fmt: skip
# Real countries' endings, at which these names are nobody's mailbox: a letter of "com" was not pressed.
_SLIPS_OF_COM = ("cm", "co", "om")


def likely_meant(address: str) -> str | None:
    """The address its owner probably meant, as `ada@gmail.com` for `ada@gmial.com`; None where nothing looks wrong.

    `address` is one that `read_address` gave. What stands before the @ is left as it is.
    """
    local, _, typed = address.rpartition("@")
    domain = typed.casefold()
    name, _, ending = domain.partition(".")
    if name in _NAMES and ending in _SLIPS_OF_COM and is_known_domain(f"{name}.com"):
        return f"{local}@{name}.com"
    if is_known_domain(domain):
        return None
    mended = _right_ending(domain)
    meant = mended if is_known_domain(mended) else _nearest(mended) or mended
    return f"{local}@{meant}" if meant != domain else None


def _right_ending(domain: str) -> str:
    for wrong, right in _ENDINGS.items():
        if domain.endswith(f".{wrong}"):
            return domain.removesuffix(wrong) + right
    return domain


def _nearest(domain: str) -> str | None:
    """The known domain that is one slip away, with a slip either in its name or in what stands behind that."""
    name, _, ending = domain.partition(".")
    same_ending = (f"{known}.{ending}" for known in _NAMES if one_slip(name, known))
    found = next((meant for meant in same_ending if is_known_domain(meant)), None)
    if found is None and name in _NAMES:
        endings = ("com", "net", "de", "fr", "it", "nl", "me", "ru", "co.uk")
        found = next((f"{name}.{each}" for each in endings if _is_near(name, each, ending)), None)
    return found


def _is_near(name: str, right: str, ending: str) -> bool:
    return one_slip(ending, right) and is_known_domain(f"{name}.{right}")


def one_slip(typed: str, meant: str) -> bool:
    """Whether one letter is missing, too many, another one, or two neighbours have changed places."""
    if typed == meant or abs(len(typed) - len(meant)) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    rest, right = typed[at:], meant[at:]
    swapped = len(rest) > 1 and rest[:2] == right[1::-1] and rest[2:] == right[2:]
    return swapped or rest[1:] == right[1:] or rest[1:] == right or rest == right[1:]
