"""One sequence that is edited, another beside it, four readers, and everything that may happen to them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import delete, insert, select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import Library, Sequence
from funnel.db import Base
from funnel.editions import Editions, paused_since
from funnel.mail import OutcomeKind
from funnel.models import Delivery, DeliveryState, Lead, LeadState
from funnel.publishing.options import PublishOptions
from funnel.publishing.pausing import pause_sequence, resume_sequence
from funnel.publishing.publish import PublishRefused, plan, publish
from funnel.sending.delivery import deliver
from funnel.sending.scheduler import tick
from funnel.subscription.manual import enrol_by_hand
from funnel.subscription.preferences import Preferences, next_now, pause, read_preferences, save_preferences
from funnel.wiring import Service
from tests.conftest import MONDAY
from tests.curriculum.examples import WEEKDAYS, lesson, sequence
from tests.journey.edits_by_hand import EDITS, edited
from tests.journey.edits_plan import EditedEnrolment, Expected
from tests.journey.edits_promises import Promise, check_promises
from tests.journey.edits_reference import Calendar, Seen, look, next_of, put_behind
from tests.journey.steps import next_due

COURSE, BESIDE = "letters", "notes"
LAST = ("move", "insert", "retime", "remove", "text", "reorder", "after", "settings")
READERS = (("ada", None), ("fay", "Australia/Sydney"), ("cleo", "America/St_Johns"), ("gus", "Pacific/Honolulu"))
LEAPS = (3, 20, 26, 70, 120, 240)  # hours
WEEKS = (1, 2, 0, 4)
_OUTCOMES = {
    "refuse": OutcomeKind.PERMANENT_MESSAGE,
    "bounce": OutcomeKind.PERMANENT_RECIPIENT,
    "later": OutcomeKind.TEMPORARY,
}


class World:
    """A database emptied of everything, and what has been seen of it so far."""

    def __init__(self, service: Service, time: time_machine.Traveller) -> None:
        self._service, self._time = replace(service, editions=Editions()), time
        self._time.move_to(MONDAY)
        practice = service.library.practice
        self._calendar = Calendar(practice.zone, practice.quiet_days)
        self._course = sequence(lesson("l0", 0), lesson("l1", 4), lesson("l2", after=3), days=WEEKDAYS, slug=COURSE)
        self._beside = sequence(lesson("n0", 0), lesson("n1", 2), lesson("n2", 3), slug=BESIDE)
        self._behind: dict[int, frozenset[str]] = {}
        self._sent: list[tuple[str, str, datetime]] = []
        self._made = 0
        with self._service.db.write() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))
            session.execute(insert(Lead), [_lead(name, zone) for name, zone in READERS])
        publish(self._service, self._library(self._course), "ada", self._now)

    def play(self, kind: str, first: int, second: int) -> None:
        """One step of the story, and everything that must hold after it."""
        name, zone = READERS[first % len(READERS)]
        before = self._look()
        if kind in EDITS:
            self._publish(before, kind, first, second)
        elif kind == "enrol":
            self._enrol(name, BESIDE if second % 3 == 0 else COURSE)
        elif kind == "work":
            self._work({})
        elif kind in _OUTCOMES:
            self._work({f"{name}@example.org": _OUTCOMES[kind]})
        elif kind == "leap":
            self._time.shift(timedelta(hours=LEAPS[second % len(LEAPS)]))
        elif kind in ("book", "tag", "open"):
            self._learn(kind, name)
        elif kind == "pause":
            if not pause_sequence(self._service, COURSE, self._now):
                resume_sequence(self._service, COURSE, self._now)
        else:
            self._choose(kind, name, zone, second)
        self._check(before, self._look(), edit=kind in EDITS)

    def end(self) -> None:
        """Lets time run on until nothing is left to happen: then every enrolment has ended."""
        with self._service.db.read() as session:
            paused = list(paused_since(session))
        for slug in paused:
            resume_sequence(self._service, slug, self._now)
        before = self._look()
        promised = self._publish_last(before)
        before = self._look()
        for _ in range(200):
            when = next_due(self._service)
            if when is None:
                break
            self._time.move_to(max(when, self._now))
            self._work({})
            after = self._look()
            self._check(before, after)
            before = after
        assert {enrolment.state for enrolment in before.values()} <= {"finished", "stopped"}, "every walk ends"
        check_promises(promised, before)

    @property
    def _now(self) -> datetime:
        return self._service.clock.now()

    def _library(self, course: Sequence) -> Library:
        # Files of the practice are another story.
        return replace(self._service.library, sequences={COURSE: course, BESIDE: self._beside}, files={})

    def _look(self) -> dict[int, Seen]:
        with self._service.db.read() as session:
            return look(session, self._service.library.practice.zone, self._now)

    def _enrol(self, name: str, slug: str) -> None:
        try:
            enrol_by_hand(self._service, f"{name}@example.org", slug, self._now, agreed="She said so.")
        except LookupError as error:
            assert "has had" in str(error)  # noqa: PT017 - she has been on it before

    def _work(self, outcomes: dict[str, OutcomeKind]) -> None:
        """What the clock and a worker do at this minute, with a provider that answers so."""
        adapter = MemoryAdapter(outcomes)
        self._service.channel.use(adapter)
        while True:
            done = tick(self._service, self._now)
            with self._service.db.read() as session:
                waiting = select(Delivery.id).where(
                    Delivery.state == DeliveryState.WAITING, Delivery.not_before <= self._now
                )
                ids = list(session.scalars(waiting))
            deliver(self._service, ids, "worker")
            if not done.more and not done.claimed:
                break
        self._sent += [(mail.recipient.address, mail.subject, self._now) for mail in adapter.mails]

    def _learn(self, kind: str, name: str) -> None:
        """Something that conditions ask for becomes known of a reader."""
        with self._service.db.write() as session:
            lead = session.scalars(select(Lead).where(Lead.email == f"{name}@example.org")).one()
            if kind == "book":
                lead.booked_at = self._now
            elif kind == "tag":
                lead.tags = [] if lead.tags else ["evening"]
            else:
                opened = select(Delivery).where(Delivery.lead_id == lead.id, Delivery.state == DeliveryState.ACCEPTED)
                for row in session.scalars(opened):
                    row.opened_at = row.opened_at or self._now - timedelta(hours=1)

    def _choose(self, kind: str, name: str, zone: str | None, second: int) -> None:
        """What a reader asks for from a link in a mail; nothing where none has come yet."""
        with self._service.db.read() as session:
            mail = session.scalar(
                select(Delivery.id).join(Lead, Lead.id == Delivery.lead_id).where(Lead.email == f"{name}@example.org")
            )
        if mail is None:
            return
        if kind == "rest":
            pause(self._service, mail, WEEKS[second % len(WEEKS)], self._now)
        elif kind == "next":
            next_now(self._service, mail, self._now)
            self._work({})
        else:
            chosen = read_preferences(self._service, mail)
            assert chosen is not None
            slower = not chosen.slower
            save_preferences(self._service, mail, Preferences(slower=slower, zone=zone), self._now)

    def _publish(self, before: dict[int, Seen], kind: str, first: int, second: int) -> None:
        """Plans and publishes one edit, and holds what happened against what was said."""
        old, new, inserted = self._course, *edited(self._course, kind, first, second, self._made)
        self._made += 1
        rests = self._rests()
        bonus = {"bonus": inserted, "send": new.lessons[first % len(new.lessons)].id}.get(kind, "")
        if bonus and rests:
            with pytest.raises(PublishRefused, match="rests"):
                plan(self._service, self._library(new), self._now, PublishOptions(bonus=[bonus]))
            return
        extra = [f"{COURSE}/{bonus}"] if bonus else []
        drafts = plan(self._service, self._library(new), self._now, PublishOptions(bonus=extra, detailed=True))
        done = publish(self._service, self._library(new), "ada", self._now, PublishOptions(planned=drafts, bonus=extra))
        after = self._look()
        if not drafts:
            assert old == new
            return
        (draft,), made = drafts, [each for each in done if each.changed]
        enrolments = []
        for number, progress in before.items():
            if progress.sequence != COURSE:
                assert after[number].calendar() == progress.calendar()
                continue
            known = self._behind.get(number, frozenset())
            if progress.under_way:
                self._behind[number] = known | put_behind(old, new, progress.dealt, known)
            enrolments.append(EditedEnrolment(progress, after[number], known, self._behind.get(number, known)))
        expected = Expected(old, new, enrolments, self._calendar, self._now, rests=rests)
        expected.check(draft.plan, bonus)
        if made and not bonus:
            assert made[0].rescheduled == expected.changed()
        for each in enrolments:  # a bonus is no progress
            if sent := each.after.dealt.keys() - each.before.dealt.keys():
                self._behind[each.before.id] = each.behind_after | sent
        self._course = new

    def _publish_last(self, before: dict[int, Seen]) -> list[Promise]:
        """One more edit, and what the plan says of it about everybody whom nothing else can come between."""
        kind = LAST[self._made % len(LAST)]
        course, inserted = edited(self._course, kind, self._made, self._made + 1, self._made)
        last = course.lessons[-1]
        course = replace(course, lessons=(*course.lessons[:-1], replace(last, only_if="weeks >= 1 and not booked")))
        bonus = [f"{COURSE}/{inserted or course.lessons[0].id}"]
        drafts = plan(self._service, self._library(course), self._now, PublishOptions(bonus=bonus, detailed=True))
        publish(self._service, self._library(course), "ada", self._now, PublishOptions(planned=drafts, bonus=bonus))
        self._course = course
        enrolments: Counter[int] = Counter(
            enrolment.lead_id for enrolment in before.values() if enrolment.under_way or enrolment.undecided
        )
        alone = {
            number
            for number, progress in before.items()
            if enrolments[progress.lead_id] == 1 and not progress.undecided
        }
        for number, progress in self._look().items():
            self._behind[number] = progress.skipped_by_edit
        return [
            Promise(reader, before[reader["enrolment"]])
            for draft in drafts
            for reader in json.loads(json.dumps(draft.plan.to_json()))["readers"]
            if reader["enrolment"] in alone
        ]

    def _rests(self) -> bool:
        with self._service.db.read() as session:
            return COURSE in paused_since(session)

    def _check(self, before: dict[int, Seen], after: dict[int, Seen], *, edit: bool = False) -> None:
        mails = Counter((address, subject) for address, subject, _ in self._sent)
        assert not [mail for mail, times in mails.items() if times > 1], "nobody has a lesson twice"
        zones = {f"{name}@example.org": zone or self._service.library.practice.zone for name, zone in READERS}
        days = Counter((address, at.astimezone(ZoneInfo(zones[address])).date()) for address, _, at in self._sent)
        assert not [day for day, times in days.items() if times > 1], "no reader has two lessons on one local day"
        taken = Counter(
            (enrolment.lead_id, day) for enrolment in after.values() for day in enrolment.dealt.values() if day
        )
        assert not [day for day, times in taken.items() if times > 1], "no local day is given to two lessons"
        for number, progress in after.items():
            if progress.under_way:
                assert progress.due_at is not None or progress.undecided, "nobody is stuck"
            if not edit:
                self._check_way(before.get(number), progress)

    def _check_way(self, before: Seen | None, progress: Seen) -> None:
        """Each new delivery was the next of its enrolment, and who has finished has nothing ahead."""
        course = self._course if progress.sequence == COURSE else self._beside
        behind = self._behind.get(progress.id, frozenset())
        dealt = dict(before.dealt) if before else {}
        for lesson_id in [each for each in progress.dealt if each not in dealt]:
            ahead = next_of(course, dealt, behind)
            assert ahead is not None
            assert ahead.id == lesson_id, "a lesson goes in its turn"
            dealt[lesson_id] = progress.dealt[lesson_id]
        if progress.state == "finished" and before is not None and before.under_way:
            assert next_of(course, dealt, behind) is None, "nobody finishes with a lesson ahead"


def _lead(name: str, zone: str | None) -> dict[str, object]:
    address = f"{name}@example.org"
    return {"email": address, "email_key": address, "first_name": name.title(), "state": LeadState.CONFIRMED,
            "zone": zone, "discreet": False, "slower": False, "quiet_days": [], "tags": [], "watched": 0,
            "created_at": MONDAY, "confirmed_at": MONDAY}  # fmt: skip
