"""The tools that every operation is handed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self

from funnel.channel.channel import Channel
from funnel.channel.real_mail import RealMail
from funnel.clock import Clock
from funnel.compose import Transactional
from funnel.curriculum import GRACE, Calendar, Library, ReaderClock
from funnel.db import Database
from funnel.editions import Editions
from funnel.editions.files import FileStore
from funnel.editions.in_force import InForce
from funnel.language import spoken
from funnel.links import Links
from funnel.models import Lead
from funnel.queue import DeliveryQueue
from funnel.settings import Settings

_TICKS_OF_GRACE = 3


@dataclass(frozen=True)
class Context:
    """One process's tools, built by `funnel.wiring`. Nothing is opened before its first use."""

    settings: Settings
    clock: Clock
    db: Database
    links: Links
    in_force: InForce
    files: FileStore
    queue: DeliveryQueue
    editions: Editions
    channel: Channel
    real_mail: RealMail

    @property
    def library(self) -> Library:
        """The practice and its sequences in force: what readers get now, in the language that is spoken."""
        return self.in_force.library_in(spoken())

    @property
    def transactional(self) -> Transactional:
        """Composes all mail but lessons, for the practice in force."""
        return self.in_force.transactional_in(spoken())

    def as_if(self, library: Library) -> Self:
        """The same tools, as if this library had been published."""
        return replace(self, in_force=self.in_force.as_if(library))

    @property
    def events_kept_since(self) -> datetime:
        """What came back before this (story time) is not kept singly any more: rows and figures stand as they are."""
        return self.clock.now() - timedelta(days=self.settings.keep_events_days)

    @property
    def calendar(self) -> Calendar:
        """The practice's calendar. Its grace is an hour, or in a time lapse what the clock cannot resolve."""
        grace = max(GRACE, _TICKS_OF_GRACE * timedelta(seconds=self.clock.rate))
        return Calendar.of(self.library.practice, grace)

    def zone_of(self, lead: Lead) -> str:
        """The reader's own zone, or else the practice's."""
        return lead.zone or self.library.practice.zone

    def language_of(self, lead: Lead) -> str:
        """The language this reader chose or signed up in, while the practice offers it; else the practice's own."""
        codes = self.in_force.spoken
        return lead.language if lead.language in codes else codes[0]

    def reader_of(self, lead: Lead) -> ReaderClock:
        """The lead as the schedule sees one."""
        quiet = frozenset(date.fromisoformat(day) for day in lead.quiet_days)
        return ReaderClock(zone=self.zone_of(lead), quiet_days=quiet, slower=lead.slower)
