"""A made-up practice never writes to real people (promise 12): what stands in the way, computed once per edition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.compose import CompiledLesson
from funnel.curriculum import (
    Library,
    Problem,
    as_written,
    before_real_mail,
    before_real_mail_from,
    is_made_up,
    local_date,
)
from funnel.editions import Editions
from funnel.models import Delivery, DeliveryState, in_state

WITHHELD = "waits until what the starter made up is gone: `funnel check` lists it"
"""`Delivery.reason` of mail that waits for this."""
_MOST_KNOWN = 4096

log = structlog.get_logger(__name__)


class _Known(NamedTuple):
    library: Library
    today: date
    problems: tuple[Problem, ...]


class RealMail:
    """`leaves` says whether this service's mail reaches real people at all; `shown` are settings that readers see."""

    def __init__(self, leaves: bool, shown: Mapping[str, str], editions: Editions) -> None:
        self.leaves = leaves
        self._shown, self._editions = shown, editions
        self._known: _Known | None = None
        self._fit: dict[int, bool] = {}

    def problems(self, session: Session, library: Library, now: datetime) -> tuple[Problem, ...]:
        """What in the published practice stands in the way, as errors, and helplines to check again, as warnings.

        Computed again only for another edition, or on another day in the practice's zone.
        """
        today = local_date(now, library.practice.zone)
        known = self._known
        if known is None or known.library is not library or known.today != today:
            found = tuple(self._look(session, library, today))
            if known is not None and self.leaves and _stands(known.problems) and not _stands(found):
                log.info("nothing stands in the way any more; mail goes to readers")
            self._known = known = _Known(library, today, found)
        return known.problems

    def stands(self, session: Session, library: Library, now: datetime) -> bool:
        """Whether something stands in the way, so that readers get no mail yet."""
        return self.leaves and _stands(self.problems(session, library, now))

    def fits(self, session: Session, edition_lesson_id: int) -> bool:
        """Whether a lesson, as it was published, has none of the starter's made-up facts."""
        known = self._fit.get(edition_lesson_id)
        if known is None:
            compiled = self._editions.compiled(session, edition_lesson_id)
            known = compiled is None or not _says_made_up(compiled)
            if len(self._fit) >= _MOST_KNOWN:
                self._fit.clear()
            self._fit[edition_lesson_id] = known
        return known

    def _look(self, session: Session, library: Library, today: date) -> list[Problem]:
        lessons = [lesson for sequence in library.sequences.values() for lesson in sequence.lessons]
        texts = {**library.texts, **{lesson.path: as_written(lesson) for lesson in lessons}}
        found = [*before_real_mail_from(self._shown), *before_real_mail(texts, today)]
        return found if _stands(found) else [*found, *self._published_before(session, library)]

    def _published_before(self, session: Session, library: Library) -> list[Problem]:
        """Lessons last published while the practice still had the starter's name or address."""
        return [
            Problem(
                lesson.path, 1, 1, "error", "published-before",
                "this lesson was published when the practice still said what the starter made up",
                "Run `funnel publish`: readers get what was published last.",
            )
            for slug, sequence in library.sequences.items()
            if (published := self._editions.current(session, slug)) is not None
            for lesson in sequence.lessons
            if (row := published.lesson_rows.get(lesson.id)) is not None and not self.fits(session, row)
        ]  # fmt: skip


def withheld(session: Session) -> int:
    """How many mails to readers wait because of this."""
    query = select(func.count()).where(in_state(DeliveryState.WAITING), Delivery.reason == WITHHELD)
    return session.scalar(query) or 0


def _stands(problems: tuple[Problem, ...] | list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _says_made_up(lesson: CompiledLesson) -> bool:
    words = (lesson.subject_discreet, lesson.preheader, lesson.text, lesson.from_address, lesson.reply_to)
    return is_made_up(lesson.practice_name, lesson.sender, (*lesson.subjects, *words, *lesson.links))
