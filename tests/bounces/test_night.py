"""The answer in the night: when, to whom, how often, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.bounces import read_bounce
from funnel.bounces.mails import record_mail
from funnel.bounces.record import BounceOutcome
from funnel.curriculum.lint import check_library
from funnel.curriculum.model import NightAnswer
from funnel.curriculum.nights import is_read_at, next_reading, spoken_reading
from funnel.enrolment.giving_up import give_up_address
from funnel.mail import Mail
from funnel.models import Delivery, DeliveryKind, Lead, SuppressionReason
from funnel.people.suppression import Grounds
from funnel.sending.composing import compose_all
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.bounces.steps import sent
from tests.bounces.test_replied import ADA, letter
from tests.journey.steps import work
from tests.test_starter import FILES

NIGHT = NightAnswer("It has arrived", time(9), time(17), frozenset(range(5)), "Nobody reads now.")
DUBLIN = "Europe/Dublin"
TWO = datetime(2027, 1, 5, 2, 0, tzinfo=UTC)  # a Tuesday


def bring(service: Service, raw: bytes, age: timedelta = timedelta()) -> BounceOutcome:
    reading = read_bounce(raw, service.links.open_message_id)
    return record_mail(service, raw, reading, service.clock.now(), age)


def answers(service: Service) -> list[Delivery]:
    with service.db.read() as session:
        wanted = select(Delivery).where(Delivery.kind == DeliveryKind.NIGHT_ANSWER).order_by(Delivery.id)
        return list(session.scalars(wanted))


def at_night(service: Service, **changes: str) -> Delivery:
    """A lesson reached Ada, and she answers it at two in the morning."""
    delivery = sent(service, ADA)
    with time_machine.travel(TWO, tick=False):
        bring(service, letter(service, delivery, **changes))
    return delivery


def made(service: Service, row: Delivery) -> Mail:
    composed, problems = compose_all(service, [row.id], {}, TWO)
    assert problems == []
    return composed[0].mail


def headers(mail: Mail) -> dict[str, str]:
    return dict(mail.headers)


@pytest.mark.parametrize(
    ("at", "read"),
    [
        ("2027-01-05T09:00", True),
        ("2027-01-05T08:59", False),
        ("2027-01-05T17:00", False),
        ("2027-01-05T02:00", False),
        ("2027-01-09T12:00", False),  # a Saturday
        ("2027-01-06T12:00", False),  # a quiet day
        ("2027-07-06T08:00", True),  # nine in summer time
    ],
)
def test_hours_are_the_practices_own_and_quiet_days_are_nights(at: str, read: bool) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert is_read_at(NIGHT, DUBLIN, {date(2027, 1, 6)}, now) is read


def test_the_next_reading_passes_over_weekends_and_quiet_days() -> None:
    friday = datetime(2027, 1, 8, 20, 0, tzinfo=UTC)
    at = next_reading(NIGHT, DUBLIN, {date(2027, 1, 11)}, friday)
    assert at == datetime(2027, 1, 12, 9, 0, tzinfo=UTC)
    assert spoken_reading(at, DUBLIN) == "Tuesday 12 January at 09:00"
    assert next_reading(NIGHT, DUBLIN, {date(2027, 1, 1) + timedelta(days=n) for n in range(500)}, friday) is None


def test_who_writes_at_night_gets_one_answer_with_her_helplines(
    service: Service,
) -> None:
    at_night(service)
    (row,) = answers(service)
    mail = made(service, row)
    assert (mail.recipient.address, headers(mail)["Auto-Submitted"]) == (ADA, "auto-replied")
    assert headers(mail)["In-Reply-To"] == "<1@mail.example.org>"
    assert "from Tuesday 5 January at 09:00, Dublin time" in " ".join(mail.text.split())
    text = " ".join(mail.text.split())
    helplines = text[text.index("To talk to somebody") :]
    assert helplines.index("Ireland") < helplines.index("Germany")
    assert "/o/" not in mail.html
    assert "/c/" not in mail.html


def test_it_goes_by_the_door_of_all_mail(service: Service) -> None:
    at_night(service)
    with time_machine.travel(TWO, tick=False):
        work(service)
    assert [row.state for row in answers(service)] == ["accepted"]


def test_an_answer_that_could_not_leave_in_time_never_does(service: Service) -> None:
    at_night(service)
    with time_machine.travel(TWO + timedelta(hours=9), tick=False):
        work(service)
    assert [(row.state, row.reason) for row in answers(service)] == [("skipped", "too late")]


def test_by_day_nobody_is_answered(service: Service) -> None:
    delivery = sent(service, ADA)
    with time_machine.travel(datetime(2027, 1, 5, 10, 0, tzinfo=UTC), tick=False):
        assert bring(service, letter(service, delivery)) is BounceOutcome.REPLIED
    assert answers(service) == []


def test_one_person_hears_it_at_most_once_in_seven_days(service: Service) -> None:
    delivery = at_night(service)
    with service.db.write() as session:  # another mail of ours to her
        row = session.get_one(Delivery, delivery.id)
        other = Delivery(kind="asset", lead_id=row.lead_id, state="accepted", created_at=TWO, not_before=TWO)
        session.add(other)
        session.flush()
    for day, expected in ((1, 1), (6, 1), (7, 2)):
        with time_machine.travel(TWO + timedelta(days=day, minutes=1), tick=False):
            bring(service, letter(service, other, Message_ID=f"<{day}@mail.example.org>"))
        assert len(answers(service)) == expected


def test_each_mail_gets_one_answer_and_an_answer_gets_none(service: Service) -> None:
    delivery = at_night(service)
    (row,) = answers(service)
    for n, answered in enumerate((delivery, row, row, delivery, row)):
        with time_machine.travel(TWO + timedelta(days=7 * (n + 1), minutes=n), tick=False):
            bring(
                service, letter(service, answered, "I am a vacation responder.", Message_ID=f"<v{n}@mail.example.org>")
            )
    assert len(answers(service)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Return_Path": "<>"},
        {"List_Id": "<a.lists.example.org>"},
        {"Precedence": "bulk"},
        {"From": "no-reply@example.org"},
        {"From": "letters@harbour.example.org"},
    ],
)
def test_machines_lists_and_ourselves_are_never_answered(service: Service, changes: dict[str, str]) -> None:
    at_night(service, **changes)
    assert answers(service) == []


def test_without_our_token_nobody_is_written_to(service: Service) -> None:
    sent(service, ADA)
    with time_machine.travel(TWO, tick=False):
        bring(service, letter(service, None, Subject="Re: Week 1"))
    assert answers(service) == []


def test_who_has_left_is_answered_and_finds_nothing_to_stop(service: Service) -> None:
    delivery = sent(service, ADA)
    leave(service, delivery.ref, service.clock.now(), "page")
    with time_machine.travel(TWO, tick=False):
        bring(service, letter(service, delivery))
        work(service)
    (row,) = answers(service)
    assert row.state == "accepted"
    assert "List-Unsubscribe" not in headers(made(service, row))


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINED, SuppressionReason.BOUNCED, SuppressionReason.BY_HAND])
def test_a_suppressed_address_is_never_answered(service: Service, reason: SuppressionReason) -> None:
    delivery = sent(service, ADA)
    with service.db.write() as session:
        lead = session.scalars(select(Lead).where(Lead.email == ADA)).one()
        give_up_address(session, service.links, lead, Grounds(reason, service.clock.now()))
    with time_machine.travel(TWO, tick=False):
        bring(service, letter(service, delivery))
    assert answers(service) == []


def test_a_letter_hours_old_is_noted_and_not_answered(service: Service) -> None:
    delivery = sent(service, ADA)
    with time_machine.travel(TWO, tick=False):
        assert bring(service, letter(service, delivery), timedelta(hours=3)) is BounceOutcome.REPLIED
    assert answers(service) == []


def test_a_practice_without_the_file_answers_nobody(service: Service) -> None:
    delivery = sent(service, ADA)
    without = service.as_if(replace(service.library, night=None))
    with time_machine.travel(TWO, tick=False):
        assert bring(without, letter(service, delivery)) is BounceOutcome.REPLIED
    assert answers(service) == []


def problems(text: str, practice: str = "") -> list[tuple[str, int]]:
    files = {**FILES, "replies.md": text.encode()}
    if practice:
        files["practice.toml"] = practice.encode()
    _, found = check_library(files)
    return [(each.code, each.line) for each in found if each.path == "replies.md" and each.severity == "error"]


GOOD = '---\nsubject: "Arrived"\nfrom: "09:00"\nto: "17:00"\ndays: [mon]\n---\nNobody reads now.\n'


def test_check_finds_what_is_wrong_with_the_file() -> None:
    assert problems(GOOD) == []
    assert ("unknown-key", 6) in problems(GOOD.replace("days: [mon]", "days: [mon]\nhour: 3"))
    assert [rule for rule, _ in problems(GOOD.replace('"17:00"', '"08:00"'))] == ["bad-hours"]
    assert problems(GOOD.replace('"17:00"', '"25:00"')) != []
    assert [rule for rule, _ in problems(GOOD.replace("Nobody reads now.\n", ""))] == ["missing-words"]
    assert ("not-plain", 7) in problems(GOOD.replace("Nobody", "**Nobody**"))
    assert problems(GOOD.replace("days: [mon]\n", "")) != []
    practice = FILES["practice.toml"].decode()
    assert [rule for rule, _ in problems(GOOD, practice[: practice.index("[[helplines]]")])] == ["no-helplines"]
