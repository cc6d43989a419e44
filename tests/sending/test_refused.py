"""What refusals of one address add up to, at the wire: at once, at the second, after several, or never."""

from __future__ import annotations

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.adapters.smtp.replies import SmtpReply
from funnel.adapters.smtp.rules import SmtpStage, refusal_outcome
from funnel.mail import Outcome
from funnel.models import Delivery, DeliveryState, Enrolment, Event, Suppression
from funnel.sending.hits import TRIED_AGAIN
from funnel.wiring import Service
from tests.journey.steps import join, lessons, live

DAN = "dan@example.org"
CERTAIN = "550 5.1.1 <dan@example.org>: User unknown"
LIKELY = "550 No such user"
ABOUT_US = "550 5.7.1 Your domain does not exist"
FULL = "552 5.2.2 Mailbox full"
NOBODY_KNOWS = "550 Requested action not taken"


def answered(said: str) -> Outcome:
    """What the SMTP adapter makes of this answer to RCPT."""
    return refusal_outcome(SmtpReply(int(said[:3]), (said[4:],)), SmtpStage.RCPT)


def answers(service: Service, said: str | None) -> None:
    """Dan's server answers so from now on; None where it takes the mail."""
    service.channel.use(MemoryAdapter({} if said is None else {DAN: answered(said)}))


def given_up(service: Service) -> str | None:
    with service.db.read() as session:
        return session.scalar(select(Suppression.reason))


def hits(service: Service) -> list[tuple[str, str]]:
    """(kind, certainty) of each refusal that was written down."""
    with service.db.read() as session:
        rows = session.scalars(select(Event.raw).where(Event.kind == "bounced").order_by(Event.id))
        return [(raw["kind"], raw["certainty"]) for raw in rows]


@pytest.fixture
def dan(service: Service) -> Service:
    """Dan has confirmed, and his first lesson waits."""
    service.channel.use(MemoryAdapter())
    join(service, DAN)
    return service


def test_a_certain_answer_gives_the_address_up_at_once(dan: Service, time: time_machine.Traveller) -> None:
    answers(dan, CERTAIN)
    live(dan, time, 1)
    assert given_up(dan) == "bounced"
    assert set(hits(dan)) == {("hard", "certain")}
    with dan.db.read() as session:
        assert session.execute(select(Enrolment.state, Enrolment.reason)).all() == [("stopped", "bounced")]


def test_a_likely_answer_needs_a_second_one_days_later(dan: Service, time: time_machine.Traveller) -> None:
    answers(dan, LIKELY)
    live(dan, time, 2)
    assert hits(dan)
    assert set(hits(dan)) == {("hard", "likely")}
    assert given_up(dan) is None  # several mails within two days are one occasion
    before = len(hits(dan))
    live(dan, time, 8)
    assert given_up(dan) == "bounced"
    assert len(hits(dan)) == before + 1


def test_a_mail_that_arrived_in_between_clears_a_likely_answer(dan: Service, time: time_machine.Traveller) -> None:
    answers(dan, LIKELY)
    live(dan, time, 1)
    answers(dan, None)
    live(dan, time, 14)
    assert [state for _, state in lessons(dan, DAN)].count("accepted") >= 1
    answers(dan, LIKELY)
    live(dan, time, 8)
    assert given_up(dan) is None
    assert hits(dan)[-1] == ("hard", "likely")


def test_a_refusal_of_a_mail_that_went_after_all_is_no_hit(dan: Service, time: time_machine.Traveller) -> None:
    answers(dan, LIKELY)
    live(dan, time, 1)
    with dan.db.write() as session:  # its mailbox provider rested, so that it was tried again, and taken
        for event in session.scalars(select(Event).where(Event.kind == "bounced")):
            event.raw = {**event.raw, TRIED_AGAIN: True}
            session.get_one(Delivery, event.delivery_id).state = DeliveryState.ACCEPTED
    live(dan, time, 8)
    assert hits(dan)[-1] == ("hard", "likely")
    assert given_up(dan) is None


def test_what_is_about_us_never_counts_against_a_reader(dan: Service, time: time_machine.Traveller) -> None:
    answers(dan, ABOUT_US)
    live(dan, time, 60)
    assert len(hits(dan)) >= 7
    assert {kind for kind, _ in hits(dan)} == {"policy"}
    assert given_up(dan) is None


@pytest.mark.parametrize("said", [FULL, NOBODY_KNOWS])
def test_what_is_soft_or_not_understood_adds_up_slowly(dan: Service, time: time_machine.Traveller, said: str) -> None:
    answers(dan, said)
    live(dan, time, 10)
    assert given_up(dan) is None
    live(dan, time, 60)
    assert given_up(dan) == "bounced"
    assert {certainty for _, certainty in hits(dan)} == {"none"}


def test_a_mail_given_up_after_two_days_counts_as_soft(dan: Service, time: time_machine.Traveller) -> None:
    answers(dan, "450 4.2.1 The mailbox is busy")
    live(dan, time, 5)
    assert ("soft", "none") in hits(dan)
    assert given_up(dan) is None


def test_a_server_that_never_answered_counts_for_nothing(dan: Service, time: time_machine.Traveller) -> None:
    dan.channel.use(MemoryAdapter({DAN: Outcome(answered("450 4.2.1 busy").kind, "the connection was lost")}))
    live(dan, time, 5)
    assert next(state for _, state in lessons(dan, DAN)) == "failed"
    assert hits(dan) == []


def test_a_refusal_is_kept_once_and_names_no_address(dan: Service, time: time_machine.Traveller) -> None:
    answers(dan, LIKELY)
    live(dan, time, 1)
    with dan.db.read() as session:
        raw = session.scalars(select(Event.raw).where(Event.kind == "bounced")).first()
    assert raw is not None
    assert set(raw) == {"kind", "certainty", "reason", "rules"}
    assert DAN not in str(raw)
