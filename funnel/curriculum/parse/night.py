"""replies.md: what somebody hears who writes while nobody reads, and when somebody does."""

from __future__ import annotations

import re
from datetime import time

from funnel.curriculum.model import NightAnswer
from funnel.curriculum.names import NIGHT_KEYS
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.sequences import WEEKDAYS
from funnel.curriculum.practice import Practice
from funnel.curriculum.problem import Location

NIGHT = "replies.md"
MOST_WORDS = 3_000  # characters
_MARKED = re.compile(r"\{\{|\{%|\]\(|\*\*|^#{1,6} |^:::|!\[|<[a-z/]", re.M)
_OPENS, _CLOSES = time(9), time(17)


def read_night(fields: Fields, body: str, body_line: int, practice: Practice | None) -> NightAnswer:
    """The answer. What is missing is reported; it is made anyway."""
    fields.only(NIGHT_KEYS)
    before = fields.report.count_errors()
    opens = fields.time("from") or _OPENS
    closes = fields.time("to") or _CLOSES
    for key in ("from", "to"):
        if fields.node(key) is None:
            fields.missing(key, f'Write {key}: "09:00", on the practice\'s clock.')
    if opens >= closes and fields.report.count_errors() == before:
        fields.error(
            fields.node("to"), "bad-hours", "to is not after from: nobody would ever read",
            'Write the hours in which somebody reads, such as from: "09:00" and to: "17:00"; else this is sent.',
        )  # fmt: skip
    days = frozenset(WEEKDAYS.index(name) for name in fields.choices("days", WEEKDAYS))
    if not days:
        fields.missing("days", "Write the days on which somebody reads, such as days: [mon, tue, wed, thu, fri].")
    _check_words(fields, body, body_line)
    _check_help(fields, practice)
    return NightAnswer(
        subject=fields.text("subject", "Write subject: and a few words that say nothing of what the reader is on."),
        opens=opens,
        closes=closes,
        days=days,
        body="\n\n".join(" ".join(each.split()) for each in re.split(r"\n[ \t]*\n", body.strip())),
    )


def _check_words(fields: Fields, body: str, body_line: int) -> None:
    report = fields.report
    if not body.strip():
        report.error(
            Location(fields.path, body_line), "missing-words", "replies.md says nothing",
            "Write below the second --- what somebody hears who writes at night.",
        )  # fmt: skip
        return
    if len(body) > MOST_WORDS:
        report.error(
            Location(fields.path, body_line), "too-long", f"this answer has {len(body)} characters",
            f"Keep it below {MOST_WORDS}: it is read in the night.",
        )  # fmt: skip
    found = _MARKED.search(body)
    if found is not None:
        line = body_line + body.count("\n", 0, found.start())
        report.error(
            Location(fields.path, line), "not-plain", "this answer is sent as it is typed, and holds a mark-up",
            "Write plain sentences, with an empty line between paragraphs. Helplines and when you read are added.",
        )  # fmt: skip


def _check_help(fields: Fields, practice: Practice | None) -> None:
    if practice is not None and not practice.helplines:
        fields.report.error(
            Location(fields.path), "no-helplines", "who writes at night would find no helpline in the answer",
            "Add [[helplines]] to practice.toml, or take replies.md away.",
        )  # fmt: skip
