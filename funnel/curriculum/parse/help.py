"""help.toml: places of help beside the helplines, and therapists; and help.de.toml, its texts in another language."""

from __future__ import annotations

from collections.abc import Iterator

from funnel.curriculum.help import FindingHelp, PlaceOfHelp, Therapist
from funnel.curriculum.languages import likely_language, read_language
from funnel.curriculum.names import HELP_KEYS, HELP_LISTS, HELP_WORDS_KEYS, THERAPIST_KEYS
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.helplines import read_country, read_phone, read_web_address
from funnel.curriculum.parse.nodes import Listing, Table
from funnel.curriculum.parse.practice import toml_fields
from funnel.curriculum.parse.practice_words import said_of
from funnel.curriculum.parse.report import Report, printable
from funnel.curriculum.parse.siblings import MARK, Sibling, check_is_current, text_mark
from funnel.curriculum.practice import Practice

HELP = "help.toml"
_MOST = 500
_LONGEST = 200


def read_help(data: bytes, practice: Practice | None, report: Report) -> FindingHelp | None:
    """What the file lists; None where it cannot be read, or an entry of it cannot be shown."""
    before = report.count_errors()
    fields = toml_fields(HELP, data, report)
    if fields is None:
        return None
    fields.only(HELP_LISTS)
    language = practice.language if practice is not None else "en"
    places = tuple(_place(each, language, practice) for each in _entries(fields, "help", tuple(HELP_KEYS)))
    therapists = tuple(_therapist(each, language) for each in _entries(fields, "therapists", tuple(THERAPIST_KEYS)))
    return FindingHelp(places, therapists) if report.count_errors() == before else None


def read_help_words(sibling: Sibling, data: bytes, source: FindingHelp, report: Report) -> dict[str, str] | None:
    """What the texts of help.toml are in this language; None where the sibling cannot be read."""
    fields = toml_fields(sibling.path, data, report)
    if fields is None:
        return None
    fields.only([*HELP_WORDS_KEYS, MARK])
    check_is_current(fields, HELP, text_mark(*source.texts()))
    return said_of(fields, "words", source.texts())


def _entries(fields: Fields, key: str, known: tuple[str, ...]) -> Iterator[Fields]:
    node = fields.node(key)
    items = () if node is None else node.items if isinstance(node, Listing) else (node,)
    if len(items) > _MOST:
        fields.error(items[_MOST], "too-many", f"{key} has more than {_MOST} entries", "Keep those you can check.")
    for item in items[:_MOST]:
        if not isinstance(item, Table):
            fields.error(
                item, "not-a-table", f"an entry of {key} is not a table", f"Write [[{key}]], and its keys below."
            )
            continue
        inner = Fields(fields.path, item, fields.report)
        inner.only(known)
        yield inner


def _place(fields: Fields, language: str, practice: Practice | None) -> PlaceOfHelp:
    place = PlaceOfHelp(
        name=_line(fields, "name", 'Write name = "…", what the service is called.'),
        country=read_country(fields, language) if fields.node("country") is not None else "",
        region=_line(fields, "region"),
        languages=_languages(fields),
        phone=read_phone(fields),
        url=read_web_address(fields),
        what_for=_line(fields, "for", 'Write for = "…", what one can turn there with.'),
        hours=_line(fields, "hours"),
        checked=fields.day("checked"),  # reported before real mail is sent
    )
    _check_reached(fields)
    _check_not_a_helpline(fields, place, practice)
    return place


def _therapist(fields: Fields, language: str) -> Therapist:
    therapist = Therapist(
        name=_line(fields, "name", 'Write name = "…", as she is called.'),
        town=_line(fields, "town"),
        country=read_country(fields, language) if fields.node("country") is not None else "",
        approaches=tuple(each.text for each in fields.texts("approaches")),
        online=fields.boolean("online", False),
        languages=_languages(fields),
        phone=read_phone(fields),
        url=read_web_address(fields),
        checked=fields.day("checked"),
    )
    _check_reached(fields)
    if not therapist.town and not therapist.online:
        fields.error(
            None, "nowhere", "this therapist is in no town and not online",
            'Write town = "…", or online = true, so that readers know where to go.',
        )  # fmt: skip
    return therapist


def _line(fields: Fields, key: str, fix: str = "") -> str:
    text = fields.text(key, fix)
    if len(text) > _LONGEST:
        fields.error(fields.node(key), "too-long", f"{key} has {len(text)} characters", f"At most {_LONGEST}, please.")
    return text


def _languages(fields: Fields) -> tuple[str, ...]:
    found = []
    for item in fields.texts("languages"):
        code = read_language(item.text)
        if code is None:
            likely = likely_language(item.text)
            fields.error(
                item, "bad-language", f"languages names one that is not known: {printable(item.text)}",
                f'Did you mean "{likely}"?' if likely else 'Write a code such as "en", "de" or "pt-BR" (BCP 47).',
            )  # fmt: skip
        else:
            found.append(code)
    return tuple(dict.fromkeys(found))


def _check_reached(fields: Fields) -> None:
    if fields.node("phone") is None and fields.node("url") is None:
        fields.error(
            None, "not-reached", "nobody can get there: neither phone nor url is written",
            'Write phone = "…" or url = "https://…".',
        )  # fmt: skip


def _check_not_a_helpline(fields: Fields, place: PlaceOfHelp, practice: Practice | None) -> None:
    """One place for one number: where it stood twice, one of them would grow old."""
    lines = () if practice is None else practice.helplines
    if place.phone and any(line.phone == place.phone and line.country == place.country for line in lines):
        fields.warning(
            fields.node("phone"), "listed-twice", f"{place.phone} is a helpline of practice.toml already",
            "Take it out here: the page shows the helplines too, first of all.",
        )  # fmt: skip
