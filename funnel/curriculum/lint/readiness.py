"""What must go before mail is sent to real people: everything that is still as the starter wrote it (promise 12)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from funnel.curriculum.lint.seen import Piece, keys_of, pieces_in
from funnel.curriculum.parse.fields import Fields, read_date
from funnel.curriculum.parse.help import HELP
from funnel.curriculum.parse.nodes import Listing, Scalar, Table
from funnel.curriculum.parse.practice import PATH as PRACTICE
from funnel.curriculum.parse.report import Report, printable
from funnel.curriculum.problem import Location, Problem
from funnel.curriculum.reserved import is_reserved, leads_nowhere, nowhere_in

_A_DAY = timedelta(days=1)  # it may already be tomorrow where the practice is


@dataclass(frozen=True, slots=True)
class MadeUp:
    """What a starter made up: the practice's `names`, `places` that are on no map, and the date on its helplines.

    `dated` is the date that earlier starters gave to helplines nobody had called; `phones` are their numbers.
    """

    names: tuple[str, ...]
    places: tuple[str, ...]
    dated: date
    phones: frozenset[str]


# Of every starter so far, so that a folder copied long ago is recognised too. A test compares it with today's.
STARTER = MadeUp(
    names=("Harbour Practice",),
    places=("Exampleton",),
    dated=date(2026, 11, 22),
    phones=frozenset({"116 123", "988", "13 11 14", "1737", "0800 111 0 111", "113", "3114"}),
)


def before_real_mail(texts: Mapping[str, str], today: date, made_up: MadeUp = STARTER) -> list[Problem]:
    """What prevents mail to real people, as errors, and what is worth a look, as warnings; by place.

    `texts` are the folder's files as `seen.texts_in` gives them; `today` is the date where the practice is. Never
    raises, whatever the files hold.
    """
    report = Report()
    practice = keys_of(PRACTICE, texts.get(PRACTICE, "")) or Table({}, 1, 1)
    finding = keys_of(HELP, texts.get(HELP, "")) or Table({}, 1, 1)
    names = _still_foreign(made_up.names, _text(practice, "name"))
    for piece in pieces_in(texts):
        _look_for_nowhere(piece, report)
        _look_for_words(piece, made_up, names, report)
    for path, table, key, what in (
        (PRACTICE, practice, "helplines", "helpline"), (HELP, finding, "help", "place of help"),
        (HELP, finding, "therapists", "therapist"),
    ):  # fmt: skip
        for item in _items(table, key):
            _look_at_date(_Dated(path, what, item), today, made_up, report)
    _look_at_trainings(texts, report)
    return report.sorted()


def before_real_mail_from(addresses: Mapping[str, str]) -> list[Problem]:
    """Which of these settings (variable → web address, mail address or domain) name a place that readers cannot reach.

    Such a problem is in no file: its path is the variable, and its line 0.
    """
    found = []
    for variable, value in addresses.items():
        host = (urlsplit(value).hostname if "://" in value else value.rpartition("@")[2]) or ""
        if host and leads_nowhere(host):
            message = f"{variable} is {printable(value)}, where readers find nothing"
            fix = f"Set {variable} to an address of your own, such as https://letters.your-domain."
            if "://" not in value:
                fix = f"Set {variable} to one at a domain of your own."
            found.append(Problem(variable, 0, 0, "error", "made-up-address", message, fix))
    return found


def is_made_up(name: str, sender: str, texts: Iterable[str], made_up: MadeUp = STARTER) -> bool:
    """Whether a mail with these texts, for a practice of this name and sender, still says what the starter made up."""
    names = _still_foreign(made_up.names, name)
    pieces = [Piece(PRACTICE, 1, 1, "name", name), Piece(PRACTICE, 1, 1, "sender", sender)]
    report = Report()
    for piece in (*pieces, *(Piece("", 1, 1, "", text) for text in texts)):
        _look_for_nowhere(piece, report)
        _look_for_words(piece, made_up, names, report)
    return report.count_errors() > 0


def _still_foreign(names: tuple[str, ...], own: str) -> tuple[str, ...]:
    """The names that are not part of the practice's own: "Harbour Practice Cork" may use its own."""
    plain = _plain(own)
    return tuple(name for name in names if _plain(name) == plain or _plain(name) not in plain)


def _look_for_nowhere(piece: Piece, report: Report) -> None:
    for found in nowhere_in(piece.text):
        line, column = piece.at(found.offset)
        kept = is_reserved(found.host) and not found.host.endswith("localhost")
        message = f"{printable(found.host)} is {'kept for examples: nobody is there' if kept else _NOT_THERE}"
        report.error(
            Location(piece.path, line, column), "made-up-address", message, _FIXES.get(_key(piece), _OWN_ADDRESS)
        )


