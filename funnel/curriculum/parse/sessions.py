"""sessions.toml: sessions to ask for without letters; and sessions.de.toml, its texts in another language."""

from __future__ import annotations

from funnel.curriculum.names import SESSION_KEYS, SESSION_WORDS_KEYS
from funnel.curriculum.parse.fields import SLUG_RULE, Fields
from funnel.curriculum.parse.nodes import Listing, Table
from funnel.curriculum.parse.practice import read_calendar, toml_fields
from funnel.curriculum.parse.practice_words import said_of
from funnel.curriculum.parse.report import Report
from funnel.curriculum.parse.siblings import MARK, Sibling, check_is_current, text_mark
from funnel.curriculum.practice import Practice
from funnel.curriculum.sessions import OfferedSession, SessionList

SESSIONS = "sessions.toml"
_MOST = 50
_LONGEST, _LONGEST_ABOUT = 160, 1_000


def read_sessions(data: bytes, practice: Practice | None, report: Report) -> SessionList | None:
    """What the file lists; None where it cannot be read, or one of them cannot be shown."""
    before = report.count_errors()
    fields = toml_fields(SESSIONS, data, report)
    if fields is None:
        return None
    fields.only(("sessions",))
    node = fields.node("sessions")
    items = () if node is None else node.items if isinstance(node, Listing) else (node,)
    if len(items) > _MOST:
        fields.error(items[_MOST], "too-many", f"there are more than {_MOST} sessions", "Keep those you offer.")
    found: dict[str, OfferedSession] = {}
    for item in items[:_MOST]:
        if not isinstance(item, Table):
            fields.error(item, "not-a-table", "a session is not a table", "Write [[sessions]], and its keys below.")
            continue
        inner = Fields(fields.path, item, report)
        offered = _session(inner, practice)
        if offered.slug in found:
            inner.error(
                inner.node("slug"), "duplicate-id", f"two sessions are called {offered.slug}", "Give one another slug."
            )
        found[offered.slug] = offered
    return SessionList(tuple(found.values())) if report.count_errors() == before else None


def read_session_words(sibling: Sibling, data: bytes, source: SessionList, report: Report) -> dict[str, str] | None:
    """What the texts of sessions.toml are in this language; None where the sibling cannot be read."""
    fields = toml_fields(sibling.path, data, report)
    if fields is None:
        return None
    fields.only([*SESSION_WORDS_KEYS, MARK])
    check_is_current(fields, SESSIONS, text_mark(*source.texts()))
    return said_of(fields, "words", source.texts())


def _session(fields: Fields, practice: Practice | None) -> OfferedSession:
    fields.only(SESSION_KEYS)
    return OfferedSession(
        slug=fields.slug("slug", f'Write slug = "couple", its name in addresses. {SLUG_RULE}'),
        title=_text(fields, "title", _LONGEST, 'Write title = "A session for couples".'),
        minutes=fields.integer("minutes", 5, 480) or 0,
        price=_text(fields, "price", _LONGEST),
        where=_text(fields, "where", _LONGEST),
        who=_text(fields, "who", _LONGEST),
        credentials=_text(fields, "credentials", _LONGEST) or (practice.credentials if practice is not None else ""),
        about=_text(fields, "about", _LONGEST_ABOUT),
        url=read_calendar(fields),
    )


def _text(fields: Fields, key: str, longest: int, fix: str = "") -> str:
    text = fields.text(key, fix)
    if len(text) > longest:
        fields.error(fields.node(key), "too-long", f"{key} has {len(text)} characters", f"At most {longest}, please.")
    return text
