"""The channels of this process: an adapter each, opened on first use, and whether the channel rests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from funnel.adapters import AdapterUrlError, open_adapter
from funnel.channel.breaker import FAILING, Memory, SeenOutcome, failed_trial, rest_after_failures, rest_asked_for
from funnel.channel.pace import Pace, PaceError, parse_pace, sent_since
from funnel.channel.rest import (
    LONGEST_NAME,
    ChannelRest,
    Lane,
    closed_until,
    end_rests,
    resumed_at,
    states_of,
    write_channel_rest,
)
from funnel.db import Database, among
from funnel.mail import Adapter, Outcome, OutcomeKind
from funnel.models import ChannelState, Delivery, DeliveryKind, DeliveryState, in_state
from funnel.settings import Settings, SettingsError

if TYPE_CHECKING:
    from funnel.adapters.dkim import Signer

CLOSES_CHANNEL = frozenset({OutcomeKind.RATE, OutcomeKind.QUOTA, OutcomeKind.AUTH_CONFIG})
# While all goes well, a worker checks at most once a second whether another has closed the channel.
_LOOK_AGAIN = timedelta(seconds=1)
_MATTERS = CLOSES_CHANNEL | {OutcomeKind.TEMPORARY, OutcomeKind.AMBIGUOUS}


class ChannelSnapshot(NamedTuple):
    """What a process knows of a channel: its last outcomes, whether it is closed, and until when it need not check."""

    seen: tuple[SeenOutcome, ...]
    is_closed: bool
    resting_lanes: Mapping[Lane, datetime]
    clear_until: datetime


class Channel:
    """Holds an adapter open for as long as the process lives, and knows whether the channel rests.

    With `course`, lessons leave by that channel and everything else by this one. That a channel rests is kept in the
    database (`ChannelState`), for all workers; the outcomes of its last mails are in the memory of each.
    """

    def __init__(
        self, mail_url: str, *, signer: Signer | None = None, pace: Pace | None = None, course: Channel | None = None
    ) -> None:
        self._mail_url, self._signer = mail_url, signer
        self._adapter: Adapter | None = None
        self._memory = Memory()
        self._beside: Channel | None = None  # the channel for everything else, where this one carries lessons
        self.pace = pace or Pace()
        self.course = course
        # As this process last saw it: True stops a batch half-way. `closed_until` and `record_outcomes` update it.
        self.is_closed = False
        self.resting_lanes: Mapping[Lane, datetime] = {}  # until when each rests by itself, in machine time
        self._clear_until = datetime.min.replace(tzinfo=UTC)
        if course is not None:
            course._beside = self

    @property
    def adapter(self) -> Adapter:
        """Raises AdapterUrlError, or SettingsError for the channel of lessons, if the mail URL is wrong."""
        if self._adapter is None:
            self._adapter = self._open() if self._signer is None else _signing(self._open(), self._signer)
        return self._adapter

    @property
    def name(self) -> str:
        """Its name in `ChannelState` and on pages: the adapter's name, with a suffix if two channels share it."""
        own = self.adapter.name
        if self._beside is not None and self._beside.adapter.name == own:
            return f"{own[: LONGEST_NAME - 8]}-courses"
        return own

    @property
    def snapshot(self) -> ChannelSnapshot:
        """Set it back after a transaction that failed, so that its outcomes do not count twice."""
        return ChannelSnapshot(self._memory.seen, self.is_closed, self.resting_lanes, self._clear_until)

    @snapshot.setter
    def snapshot(self, snapshot: ChannelSnapshot) -> None:
        self._memory, self.is_closed = Memory(snapshot.seen), snapshot.is_closed
        self.resting_lanes, self._clear_until = snapshot.resting_lanes, snapshot.clear_until

    @property
    def all(self) -> tuple[Channel, ...]:
        """This channel, and the one for lessons if there is one."""
        return (self,) if self.course is None else (self, self.course)

    def channel_for(self, kind: str) -> Channel:
        """The channel for mail of this kind (`DeliveryKind`)."""
        return self.course if self.course is not None and kind == DeliveryKind.LESSON else self

    def split_by_channel(self, db: Database, ids: Sequence[int]) -> list[tuple[Channel, list[int]]]:
        """All of these deliveries by the channel that carries them; urgent mail comes first."""
        if self.course is None or not ids:
            return [(self, list(ids))]
        query = select(Delivery.id).where(among(Delivery.id, ids), Delivery.kind == DeliveryKind.LESSON)
        with db.read() as session:
            lessons = set(session.scalars(query))
        parts = [(self, [i for i in ids if i not in lessons]), (self.course, [i for i in ids if i in lessons])]
        return [(channel, part) for channel, part in parts if part]

    def use(self, adapter: Adapter) -> None:
        """Replaces the adapter."""
        self._close_adapter()
        self._adapter = adapter
        self._memory.forget()

    def closed_until(self, session: Session, machine_now: datetime) -> datetime | None:
        """Machine time at which to try again; None if the channel is open, or on trial."""
        return closed_until(self._look(session, machine_now), machine_now)

    def record_outcomes(self, session: Session, outcomes: Collection[Outcome], machine_now: datetime) -> None:
        """Draws the consequences of some outcomes, in the caller's transaction; `is_closed` says if it closed.

        1. If the provider asks for a rest, or refuses our key, the channel rests, with the provider's words.
        2. If a rest is over and a mail was accepted, the channel is open again.
        3. If too many mails fail, it rests for a growing time (`breaker`).
        """
        if machine_now < self._clear_until and not any(outcome.kind in _MATTERS for outcome in outcomes):
            self._memory.add(outcomes, machine_now)
            return
        state = self._look(session, machine_now)
        closing = next((outcome for outcome in outcomes if outcome.kind in CLOSES_CHANNEL), None)
        if closing is not None:
            wait = rest_asked_for(closing, _last_rest(state, closing.kind.value, machine_now))
            self._rest(session, state, _rest_for(closing.kind.value, closing.detail, machine_now, wait))
            return
        self._memory.add(outcomes, machine_now)
        # A mail that was on its way when another worker was told to slow down does not end that rest.
        ended = state is not None and (state.until is None or state.until <= machine_now)
        if ended and any(outcome.kind is OutcomeKind.ACCEPTED for outcome in outcomes):
            self.opened(session)
            return
        reason = failed_trial(list(outcomes)) if ended else self._failing(session, machine_now)
        if reason is not None:
            last = next((each.detail for each in reversed(list(outcomes)) if each.detail), "")
            words = f"{reason}: {last}" if last else reason
            wait = rest_after_failures(_last_rest(state, FAILING, machine_now))
            self._rest(session, state, _rest_for(FAILING, words, machine_now, wait))

    def opened(self, session: Session) -> None:
        """Ends the rest and forgets the failures."""
        session.execute(delete(ChannelState).where(ChannelState.adapter == self.name))
        self._memory.forget()
        self.is_closed = False

    def close(self) -> None:
        self._close_adapter()
        self.pace.close()
        if self.course is not None:
            self.course.close()

    def _open(self) -> Adapter:
        share = self.pace.connections
        by_smtp = self._mail_url.startswith(("smtp://", "smtp+tls://"))
        options = {} if share is None or not by_smtp else {"connections": share}
        try:
            return open_adapter(self._mail_url, **options)
        except AdapterUrlError as error:
            if self._beside is None:
                raise
            raise SettingsError(f"FUNNEL_COURSE_MAIL_URL is wrong: {error}") from None

    def _close_adapter(self) -> None:
        if self._adapter is not None:
            self._adapter.close()
            self._adapter = None

    def _failing(self, session: Session, machine_now: datetime) -> str | None:
        """Why the channel should rest; what failed before somebody ended a rest by hand does not count."""
        if self._memory.failing(machine_now) is None:
            return None
        resumed = resumed_at(session, self.name)
        if resumed is not None:
            self._memory.forget(before=resumed)
        return self._memory.failing(machine_now)

    def _look(self, session: Session, machine_now: datetime) -> ChannelState | None:
        """The state of this channel as the database has it now. The rows of lanes that have rested are deleted."""
        states = states_of(session, self.name)
        state = states.pop(self.name, None)
        lanes = {lane: states[name] for lane in Lane if (name := lane.name_in(self.name)) in states}
        until = {lane: closed_until(row, machine_now) for lane, row in lanes.items()}
        self.is_closed = closed_until(state, machine_now) is not None
        self.resting_lanes = {lane: each for lane, each in until.items() if each is not None}
        for lane in lanes.keys() - self.resting_lanes.keys():
            session.execute(delete(ChannelState).where(ChannelState.adapter == lanes[lane].adapter))
        is_clear = state is None and not self.resting_lanes
        self._clear_until = machine_now + _LOOK_AGAIN if is_clear else machine_now
        return state

    def _rest(self, session: Session, state: ChannelState | None, rest: ChannelRest) -> None:
        """Writes a rest, unless a longer one is under way; one for a wrong key outlasts all others."""
        self._memory.forget()
        self.is_closed, self._clear_until = True, rest.since
        if state is None or closed_until(state, rest.since) is None or _outlasts(rest.until, state.until):
            write_channel_rest(session, self.name, rest)


