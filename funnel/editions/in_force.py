"""What readers get now: the practice and its sequences as last published, whatever the folder says."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from funnel.compose import Transactional
from funnel.curriculum import Library, Sequence, library_from
from funnel.db import Database
from funnel.editions import Editions
from funnel.models import PracticeEdition, SequenceState

LOOK_EVERY_SECONDS = 0.25
"""For how long after something is published a process may go on with the edition before."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _State:
    """`mark` names the editions: that of the practice (None: never published), then those of the sequences."""

    mark: tuple[int | None, ...]
    library: Library
    transactional: Transactional
    in_language: dict[str, tuple[Library, Transactional]] = field(default_factory=dict)


class InForce:
    """One process's knowledge of what counts. `unpublished` reads the folder, for where nothing was published yet.

    What it gives stays the same until `refresh`, which is asked for at the start of every operation: a page, a batch, a
    tick never sees half of one edition and half of another.
    """

    def __init__(
        self, db: Database, editions: Editions, templates_dir: Path, unpublished: Callable[[], Library]
    ) -> None:
        self._db, self._editions, self._templates_dir = db, editions, templates_dir
        self._unpublished = unpublished
        self._state: _State | None = None
        self._looked = 0.0

    @property
    def library(self) -> Library:
        return self._known().library

    @property
    def transactional(self) -> Transactional:
        return self._known().transactional

    def library_in(self, language: str) -> Library:
        """The library as readers of this language get it; as it is for "" and where they are not served in it."""
        return self._in(language)[0]

    def transactional_in(self, language: str) -> Transactional:
        """Composes the mails of that library."""
        return self._in(language)[1]

    def _in(self, language: str) -> tuple[Library, Transactional]:
        state = self._known()
        if not language or language == state.library.practice.language or language not in state.library.practice.spoken:
            return state.library, state.transactional
        known = state.in_language.get(language)
        if known is None:
            library = state.library.in_language(language)
            known = library, Transactional(self._templates_dir, library.practice)
            state.in_language[language] = known
        return known

    @property
    def spoken(self) -> tuple[str, ...]:
        """The languages in which readers are served, the practice's own first."""
        return self._known().library.practice.spoken

    @property
    def is_known(self) -> bool:
        """Whether this process knows what is published; until then, `library` asks the database."""
        return self._state is not None

    def as_if(self, library: Library) -> InForce:
        """As if this library counted: for working out, and carrying out, what it changes when it is published."""
        other = InForce(self._db, self._editions, self._templates_dir, lambda: library)
        other._state = _State((), library, Transactional(self._templates_dir, library.practice))
        return other

    def refresh(self, *, at_once: bool = False) -> None:
        """Looks whether something else counts by now, four times a second at most unless `at_once`.

        While the database is away, what was known goes on to count.
        """
        if not at_once and self._state is not None and time.monotonic() - self._looked < LOOK_EVERY_SECONDS:
            return
        try:
            self._look()
        except SQLAlchemyError:
            if self._state is None:
                raise
            log.warning("what was published could not be asked for; what was known goes on to count")
        self._looked = time.monotonic()

    def _known(self) -> _State:
        if self._state is None:
            self.refresh(at_once=True)
        assert self._state is not None  # noqa: S101 - refresh raises where it finds nothing
        return self._state

    def _look(self) -> None:
        with self._db.read() as session:
            number = session.scalar(select(func.max(PracticeEdition.number)))
            rows = session.execute(select(SequenceState.edition_id).order_by(SequenceState.sequence))
            mark = (number, *rows.scalars())
            if self._state is not None and self._state.mark == mark:
                return
            sequences = {each.sequence.slug: each.sequence for each in self._editions.all_current(session)}
            library = self._library(session, number, sequences)
        self._state = _State(mark, library, Transactional(self._templates_dir, library.practice))

    def _library(self, session: Session, number: int | None, sequences: dict[str, Sequence]) -> Library:
        if number is not None:
            source = session.scalars(select(PracticeEdition.source).where(PracticeEdition.number == number)).one()
            return library_from(source, sequences)
        folder = self._unpublished()
        return replace(folder, sequences=sequences) if sequences else folder
