"""practice.toml: who writes, from where, and when no mail goes out."""

from __future__ import annotations

import re
from datetime import date, timedelta

from funnel.curriculum.addresses import AddressError, checked_address
from funnel.curriculum.colours import weak_pairs
from funnel.curriculum.links import https_origin, link_kind
from funnel.curriculum.names import BOOKING_KEYS, PRACTICE_KEYS, TRACKING
from funnel.curriculum.palette import page_colours
from funnel.curriculum.parse.fields import SLUG_RULE, Fields, is_slug, read_date
from funnel.curriculum.parse.helplines import read_helplines
from funnel.curriculum.parse.languages import other_languages, own_language
from funnel.curriculum.parse.nodes import Entry, Scalar, Table, read_toml
from funnel.curriculum.parse.report import Report, printable
from funnel.curriculum.parse.sites import read_sites
from funnel.curriculum.parse.source import decode
from funnel.curriculum.practice import Booking, Practice
from funnel.curriculum.problem import Location

PATH = "practice.toml"
LARGEST = 100_000
LONGEST_RANGE = 366
LONGEST_REPLIES = 200
LONGEST_LINE = 160
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def read_practice(data: bytes | None, report: Report) -> Practice | None:
    """The practice, or None when the file is missing, unreadable, or lacks what every mail needs."""
    if data is None:
        report.error(
            Location(PATH), "missing-file", "practice.toml is missing", "Make it, with name, from and postal_address."
        )
        return None
    before = report.count_errors()
    fields = toml_fields(PATH, data, report)
    if fields is None:
        return None
    practice = _practice(fields)
    essential = (practice.name, practice.from_address, practice.postal_address)
    unusable = report.count_errors() > before and not all(essential)
    return None if unusable else practice


def toml_fields(path: str, data: bytes, report: Report) -> Fields | None:
    """The keys of a file in TOML; None with the reason in `report`."""
    if len(data) > LARGEST:
        name = path.rpartition("/")[2]
        report.error(Location(path), "too-large", f"{name} is larger than 100 kB", "Keep it short.")
        return None
    text = decode(path, data, report)
    table = read_toml(path, text, report) if text is not None else None
    return None if table is None else Fields(path, table, report)


def _practice(fields: Fields) -> Practice:
    fields.only(PRACTICE_KEYS)
    practice_id = fields.text("id")
    if practice_id and not _ID.fullmatch(practice_id):
        fields.error(
            fields.node("id"), "bad-id", f"id is not one that 'funnel init' wrote: {printable(practice_id, 40)}",
            "Put back what was there, or leave the line away; at most 40 small letters, digits and hyphens.",
        )  # fmt: skip
    name = fields.text("name", 'Write name = "…", the name of the practice.')
    from_address = _address(fields, "from", 'Write from = "letters@…", the address your mail comes from.')
    language = own_language(fields)
    return Practice(
        name=name,
        sender=fields.text("sender") or name,
        sender_discreet=fields.text("sender_discreet"),
        from_address=from_address,
        reply_to=_address(fields, "reply_to") or from_address,
        postal_address=fields.text("postal_address", "Write it on one line; it has to stand in every mail."),
        zone=fields.zone("zone") if fields.node("zone") else _missing_zone(fields),
        quiet_days=_quiet_days(fields),
        tracking=fields.choice("tracking", TRACKING, "clicks"),
        language=language,
        colours=_colours(fields),
        bookings=_bookings(fields),
        helplines=read_helplines(fields, language),
        id=practice_id,
        credentials=read_line(fields, "credentials"),
        licence=read_line(fields, "licence"),
        also=read_line(fields, "also"),
        replies=read_replies(fields),
        remind=fields.boolean("remind", False),
        keep_replies=fields.boolean("keep_replies", False),
        languages=other_languages(fields, language),
        wave=fields.boolean("wave", True),
        sites=read_sites(fields),
    )


def read_replies(fields: Fields) -> str:
    """Who reads answers, and how soon: one sentence, "" where nothing is said."""
    text = " ".join(fields.text("replies").split())
    if len(text) > LONGEST_REPLIES:
        fields.error(
            fields.node("replies"), "too-long", f"replies has {len(text)} characters, and stands below each lesson",
            f"Say in one sentence, of at most {LONGEST_REPLIES} characters, who reads answers and how soon.",
        )  # fmt: skip
    return text


