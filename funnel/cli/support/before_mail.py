"""How commands report what still prevents mail to real people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from funnel.cli.support.formatting import plural
from funnel.curriculum import Problem, before_measuring, before_real_mail, before_real_mail_from
from funnel.settings import Settings

log = structlog.get_logger(__name__)

if TYPE_CHECKING:
    from funnel.wiring import Service

HEADING = "Before real mail leaves:"
_MOST = 6


def look(texts: Mapping[str, str], settings: Settings, today: date) -> list[Problem]:
    """Everything that has to be fixed first (errors), and what is worth a look (warnings)."""
    made_up = [*before_real_mail_from(settings.shown_addresses), *before_real_mail(texts, today)]
    return [*made_up, *before_measuring(texts)]


def line(problem: Problem, folder: Path | None = None) -> str:
    """One line, beginning with a place that an editor can jump to; a setting has no file and is named instead."""
    if not problem.line:
        return f"{problem.message}  → {problem.fix}"
    place = problem.path if folder is None else str(folder / problem.path)
    return f"{place}:{problem.line}:{problem.column}  {problem.message}  → {problem.fix}"


def warn(service: Service) -> None:
    """Logs, when a process starts, that it sends no mail to readers yet, where that is so."""
    if not service.real_mail.leaves:
        return
    with service.db.read() as session:
        found = service.real_mail.problems(session, service.library, service.clock.now())
    errors = [problem for problem in found if problem.severity == "error"]
    if errors:
        log.warning(
            "no mail goes to readers yet: some of this is still as the starter wrote it; `funnel check` lists it",
            things=len(errors),
            first=line(errors[0]),
        )


def in_short(problems: Iterable[Problem], real: bool) -> list[str]:
    """A few lines for the screen of a starting process; empty where nothing prevents mail.

    With `real` mail it names what to fix, otherwise how much there is to do before mail can be sent.
    """
    errors = [problem for problem in problems if problem.severity == "error"]
    if not errors:
        return []
    if not real:
        things = f"{plural(len(errors), 'thing')} to mend"
        return [f"Before real mail leaves there {'is' if len(errors) == 1 else 'are'} {things}: see 'funnel check'."]
    rest = len(errors) - _MOST
    return [
        "No mail goes to readers yet: some of this is still as the starter wrote it. Nothing is lost meanwhile.",
        *(f"  {line(problem)}" for problem in errors[:_MOST]),
        *([f"  and {plural(rest, 'thing')} more: 'funnel check' lists them all."] if rest > 0 else []),
        "Mend it and run 'funnel publish'; what waits then goes by itself.",
    ]
