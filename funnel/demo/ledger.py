"""What the service recorded, as plain values: rows, enrolments, and the figures its dashboard shows. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.demo.evidence import Figures, SeenEnrolment, SeenRow, totals
from funnel.demo.reconcile import ON_ITS_WAY
from funnel.insight import agreement, sequence_reports, session_counts
from funnel.insight.cohorts import cohorts, page_counts
from funnel.insight.purchases import purchase_counts
from funnel.insight.sources import source_counts
from funnel.models import AdminUser, Delivery, Enrolment, Event, EventKind, FunnelStage, Lead, Signup
from funnel.people.quiz_results import results_of
from funnel.wiring import Service


@dataclass(frozen=True, slots=True)
class RecordedState:
    """Everything recorded, as one moment saw it."""

    rows: tuple[SeenRow, ...]
    enrolments: tuple[SeenEnrolment, ...]
    figures: Figures

    def still_due(self, ends: datetime) -> str:
        """What was due by `ends` (story time) and is still to come, as words; empty where nothing is."""
        mails = sum(row.state in ON_ITS_WAY and row.due <= ends for row in self.rows)
        lessons = sum(
            enrolment.state == "active" and enrolment.due is not None and enrolment.due <= ends
            for enrolment in self.enrolments
        )
        parts = (f"{mails} mails are due", mails), (f"{lessons} lessons are due", lessons)
        return ", ".join(text for text, n in parts if n)

    @property
    def hits(self) -> int:
        """Opens and clicks recorded, by people and machines."""
        return totals(self.figures.opens).total() + totals(self.figures.clicks).total()


def read_ledger(service: Service, known_by: Mapping[str, str] | None = None) -> RecordedState:
    """One reading, in one transaction, so that rows and figures belong together.

    People are named by their first addresses; `known_by` has these by every address of theirs.
    """
    domain = service.library.practice.from_address.rpartition("@")[2]
    with service.db.read() as session:
        leads = session.execute(select(Lead.id, Lead.email, Lead.language)).all()
        people = {lead.id: (known_by or {}).get(lead.email.casefold(), lead.email) for lead in leads}
        rows = tuple(_rows(session, service, domain, people))
        message_ids = {row.id: row.message_id for row in rows}
        figures = Figures(
            funnel=_funnel(session),
            lessons={
                (report.sequence, lesson.lesson_id): {measure.value: n for measure, n in lesson.counts.items()}
                for report in sequence_reports(session)
                for lesson in report.lessons
            },
            opens=_hits(session, EventKind.OPENED, message_ids),
            clicks=_hits(session, EventKind.CLICKED, message_ids),
            results=_results(session, service.clock.now(), people),
            downloads=session.scalar(select(func.coalesce(func.sum(Signup.downloads), 0))) or 0,
            sources=_sources(session),
            purchases={offer: (each.bought, each.refunded) for offer, each in purchase_counts(session).items()},
            sessions={(each.session, each.source): each.asked for each in session_counts(session)},
            paused_until=_paused_until(session, people),
            addresses={people[lead.id]: lead.email for lead in leads},
            languages={people[lead.id]: lead.language for lead in leads if lead.language},
            disagreements=tuple(agreement(session)),
        )
        return RecordedState(rows, tuple(_enrolments(session, people)), figures)


def _funnel(session: Session) -> dict[str, dict[str, int]]:
    """Of each offer that was seen, what its pages and its sign-ups came to, by stage."""
    views, signed_up = page_counts(session), {each.offer: each.counts for each in cohorts(session)}
    return {
        offer: {
            stage.value: views.get(offer, {}).get(stage, 0) + signed_up.get(offer, {}).get(stage, 0)
            for stage in FunnelStage
        }
        for offer in {*views, *signed_up}
    }


def _rows(session: Session, service: Service, domain: str, people: Mapping[int, str]) -> list[SeenRow]:
    query = (
        select(Delivery, AdminUser.email, Signup.offer, Enrolment.round)
        .outerjoin(AdminUser, AdminUser.id == Delivery.admin_id)
        .outerjoin(Signup, Signup.id == Delivery.signup_id)
        .outerjoin(Enrolment, Enrolment.id == Delivery.enrolment_id)
        .order_by(Delivery.id)
    )
    return [
        SeenRow(
            id=delivery.id,
            message_id=service.links.message_id(delivery.ref, domain),
            email=people.get(delivery.lead_id or 0) or admin or service.library.practice.reply_to,
            kind=delivery.kind,
            state=delivery.state,
            created_at=delivery.created_at,
            due=delivery.not_before,
            offer=offer,
            sequence=delivery.sequence,
            lesson_id=delivery.lesson_id,
            reason=delivery.reason,
            ended_at=delivery.ended_at,
            round=which or 0,
        )
        for delivery, admin, offer, which in session.execute(query)
    ]


def _enrolments(session: Session, people: Mapping[int, str]) -> list[SeenEnrolment]:
    query = select(
        Enrolment.lead_id, Enrolment.sequence, Enrolment.state, Enrolment.due_at, Enrolment.round, Enrolment.started_on
    )
    return [SeenEnrolment(people[row[0]], *row[1:]) for row in session.execute(query)]


def _paused_until(session: Session, people: Mapping[int, str]) -> dict[str, datetime]:
    query = select(Lead.id, Lead.paused_until).where(Lead.paused_until.is_not(None))
    return {people[number]: until for number, until in session.execute(query) if until is not None}


def _sources(session: Session) -> dict[str, tuple[int, int]]:
    """Asked and confirmed, by source: all offers together."""
    found: dict[str, tuple[int, int]] = {}
    for each in source_counts(session):
        asked, confirmed = found.get(each.source, (0, 0))
        found[each.source] = asked + each.asked, confirmed + each.confirmed
    return found


def _results(session: Session, now: datetime, people: Mapping[int, str]) -> dict[str, str]:
    """What is kept of each reader's quiz and counts, by address."""
    return {people[number]: kept.result for number, kept in results_of(session, people, now).items()}


def _hits(session: Session, kind: EventKind, message_ids: dict[int, str]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    query = (
        select(Event.delivery_id, Event.actor, func.count())
        .where(Event.kind == kind)
        .group_by(Event.delivery_id, Event.actor)
    )
    for delivery_id, actor, n in session.execute(query):
        found[message_ids.get(delivery_id or 0, f"delivery {delivery_id}")][actor] += n
    return {message_id: dict(actors) for message_id, actors in found.items()}
