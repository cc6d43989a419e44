"""Discreet mail must not name its topic: neither by its subject, nor by its sender's name or address.

A locked screen shows all three, and the first mail goes out before its reader could choose anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from funnel.curriculum.lint.seen import keys_of
from funnel.curriculum.parse.library import Parts
from funnel.curriculum.parse.nodes import Scalar
from funnel.curriculum.parse.practice import PATH
from funnel.curriculum.parse.report import Report
from funnel.curriculum.problem import Location

_WORD = re.compile(r"[^\W\d_]{5,}")
# What titles say of the form, and not of the topic.
_OF_THE_FORM = frozenset(
    """
    about after again along always and before begin begins beginning being calmer chapter class clearer course courses
    daily days download each ebook email emails every eight evening evenings fifth first fourth free from gentle guide
    hello help here journal kinder letter letters lesson lessons little longer minute minutes month months morning more
    newsletter night nights notes online our part parts practice quiet questions quiz ready second series seven short
    small spring start starter steps still summer tenth that their there these they third this those three through
    today together tonight training video videos week weekly weeks welcome what when where which while winter with
    without words workshop write years your yours
    """.split()  # noqa: SIM905
)


def check_discretion(parts: Parts, texts: Mapping[str, str], report: Report) -> None:
    """Warns of what stands on a locked screen and says a word of the titles; `texts` as of `texts_in`."""
    topic = frozenset(_topic(parts))
    for key, item in _on_the_screen(texts):
        word = _said(item, topic)
        if word is not None:
            report.warning(
                Location(PATH, item.line, item.column), "telling-sender",
                f"{key} says “{word}”, as your titles do, on the locked screen of whoever has just signed up",
                _FIXES[key],
            )  # fmt: skip
    for source in parts.sources.values():
        subject = source.fields.node("subject_discreet")
        word = _said(subject, topic) if isinstance(subject, Scalar) else None
        if word is not None and subject is not None:
            report.warning(
                Location(source.path, subject.line, subject.column), "telling-subject",
                f"subject_discreet says “{word}”, as your titles do",
                'Write what could stand on any letter, such as "A note for this week".',
            )  # fmt: skip


_FIXES = {
    "name": 'Give such mail a sender of its own: sender_discreet = "…", such as a first name.',
    "sender": 'Give such mail a sender of its own: sender_discreet = "…", such as a first name.',
    "sender_discreet": "Write a name that could stand on any letter, such as a first name.",
    "from": "Write from an address without it, such as letters@ and your name; or leave it, if you want it so.",
}


def _topic(parts: Parts) -> Iterator[str]:
    """The words of the titles of sequences and offers, in every language."""
    for path, source in parts.sources.items():
        title = source.fields.node("title")
        if isinstance(title, Scalar) and (path.startswith("offers/") or "/sequence." in path):
            yield from _words(title.text)


def _said(item: Scalar, topic: AbstractSet[str]) -> str | None:
    """The first word of the topic that it says."""
    return next((word for word in _words(item.text) if word in topic), None)


def _words(text: str) -> list[str]:
    return [word for word in map(str.casefold, _WORD.findall(text)) if word not in _OF_THE_FORM]


def _on_the_screen(texts: Mapping[str, str]) -> Iterator[tuple[str, Scalar]]:
    """The keys that a discreet mail's From line is made of, as they are written."""
    practice = keys_of(PATH, texts.get(PATH, ""))
    written = {} if practice is None else {key: entry.value for key, entry in practice.entries.items()}
    sender = next((key for key in ("sender_discreet", "sender", "name") if key in written), "")
    for key in (sender, "from"):
        value = written.get(key)
        if isinstance(value, Scalar):
            yield key, value