_NOT_THERE = "the machine it is read on, where readers find nothing of yours"
_OWN_ADDRESS = "Put an address of your own there, or take it out."
_FIXES = {
    "name": 'Write name = "…", the name of your practice.',
    "sender": 'Write sender = "…", the name readers know you by.',
    "from": 'Write from = "…", an address at a domain of your own.',
    "reply_to": 'Write reply_to = "…", an address whose mail you read.',
    "postal_address": 'Write postal_address = "…", where post reaches you.',
}


def _look_for_words(piece: Piece, made_up: MadeUp, names: tuple[str, ...], report: Report) -> None:
    key = _key(piece)
    whole = made_up.names if key in ("name", "sender") else ()
    if any(_plain(piece.text) == _plain(name) for name in whole):
        message = f"{key} is still that of the starter, {printable(piece.text)}"
        report.error(Location(piece.path, piece.line, piece.column), "made-up-name", message, _FIXES[key])
        return
    for word, code, what in (
        *((place, "made-up-place", "is on no map: the starter made it up") for place in made_up.places),
        *((name, "made-up-name", "is the name of the starter's practice") for name in names),
    ):
        for match in _matches(word, piece.text):
            line, column = piece.at(match.start())
            fix = _FIXES.get(key, "Write what is true of your practice; {{ practice.name }} is its name in lessons.")
            report.error(Location(piece.path, line, column), code, f"{word} {what}", fix)
            if key:
                return


def _matches(word: str, text: str) -> Iterator[re.Match[str]]:
    spaced = r"[\s\u00a0\u200b-\u200d\u2060*_]+".join(re.escape(part) for part in word.split())
    return re.finditer(rf"(?<!\w){spaced}(?!\w)", text, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Dated:
    """An entry that somebody has to have checked, and what it is."""

    path: str
    what: str
    item: Table


def _items(table: Table, key: str) -> list[Table]:
    entry = table.entries.get(key)
    node = entry.value if entry is not None else Listing((), 1, 1)
    return [item for item in (node.items if isinstance(node, Listing) else (node,)) if isinstance(item, Table)]


def _look_at_date(of: _Dated, today: date, made_up: MadeUp, report: Report) -> None:
    item, kind = of.item, "helpline" if of.path == PRACTICE else "help"
    where = _text(item, "country") or _text(item, "town")
    who = f"the {of.what} {printable(_text(item, 'name') or '?')}{f' ({printable(where)})' if where else ''}"
    ring = f"Ring it or read its page, then write checked = {today.isoformat()}, that day's date."
    written = item.entries.get("checked")
    at = written.key if written is not None else item
    checked = read_date(_text(item, "checked"))
    if checked is None or checked > today + _A_DAY:
        why = "nobody has checked" if checked is None else "a day that has not come is the date of"
        report.error(Location(of.path, at.line, at.column), f"{kind}-unchecked", f"{why} {who}", ring)
    elif checked == made_up.dated and _text(item, "phone") in made_up.phones:
        message = f"{who} bears the day the starter was written, and nobody may have checked it"
        report.warning(Location(of.path, at.line, at.column), f"{kind}-old", message, ring)
    elif _a_year_after(checked) < today:
        message = f"{who} was last checked on {checked.isoformat()}, over a year ago"
        report.warning(Location(of.path, at.line, at.column), f"{kind}-old", message, ring)


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February, or the last year there is
        return day + timedelta(days=366) if day.year < date.max.year else date.max


def _look_at_trainings(texts: Mapping[str, str], report: Report) -> None:
    """Warns of a placeholder clip that an open offer promises."""
    for path in sorted(texts):
        table = keys_of(path, texts[path]) if path.startswith("offers/") and path.endswith(".md") else None
        if table is None or _text(table, "kind") != "training":
            continue
        if not Fields(path, table, Report()).boolean("open", True):
            continue
        asset = f"assets/{_text(table, 'asset').removesuffix('.toml')}.toml"
        training = keys_of(asset, texts.get(asset, ""))
        if training is not None and Fields(asset, training, Report()).boolean("stand_in", False):
            at = training.entries["stand_in"].key
            report.error(
                Location(asset, at.line, at.column), "stand-in",
                "the clip only stands in for the training that is promised",
                f"Put your own recording in its place and write stand_in = false, or write open: false in {path}.",
            )  # fmt: skip


def _key(piece: Piece) -> str:
    return piece.key if piece.path == PRACTICE else ""


def _text(table: Table, key: str) -> str:
    entry = table.entries.get(key)
    return entry.value.text.strip() if entry is not None and isinstance(entry.value, Scalar) else ""


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