def read_line(fields: Fields, key: str) -> str:
    """What is said of whoever writes below each mail, on one line; "" where nothing is said."""
    text = " ".join(fields.text(key).split())
    if len(text) > LONGEST_LINE:
        fields.error(
            fields.node(key), "too-long", f"{key} has {len(text)} characters, and stands below each mail",
            f"Say it in at most {LONGEST_LINE} characters; a page of your own has room for the rest.",
        )  # fmt: skip
    return text


def _missing_zone(fields: Fields) -> str:
    fields.missing("zone", 'Write zone = "Europe/Dublin", the place the practice is in.')
    return "UTC"


def _address(fields: Fields, key: str, fix: str = "") -> str:
    text = fields.text(key, fix)
    if not text:
        return ""
    try:
        return checked_address(text)
    except AddressError as error:
        fields.error(fields.node(key), "bad-address", f"{key} {error.message}: {printable(text)}", error.fix)
        return ""


def _quiet_days(fields: Fields) -> frozenset[date]:
    days: set[date] = set()
    for item in fields.texts("quiet_days"):
        first_text, _, last_text = item.text.partition("..")
        first, last = read_date(first_text.strip()), read_date((last_text or first_text).strip())
        if first is None or last is None or not 0 <= (last - first).days < LONGEST_RANGE:
            fields.error(
                item, "bad-date", f"quiet_days does not understand {printable(item.text, 30)}",
                'Write "2027-01-01", or first and last day of at most a year: "2026-12-24..2026-12-26".',
            )  # fmt: skip
            continue
        days.update(first + timedelta(days=step) for step in range((last - first).days + 1))
    return frozenset(days)


def _colours(fields: Fields) -> dict[str, str]:
    colours: dict[str, str] = {}
    for name, entry in _tables(fields, "colours"):
        value = entry.value
        if name in PRACTICE_KEYS:
            Fields(PATH, Table({name: entry}, 1, 1), fields.report).only((), PRACTICE_KEYS)
        elif isinstance(value, Scalar) and _COLOUR.fullmatch(value.text) and is_slug(name.replace("_", "-")):
            colours[name] = value.text
        else:
            fields.error(
                value, "bad-colour", f"the colour {printable(name)} is not one", 'Write it like accent = "#2f6f6b".'
            )
    _warn_of_weak(colours, fields)
    return colours


def _warn_of_weak(colours: dict[str, str], fields: Fields) -> None:
    where = {name: entry.value for name, entry in _tables(fields, "colours")}
    by_day, by_night = page_colours(colours)
    for pair in weak_pairs(colours):
        node = where.get(pair.text) or where.get(pair.ground)
        if node is not None:
            fields.report.warning(
                Location(fields.path, node.line, node.column), "weak-colours",
                f"{pair.text} on {pair.ground} has a contrast of {pair.ratio:.1f} to 1, and text needs 4.5 to be read",
                f"Make {pair.text} darker or lighter; until then pages take {by_day[pair.text]} for it by day and "
                f"{by_night[pair.text]} by night, and mails the nearest that can be read.",
            )  # fmt: skip


def _tables(fields: Fields, key: str) -> list[tuple[str, Entry]]:
    node = fields.node(key)
    if node is None:
        return []
    if not isinstance(node, Table):
        fields.error(node, "not-a-table", f"{key} is not a table", f"Write [{key}] on a line, and its keys below.")
        return []
    return list(node.entries.items())


def _bookings(fields: Fields) -> dict[str, Booking]:
    bookings: dict[str, Booking] = {}
    for key, entry in _tables(fields, "booking"):
        if not isinstance(entry.value, Table) or not is_slug(key):
            fields.error(entry.key, "not-a-table", f"booking.{printable(key)} is not a table", SLUG_RULE)
            continue
        inner = Fields(PATH, entry.value, fields.report)
        inner.only(BOOKING_KEYS, PRACTICE_KEYS)
        title = inner.text("title", 'Write title = "A first conversation".')
        bookings[key] = Booking(key, title, inner.integer("minutes", 5, 480) or 30, read_calendar(inner))
    return bookings


def read_calendar(fields: Fields) -> str:
    """A calendar takes names and addresses, so only one that is encrypted on the way is led to."""
    url = fields.text("url")
    if not url or (https_origin(url) is not None and link_kind(url) == "web"):
        return url
    fields.error(
        fields.node("url"), "bad-link", f"url is not an https address: {printable(url)}",
        'Write url = "https://…", the calendar\'s own page; or leave it out.',
    )  # fmt: skip
    return ""
