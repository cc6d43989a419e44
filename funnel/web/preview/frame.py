"""A mail's HTML for the preview's frame: in light or dark mode, whatever the machine prefers."""

from __future__ import annotations

import re
from html import unescape

_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.IGNORECASE | re.DOTALL)
_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_SCHEME = re.compile(r"(<meta\b[^>]*name=\"(?:supported-)?color-schemes?\"[^>]*content=\")[^\"]*", re.IGNORECASE)
_HEAD = re.compile(r"(<head\b[^>]*>)", re.IGNORECASE)
_WITHIN = re.compile(r"(<a\b)([^>]*\bhref=\"#)", re.IGNORECASE)
_PREHEADER = re.compile(r"<div\b[^>]*class=\"preheader\"[^>]*>(.*?)</div>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
# Without allow-scripts nothing in a mail ever runs. Of the same origin it is so that our page can find the reader's
# place again after a reload; the two together would open the sandbox and must never both stand here.
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
# The filler after a preheader, which keeps a mail program from showing the letter's text there.
_PADDING = "\u200c\u00a0 "


def for_frame(html: str, dark: bool) -> str:
    """The mail as a mail program in dark mode, or in light mode, would show it; links open in a new window."""
    # Only in style sheets: a letter may well mention dark mode.
    html = _STYLE.sub(lambda found: found[1] + _chosen(found[2], dark) + found[3], html)
    html = _SCHEME.sub(lambda found: found[1] + ("dark" if dark else "light"), html)
    # A link would otherwise open inside the frame, which our own pages refuse; a link within the letter may.
    html = _WITHIN.sub(r'\1 target="_self"\2', html)
    return _HEAD.sub(r'\1<base target="_blank">', html, count=1)


def frame_policy(pictures: str) -> str:
    """The content security policy for a mail: styles, pictures if wanted, nothing else, no scripts."""
    images = f"{pictures} data:" if pictures else "'none'"
    return (
        f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; "
        f"img-src {images}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def preheader_of(html: str) -> str:
    """The line a mail program shows after the subject, taken from the mail; empty where its layout has none."""
    found = _PREHEADER.search(html)
    return unescape(_TAG.sub("", found[1])).strip(_PADDING) if found else ""


def _chosen(css: str, dark: bool) -> str:
    return _PREFERS.sub(lambda found: _ALWAYS if (found[1].lower() == "dark") is dark else _NEVER, css)
