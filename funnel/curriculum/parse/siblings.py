"""Siblings: the same text in another language, in a file beside it. `week-1.de.md` is `week-1.md` in German.

One rule for everything that readers see: the code of the language before the ending. So it is `practice.de.toml`,
`assets/training.de.toml` and `assets/ebook.de.md` too.

A sibling holds what readers see and nothing else; all other keys are the source's. `translates` is the mark of the
source it was made from, so that a check can say which are older than theirs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from funnel.curriculum.languages import read_language
from funnel.curriculum.names import (
    HOME_KEYS,
    LESSON_KEYS,
    NIGHT_KEYS,
    OFFER_KEYS,
    PAGE_KEYS,
    QUIZ_KEYS,
    SEQUENCE_KEYS,
    TRAINING_KEYS,
)
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.nodes import Listing, Node, Scalar, Table
from funnel.curriculum.parse.report import Report
from funnel.curriculum.practice import Practice
from funnel.curriculum.problem import Location

_NAME = re.compile(r"(?P<stem>.+)\.(?P<language>[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)(?P<ending>\.(?:md|toml))")
MARK = "translates"
_MARK_LENGTH = 12
# How it is written, by the ending of the sibling's name: captions and chapters have only comments for it.
_SIGNS = {".toml": f"{MARK} =", ".vtt": f"a paragraph of its own: NOTE {MARK}:", "": f"{MARK}:"}
# What a sibling may not say otherwise, because it is the same in every language.
_THE_SAME = frozenset(
    (
        "id", "day", "after", "on", "at", "only_if", "start_on", "for_offers", "send", "catch_up", "stop_when", "kind",
        "open", "asset", "paid", "checkout", "followed_by", "minutes", "stand_in", "listed", "untracked", "exit_to",
        "picture", "portrait", "logo", "from", "to", "days",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sibling:
    """A file that says what another says, in `language`."""

    path: str
    of: str
    language: str


def siblings_in(paths: Iterable[str]) -> dict[str, Sibling]:
    """The siblings among these files, by path: those whose source is there too."""
    known, found = set(paths), {}
    for path in known:
        match = _NAME.fullmatch(path)
        language = read_language(match["language"]) if match is not None else None
        source = f"{match['stem']}{match['ending']}" if match is not None else ""
        if language is not None and source in known:
            found[path] = Sibling(path, source, language)
    return found


def with_source(sibling: Sibling, own: Fields, source: Fields, bodies: tuple[str, str], report: Report) -> Fields:
    """The sibling's keys, and the source's for all else; `bodies` are the sibling's and the source's.

    Reports keys that a sibling cannot have, and a source that has changed since.
    """
    own.only([*sorted(_keys_of(sibling.of) - _THE_SAME), MARK])
    check_is_current(own, sibling.of, source_mark(source, bodies[1]))
    entries = {**source.table.entries, **own.table.entries}
    entries.pop(MARK, None)
    return Fields(sibling.path, Table(entries, own.table.line, own.table.column), report)


def check_is_current(own: Fields, of: str, mark: str) -> None:
    """Warns where a sibling does not bear this mark, which is that of its source as it is now."""
    written = own.text(MARK)
    if written == mark:
        return
    changed = f"{of} has changed since this was translated"
    what = changed if written else f"nothing says which text of {of} this translates"
    sign = next((each for ending, each in _SIGNS.items() if own.path.endswith(ending)), _SIGNS[""])
    own.warning(
        own.node(MARK), "older-than-source", what,
        f'Bring it up to date where it differs, then write {sign} "{mark}".',
    )  # fmt: skip


def source_mark(source: Fields, body: str) -> str:
    """What a text is known by to its siblings: changes with whatever readers see of it."""
    said = [body.strip()]
    for key, entry in sorted(source.table.entries.items()):
        if key not in _THE_SAME:
            said += [key, *_texts(entry.value)]
    return text_mark(*said)


def text_mark(*said: str) -> str:
    """A mark of these texts: another one for other texts."""
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:_MARK_LENGTH]


def check_offered(siblings: Mapping[str, Sibling], practice: Practice | None, report: Report) -> None:
    """Warns of siblings in a language in which nobody is served."""
    if practice is None:
        return
    for sibling in siblings.values():
        # A file of assets may be called so and be meant by that very name.
        own = sibling.path.startswith("assets/") and sibling.language == practice.language
        if sibling.language not in practice.languages and not own:
            report.warning(
                Location(sibling.path), "not-offered", f"nobody gets this: {sibling.language} is not in languages",
                f'Add it in practice.toml: languages = ["{sibling.language}"].',
            )  # fmt: skip


def _keys_of(path: str) -> frozenset[str]:
    where = PurePosixPath(path)
    folder = where.parts[0] if len(where.parts) > 1 else ""
    if folder == "assets":
        return frozenset(TRAINING_KEYS)
    if folder == "offers":
        return frozenset({*OFFER_KEYS, *QUIZ_KEYS})
    if folder == "pages":
        return frozenset(PAGE_KEYS)
    if not folder:
        return frozenset(HOME_KEYS if where.stem == "home" else NIGHT_KEYS)
    return frozenset(SEQUENCE_KEYS if where.name == "sequence.md" else LESSON_KEYS)


def _texts(node: Node) -> list[str]:
    if isinstance(node, Scalar):
        return [node.text]
    if isinstance(node, Listing):
        return [text for item in node.items for text in _texts(item)]
    return [text for key, entry in sorted(node.entries.items()) for text in (key, *_texts(entry.value))]
