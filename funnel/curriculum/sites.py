"""The sites on which a practice's forms may stand: an origin each, as browsers name one (RFC 6454)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from funnel.curriculum.links import LONGEST_URL, https_origin
from funnel.curriculum.reserved import is_loopback

MOST_SITES = 20
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# http: only for a page that is being tried out on this very machine.
_HERE = re.compile(r"(https?)://(localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?", re.IGNORECASE)
_USUAL_PORTS = {"https": 443, "http": 80}


def site_origin(url: str) -> str | None:
    """The origin of an address as a browser writes it in `Origin`: https, or http on this machine; None for any other.

    Without the port that is usual, in lower case, in A-labels.
    """
    here = _HERE.match(url)
    if here is not None and len(url) <= LONGEST_URL and url[here.end() : here.end() + 1] in ("", "/", "?", "#"):
        scheme, host = here[1].lower(), here[2].lower()
        port = int(here[3] or _USUAL_PORTS[scheme])
        ending = "" if port == _USUAL_PORTS[scheme] else f":{port}"
        return f"{scheme}://{host}{ending}" if 0 < port < 65536 else None
    found = https_origin(url)
    return found.removesuffix(f":{_USUAL_PORTS['https']}") if found is not None else None


def is_bare(url: str) -> bool:
    """Whether an address says nothing but an origin; a slash at its end is nothing."""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not (parts.query or parts.fragment or url.rstrip("/").endswith(("?", "#")))


def is_for_trying(origin: str) -> bool:
    """Whether only this machine itself is at this origin."""
    return is_loopback(urlsplit(origin).hostname or "")


def is_listed(url: str, sites: tuple[str, ...]) -> bool:
    """Whether an address lies on one of these sites."""
    origin = site_origin(url)
    return origin is not None and origin in sites


def wrong_site(text: str) -> tuple[str, str]:
    """What is wrong with what was written for a site, and what to do. For a text that is no bare origin."""
    example = 'Write the address as it stands before the first single slash, such as "https://www.example.org".'
    if "*" in text:
        return "stands for more than one site", "List each site by itself, each with its https://."
    if not _SCHEME.match(text):
        with_scheme = site_origin(f"https://{text}")
        return "does not begin with https://", f'Did you mean "{with_scheme}"?' if with_scheme else example
    origin = site_origin(text)
    if origin is not None:
        return "says more than which site", f'Write "{origin}": a form may then stand on every page of it.'
    if text.lower().startswith("http://"):
        secure = site_origin("https" + text[4:])
        said = f'Write "{secure}"' if secure else "Write an address that begins with https://"
        return "is not encrypted", f"{said}; http is only for trying, at http://localhost."
    return "is not the address of a site", example
