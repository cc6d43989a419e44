"""A person who writes back: what is noted, what it may change, and what nobody can bring about by forging."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from funnel.bounces import read_bounce
from funnel.bounces.mails import record_mail
from funnel.bounces.record import BounceOutcome
from funnel.insight.agreement import agreement
from funnel.insight.ledger import ledger
from funnel.insight.lessons import sequence_reports
from funnel.links import Purpose
from funnel.models import Delivery, Enrolment, Event, Lead, LessonMeasure, WrittenBack
from funnel.wiring import Service
from tests.bounces.steps import sent
from tests.journey.steps import rows

ADA = "ada@example.org"


def letter(service: Service, delivery: Delivery | None, words: str = "Thank you.", **headers: str) -> bytes:
    head = {
        "From": f"Ada <{ADA}>",
        "To": "hello@harbour.example.org",
        "Subject": "Re: a letter",
        "Message-ID": "<1@mail.example.org>",
        **({"In-Reply-To": service.links.message_id(delivery.ref, "harbour.example.org")} if delivery else {}),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return ("\n".join(f"{name}: {value}" for name, value in head.items()) + f"\n\n{words}\n").encode()


def bring(service: Service, raw: bytes) -> BounceOutcome:
    reading = read_bounce(raw, service.links.open_message_id)
    return record_mail(service, raw, reading, service.clock.now())


def events(service: Service) -> list[Event]:
    with service.db.read() as session:
        return list(session.scalars(select(Event).where(Event.kind == "replied").order_by(Event.id)))


def person(service: Service) -> Lead:
    with service.db.read() as session:
        return session.scalars(select(Lead).where(Lead.email == ADA)).one()


def enrolments(service: Service) -> list[Enrolment]:
    with service.db.read() as session:
        return list(session.scalars(select(Enrolment)))


def stopping(service: Service) -> Service:
    """As if every sequence that is published had `stop_when: [replied]`."""
    with service.db.read() as session:
        current = service.editions.all_current(session)
    changed = [replace(each, sequence=replace(each.sequence, stop_when=("replied",))) for each in current]

    class Editions(type(service.editions)):  # type: ignore[misc]
        def all_current(self, session: object) -> list[object]:
            return list(changed)

    service.editions.__class__ = Editions
    return service


def test_a_reply_is_on_her_timeline_without_her_words(service: Service) -> None:
    delivery = sent(service, ADA)
    assert bring(service, letter(service, delivery, "I wept.")) is BounceOutcome.REPLIED
    (event,) = events(service)
    assert (event.delivery_id, event.actor, event.raw) == (delivery.id, "human", {"verified": True})
    with service.db.read() as session:
        found = ledger(session, person(service).id)
        assert session.scalars(select(WrittenBack)).all() == []
    assert found is not None
    assert [each.kind for each in found.events if each.kind == "replied"] == ["replied"]


def test_an_answer_is_no_open_and_no_click(service: Service) -> None:
    delivery = sent(service, ADA)
    bring(service, letter(service, delivery))
    row = next(row for row in rows(service, ADA) if row.id == delivery.id)
    assert (row.opened_at, row.clicked_at, row.replied_at) == (None, None, service.clock.now())


def test_lesson_figures_count_each_mail_that_was_answered_once(service: Service) -> None:
    delivery = sent(service, ADA)
    bring(service, letter(service, delivery, Message_ID="<1@mail.example.org>"))
    bring(service, letter(service, delivery, Message_ID="<2@mail.example.org>"))
    with service.db.read() as session:
        reports = sequence_reports(session)
        assert agreement(session) == []
    counted = {each.lesson_id: each.counts[LessonMeasure.REPLIED] for report in reports for each in report.lessons}
    assert (counted[str(delivery.lesson_id)], sum(counted.values())) == (1, 1)
    assert len(events(service)) == 2


def test_the_same_letter_by_two_ways_is_noted_once(service: Service) -> None:
    delivery = sent(service, ADA)
    first = letter(service, delivery)
    assert bring(service, first) is BounceOutcome.REPLIED
    assert bring(service, b"X-Envelope-To: x@example.org\n" + first) is not BounceOutcome.REPLIED
    assert len(events(service)) == 1


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-replied"}, {"List_Id": "<a.example.org>"}, {"Return_Path": "<>"}]
)
def test_what_no_person_wrote_is_no_answer(service: Service, headers: dict[str, str]) -> None:
    delivery = sent(service, ADA)
    assert bring(service, letter(service, delivery, **headers)) is not BounceOutcome.REPLIED
    assert (events(service), person(service).replied_at) == ([], None)


@pytest.mark.parametrize("sender", ["letters@harbour.example.org", "hello@harbour.example.org"])
def test_our_own_mail_that_came_round_is_no_answer(service: Service, sender: str) -> None:
    practice = service.library.practice
    own = {"letters@harbour.example.org": practice.from_address, "hello@harbour.example.org": practice.reply_to}[sender]
    delivery = sent(service, ADA)
    assert bring(service, letter(service, delivery, From=own)) is BounceOutcome.IGNORED
    ours = service.links.message_id(delivery.ref, "harbour.example.org")
    assert bring(service, letter(service, delivery, Message_ID=ours)) is BounceOutcome.IGNORED
    assert events(service) == []


def test_an_answer_ends_the_sequences_that_say_so(service: Service) -> None:
    delivery = sent(service, ADA)
    stopping(service)
    bring(service, letter(service, delivery))
    assert {(each.state, each.reason) for each in enrolments(service)} == {("stopped", "replied")}


def test_an_answer_ends_no_sequence_that_does_not_say_so(service: Service) -> None:
    delivery = sent(service, ADA)
    bring(service, letter(service, delivery))
    assert "stopped" not in {each.state for each in enrolments(service)}


def test_from_another_address_our_token_still_counts(service: Service) -> None:
    delivery = sent(service, ADA)
    assert bring(service, letter(service, delivery, From="a.l@work.example.org")) is BounceOutcome.REPLIED
    (event,) = events(service)
    assert (event.lead_id, event.reasons, person(service).replied_at) == (
        person(service).id, ["from another address"], service.clock.now(),
    )  # fmt: skip


def lesson_subject(service: Service, delivery: Delivery) -> str:
    with service.db.read() as session:
        found = ledger(session, delivery.lead_id or 0)
    assert found is not None
    return found.by_number[delivery.id].subject


def test_her_address_with_our_subject_is_noted_only(service: Service) -> None:
    delivery = sent(service, ADA)
    stopping(service)
    forged = letter(service, None, Subject=f"Re: {lesson_subject(service, delivery)}")
    assert bring(service, forged) is BounceOutcome.REPLIED
    (event,) = events(service)
    assert (event.actor, event.reasons, event.raw) == ("unknown", ["not proved"], {"verified": False})
    row = next(row for row in rows(service, ADA) if row.id == delivery.id)
    assert (person(service).replied_at, row.replied_at) == (None, None)
    assert {each.state for each in enrolments(service)} == {"active"}
    with service.db.read() as session:
        assert agreement(session) == []


def test_a_stranger_fills_nobodys_timeline(service: Service) -> None:
    delivery = sent(service, ADA)
    subject = f"Re: {lesson_subject(service, delivery)}"
    for n in range(10):
        bring(service, letter(service, None, Subject=subject, Message_ID=f"<{n}@mail.example.org>"))
    assert len(events(service)) == 3


def test_a_mail_of_hers_about_something_else_is_not_noted(service: Service) -> None:
    sent(service, ADA)
    assert bring(service, letter(service, None, Subject="A bill")) is BounceOutcome.IGNORED
    assert events(service) == []


def test_a_practice_may_keep_the_words_encrypted_and_unquoted(service: Service) -> None:
    delivery = sent(service, ADA)
    practice = replace(service.library.practice, keep_replies=True)
    keeping = service.as_if(replace(service.library, practice=practice))
    bring(
        keeping, letter(service, delivery, "I wept.\n\nOn Mon, 4 Jan 2027 Harbour <l@example.org> wrote:\n> Dear Ada")
    )
    with service.db.read() as session:
        (kept,) = session.scalars(select(WrittenBack)).all()
        lies = session.connection().exec_driver_sql("SELECT words FROM written_back").scalar_one()
    assert (kept.words, kept.delivery_id) == ("I wept.", delivery.id)
    assert "wept" not in lies


def test_an_answer_settles_a_letter_in_doubt(service: Service) -> None:
    from tests.bounces.steps import unknown

    delivery = unknown(service, ADA)
    bring(service, letter(service, delivery))
    assert next(row for row in rows(service, ADA) if row.id == delivery.id).state == "accepted"


def wants_out(service: Service, token: str, **headers: str) -> bytes:
    return letter(service, None, Subject=f"unsubscribe {token}", **headers)


def test_a_mail_with_the_token_unsubscribes_as_the_link_does(service: Service) -> None:
    delivery = sent(service, ADA)
    token = service.links.unsubscribe_token(delivery.ref, ADA)
    assert bring(service, wants_out(service, token, From="anybody@example.org")) is BounceOutcome.UNSUBSCRIBED
    assert person(service).state == "left"
    assert {each.reason for each in enrolments(service)} == {"left"}
    row = next(row for row in rows(service, ADA) if row.id == delivery.id)
    assert row.left_at == service.clock.now()


def test_a_program_may_send_it_for_her(service: Service) -> None:
    delivery = sent(service, ADA)
    token = service.links.unsubscribe_token(delivery.ref, ADA)
    assert bring(service, wants_out(service, token, Auto_Submitted="auto-generated")) is BounceOutcome.UNSUBSCRIBED


@pytest.mark.parametrize(
    "subject",
    [
        "unsubscribe",
        "unsubscribe {message_id}",
        "unsubscribe {preferences}",
        "Re: unsubscribe {token}",
        "unsubscribe {token} please?",
        "unsubscribe {token}x",
    ],
)
def test_without_a_token_for_this_nothing_happens(service: Service, subject: str) -> None:
    delivery = sent(service, ADA)
    links = service.links
    given = subject.format(
        token=links.unsubscribe_token(delivery.ref, ADA),
        preferences=links.token(Purpose.PREFERENCES, delivery.ref),
        message_id=links.message_id(delivery.ref, "x").strip("<>").partition("@")[0],
    )
    assert bring(service, letter(service, None, Subject=given)) is BounceOutcome.IGNORED
    assert person(service).state == "confirmed"


def test_an_automatic_answer_unsubscribes_nobody(service: Service) -> None:
    delivery = sent(service, ADA)
    token = service.links.unsubscribe_token(delivery.ref, ADA)
    bring(service, wants_out(service, token, Auto_Submitted="auto-replied"))
    assert person(service).state == "confirmed"
