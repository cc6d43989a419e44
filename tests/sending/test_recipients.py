"""Whom a mail is for, read in two ways."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from funnel.models import Delivery, Lead
from funnel.sending.recipients import RECIPIENT_COLUMNS, recipient_of, recipients
from funnel.wiring import Service
from tests.conftest import MONDAY
from tests.journey.steps import join


@pytest.mark.usefixtures("time")
def test_a_row_and_its_objects_give_the_same_recipient(service: Service) -> None:
    join(service, "fay@example.org", name="Fay")
    with service.db.write() as session:
        lead = session.scalars(select(Lead)).one()
        lead.tags, lead.watched, lead.booked_at, lead.zone = ["b", "a"], 3, MONDAY, "Australia/Sydney"
        lead.tracking, lead.discreet = "none", True
        session.flush()
        row = session.execute(
            select(*RECIPIENT_COLUMNS, Delivery.local_date).outerjoin_from(Delivery, Lead, Lead.id == Delivery.lead_id)
        ).all()
        found = recipients(session, service, row)
        lesson = session.scalars(select(Delivery).where(Delivery.kind == "lesson")).one()
        assert found == {lesson.id: recipient_of(session, service, lesson, lead)}
    reader = found[lesson.id].reader
    assert (reader.first_name, reader.tags, reader.country, reader.tracking) == ("Fay", ("a", "b"), "AU", "none")
    assert (reader.watched, reader.booked, reader.discreet, found[lesson.id].sent_at) == (3, True, True, None)


@pytest.mark.usefixtures("time")
def test_what_a_reader_did_not_choose_is_the_practices(service: Service) -> None:
    join(service, "ada@example.org")
    practice = replace(service.library.practice, tracking="clicks", zone="Europe/Berlin")
    as_if = service.as_if(replace(service.library, practice=practice))
    with service.db.read() as session:
        lead = session.scalars(select(Lead)).one()
        lesson = session.scalars(select(Delivery).where(Delivery.kind == "lesson")).one()
        assert (lead.tracking, lead.zone) == (None, None)
        reader = recipient_of(session, as_if, lesson, lead).reader
    assert (reader.tracking, reader.country) == ("clicks", "DE")
