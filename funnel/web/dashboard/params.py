"""What a request asks for, made harmless: text a database takes, and numbers a row can have."""

from __future__ import annotations

from datetime import date, datetime

from flask import abort, request

from funnel.web.context import current_now

LARGEST_ID = 2**63 - 1
_LONGEST = 254  # an address (RFC 5321, section 4.5.3.1, less the brackets)


def form_text(name: str) -> str:
    """A field of the form, trimmed; empty where there is none."""
    return clean(request.form.get(name, ""))


def query_text(name: str) -> str | None:
    """A value of the query; None where it is missing or empty."""
    return clean(request.args.get(name, "")) or None


def page_before() -> int | None:
    """The `before` of the query; None where there is none or it is no row's number."""
    text = request.args.get("before", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    return min(int(text), LARGEST_ID)


def clean(text: str) -> str:
    """The text without characters that cannot be seen (PostgreSQL takes no NUL), trimmed and cut at 254."""
    return "".join(char for char in text if char.isprintable()).strip()[:_LONGEST]


def asked_date(text: str) -> date | None:
    """A day such as 2027-01-31; None where it is none, or of a year that no calendar of ours reaches."""
    try:
        found = date.fromisoformat(text) if len(text) == len("2027-01-31") else None
    except ValueError:
        return None
    # Such a year would be an error when it is reckoned with.
    return found if found is not None and 1970 <= found.year <= 9000 else None


def seen_at() -> datetime:
    """When the page of this form was made (UTC, story time), never later than now; 400 where the form does not say."""
    try:
        seen = datetime.fromisoformat(form_text("seen"))
    except ValueError:
        abort(400)
    if seen.tzinfo is None:
        abort(400)
    return min(seen, current_now())