def resume(session: Session, name: str, machine_now: datetime) -> bool:
    """Ends the rest of a channel by hand; False if no channel of this name rests.

    Waiting mail is enqueued at the next tick, not when the rest would have ended, and failures are counted afresh.
    """
    if not end_rests(session, name, machine_now):
        return False
    session.execute(
        update(Delivery)
        .where(in_state(DeliveryState.WAITING), Delivery.queue_lease_until > machine_now)
        .values(queue_lease_until=None)
    )
    return True


def _signer(key: str, selectors: str, domain: str) -> Signer | None:
    """The DKIM signer, imported only if mail is signed: its cryptography takes 8 MB in every worker.

    Raises SettingsError if the key, its selectors or the domain cannot be used.
    """
    if not key.strip():
        return None
    from funnel.adapters.dkim import DkimKeyError, signer_from

    try:
        return signer_from(key, selectors, domain)
    except DkimKeyError as error:
        raise SettingsError(str(error)) from None


def _signing(adapter: Adapter, signer: Signer) -> Adapter:
    from funnel.adapters.dkim import signing

    return signing(adapter, signer)


def configured_channel(db: Database, settings: Settings) -> Channel:
    """The channel that the settings describe; nothing is opened. Raises SettingsError that names the variable."""
    signer = _signer(settings.dkim_key.get_secret_value(), settings.dkim_selector, settings.dkim_domain)

    def pace(variable: str, line: str, key: str, lessons: bool | None) -> Pace:
        try:
            plan = parse_pace(line)
        except PaceError as error:
            raise SettingsError(f"{variable} is wrong: {error}") from None
        sent_before = sent_since(db, lessons)
        return Pace(plan, key=key, redis_url=settings.redis_url, workers=settings.workers, sent_before=sent_before)

    if not settings.course_mail_url:
        if settings.course_mail_pace.strip():
            raise SettingsError(
                "FUNNEL_COURSE_MAIL_PACE is set and FUNNEL_COURSE_MAIL_URL is not: use FUNNEL_MAIL_PACE"
            )
        plan = pace("FUNNEL_MAIL_PACE", settings.mail_pace, "mail", None)
        return Channel(settings.mail_url, signer=signer, pace=plan)
    course_plan = pace("FUNNEL_COURSE_MAIL_PACE", settings.course_mail_pace, "course", True)
    course = Channel(settings.course_mail_url, signer=signer, pace=course_plan)
    plan = pace("FUNNEL_MAIL_PACE", settings.mail_pace, "mail", False)
    return Channel(settings.mail_url, signer=signer, pace=plan, course=course)


def _rest_for(kind: str, detail: str, machine_now: datetime, wait: timedelta | None) -> ChannelRest:
    return ChannelRest(kind, detail, machine_now, None if wait is None else machine_now + wait)


def _last_rest(state: ChannelState | None, kind: str, machine_now: datetime) -> timedelta | None:
    """How long the last rest of this kind was; None if there was none, or it is not over."""
    if state is None or state.kind != kind or state.until is None or state.until > machine_now:
        return None
    return state.until - state.since


def _outlasts(until: datetime | None, other: datetime | None) -> bool:
    return other is not None and (until is None or until > other)
