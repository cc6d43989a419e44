"""The first card: what still stands in the way of mail to real people, and which help to look at again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from funnel.channel.real_mail import withheld
from funnel.curriculum import Problem
from funnel.web.context import current_service

_MOST = 40  # of one kind; `funnel check` lists all

# What each kind is called, one and many of it; in the order in which they are shown.
_KINDS: Mapping[str, tuple[str, str]] = {
    "made-up-name": ("The name of the starter’s practice", "The name of the starter’s practice, in {n} places"),
    "made-up-place": ("A postal address that is on no map", "A town that is on no map, in {n} places"),
    "made-up-address": ("An address at which there is nobody", "{n} addresses at which there is nobody"),
    "helpline-unchecked": ("A helpline that nobody has checked", "{n} helplines that nobody has checked"),
    "help-unchecked": (
        "An entry of help.toml that nobody has checked",
        "{n} entries of help.toml that nobody has checked",
    ),
    "stand-in": ("A clip that only stands in for the training", "{n} clips that only stand in for a training"),
    "published-before": ("A lesson to be published anew", "{n} lessons to be published anew"),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing to mend: the file and line it stands in ("": a setting), what it is, what to do."""

    where: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class ThingsOfOneKind:
    """Things of one kind; `more` is how many are not shown."""

    title: str
    things: tuple[Thing, ...]
    more: int


@dataclass(frozen=True, slots=True)
class BeforeMail:
    """One card; `pressing` where readers get no mail for it."""

    title: str
    advice: str
    pressing: bool
    kinds: tuple[ThingsOfOneKind, ...]


def cards_before_mail(session: Session, now: datetime) -> list[BeforeMail]:
    """What stands in the way, then help whose date is old; nothing in a demonstration, which is made up."""
    service = current_service()
    found = service.real_mail.problems(session, service.library, now)
    errors = [problem for problem in found if problem.severity == "error"]
    cards = []
    if errors and (service.real_mail.leaves or not service.settings.time_lapse):
        cards.append(_card(errors, service.real_mail.leaves, withheld(session)))
    for code, (title, file) in _OLD.items():
        old = [problem for problem in found if problem.code == code]
        if old:
            kind = ThingsOfOneKind("Which, and what to do", _things(old), max(0, len(old) - _MOST))
            cards.append(BeforeMail(_many(len(old), title), _OLD_ADVICE.format(file=file), False, (kind,)))
    return cards


def _card(errors: Sequence[Problem], real: bool, waiting: int) -> BeforeMail:
    kinds = tuple(_kinds(errors))
    if not real:
        return BeforeMail("Before real mail leaves", _CAUGHT, False, kinds)
    wait = _many(waiting, _WAITING) if waiting else ""
    return BeforeMail("No mail goes to readers yet", f"{_WITHHELD}{wait}", True, kinds)


def _kinds(problems: Sequence[Problem]) -> Iterable[ThingsOfOneKind]:
    codes = dict.fromkeys([*_KINDS, *(problem.code for problem in problems)])
    for code in codes:
        of_it = [problem for problem in problems if problem.code == code]
        if of_it:
            titles = _KINDS.get(code, (of_it[0].message, "{n} other things"))
            yield ThingsOfOneKind(_many(len(of_it), titles), _things(of_it), max(0, len(of_it) - _MOST))


def _things(problems: Sequence[Problem]) -> tuple[Thing, ...]:
    return tuple(
        Thing(f"{problem.path}, line {problem.line}" if problem.line else "", problem.message, problem.fix)
        for problem in problems[:_MOST]
    )


def _many(n: int, words: tuple[str, str]) -> str:
    return words[0] if n == 1 else words[1].format(n=n)


_CAUGHT = (
    "Mail is caught now and goes to nobody, so there is time. These things are still as the starter wrote them; put "
    "your own in their place, and then `funnel publish`."
)
_WITHHELD = (
    "What readers would see is partly still as the starter wrote it. Put your own in its place, and then "
    "`funnel publish`: mail goes by itself from then on. Nothing is lost meanwhile."
)
_WAITING = (" One mail waits.", " {n} mails wait.")
# By kind: how a card is called, one and many of it, and the file they stand in.
_OLD: Mapping[str, tuple[tuple[str, str], str]] = {
    "helpline-old": (
        ("A helpline was last checked over a year ago", "{n} helplines were last checked over a year ago"),
        "practice.toml",
    ),
    "help-old": (
        (
            "An entry of help.toml was last checked over a year ago",
            "{n} entries of help.toml were last checked over a year ago",
        ),
        "help.toml",
    ),
}
_OLD_ADVICE = (
    "Ring each, or read its page, and write that day’s date beside it in {file}; then `funnel publish`. "
    "Mail goes on meanwhile."
)
