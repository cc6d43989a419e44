"""Everything that is kept of one reader, for herself: JSON for programs, pages for people (GDPR, articles 15 and 20).

What she gave and agreed to, what she was sent, each mail as it was, what she pressed, and how that was judged.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.db import Base
from funnel.language import install_into, speaking
from funnel.mail import Mail
from funnel.mime import message_bytes
from funnel.models import (
    AddressChange,
    BookingRequest,
    Consent,
    Delivery,
    DeliveryKind,
    Enrolment,
    Event,
    GivenAnswer,
    Lead,
    QuizResult,
    Signup,
    Suppression,
    WrittenBack,
)
from funnel.people.mailboxes import NEVER, never_asked
from funnel.people.purchases import purchases_of
from funnel.people.suppression import digest_of
from funnel.people.tags import taggings_of
from funnel.privacy.decisions import TABLES, Blank
from funnel.privacy.terms import term, value_said, yes_or_no
from funnel.publishing.history import sent_mail
from funnel.sending.composing import compose_all
from funnel.sending.web_copy import web_copy

_ALSO = {
    "lead": ("state", "created_at", "confirmed_at"),
    "signup": ("offer", "created_at", "asked_at", "confirmed_at", "received_at", "under_way_at", "finished_at",
               "booked_at", "downloads"),
    "purchase": ("offer", "bought_at", "refunded_at"),
    "enrolment": ("sequence", "round", "state", "reason", "trigger", "started_on", "started_at", "due_at", "ended_at"),
    "delivery": ("id", "kind", "sequence", "lesson_id", "state", "adapter", "created_at", "ended_at", "opened_at",
                 "clicked_at", "machine_opened_at", "machine_clicked_at", "left_at", "replied_at"),
}  # fmt: skip
"""What an export tells beside the columns that erasing empties: what is kept as a figure, and is about her still."""


def export(context: Context, lead: Lead, now: datetime) -> bytes:
    """The zip: `data.json`, `index.html`, and each mail in `mails/`: as it was sent, as text, and as a page.

    The page and its words are in her language, where she is served in it; data.json has names for programs.
    Whoever reads the page of a lesson is not taken for the reader of the mail: it has no picture that is counted.
    """
    with context.db.read() as session:
        deliveries = session.scalars(select(Delivery).where(Delivery.lead_id == lead.id).order_by(Delivery.id)).all()
        rows = _rows(session, lead) | {"mails": deliveries}
        found = {name: [_plain(row) for row in each] for name, each in rows.items()}
        found["not_written_to"] = _not_written_to(session, context, lead)
    mails = {row.id: mail for row in deliveries if (mail := _mail(context, row, now)) is not None}
    pages = {
        row.id: web_copy(context, row.ref, named=True) or mails[row.id].html for row in deliveries if row.id in mails
    }
    with speaking(context.language_of(lead)):
        page = _page(context, lead, found, mails, now)
    data = {"made_at": now.isoformat(), "practice": context.library.practice.name, **found}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1, default=_written))
        archive.writestr("index.html", page)
        for number, mail in mails.items():
            archive.writestr(f"mails/{number}.eml", message_bytes(mail))
            archive.writestr(f"mails/{number}.html", pages[number])
            archive.writestr(f"mails/{number}.txt", f"Subject: {mail.subject}\n\n{mail.text}")
    return out.getvalue()


def _rows(session: Session, lead: Lead) -> dict[str, Iterable[Base]]:
    mails = select(Delivery.id).where(Delivery.lead_id == lead.id)
    about = or_(Event.lead_id == lead.id, Event.delivery_id.in_(mails))
    return {
        "you": [session.get_one(Lead, lead.id)],
        "sign_ups": session.scalars(select(Signup).where(Signup.lead_id == lead.id).order_by(Signup.id)),
        "agreed": session.scalars(select(Consent).where(Consent.lead_id == lead.id).order_by(Consent.id)),
        "sequences": session.scalars(select(Enrolment).where(Enrolment.lead_id == lead.id).order_by(Enrolment.id)),
        "what_came_back": session.scalars(select(Event).where(about).order_by(Event.at, Event.id)),
        "addresses": session.scalars(
            select(AddressChange).where(AddressChange.lead_id == lead.id).order_by(AddressChange.id)
        ),
        "letters": session.scalars(select(WrittenBack).where(WrittenBack.lead_id == lead.id).order_by(WrittenBack.id)),
        "bought": purchases_of(session, lead.id),
        "noted": taggings_of(session, lead.id),
        "quiz": session.scalars(select(QuizResult).where(QuizResult.lead_id == lead.id).order_by(QuizResult.id)),
        "answers": session.scalars(select(GivenAnswer).where(GivenAnswer.lead_id == lead.id).order_by(GivenAnswer.id)),
        "conversations": session.scalars(
            select(BookingRequest).where(BookingRequest.lead_id == lead.id).order_by(BookingRequest.id)
        ),
    }


def _not_written_to(session: Session, context: Context, lead: Lead) -> list[dict[str, Any]]:
    """Why and since when her address gets no mail, or none that others ask for."""
    kept = session.get(Suppression, digest_of(context.links, lead.email))
    why = [] if kept is None else [{"reason": kept.reason, "at": kept.at, "note": kept.note}]
    return why + [{"reason": NEVER}] * len(never_asked(session, context.links, [lead.email]))


def _plain(row: Base) -> dict[str, Any]:
    """What the row says of her: by the table of decisions, whatever erasing would take away, and what it counts."""
    name = row.__tablename__
    fates = TABLES[name].columns
    also = _ALSO.get(name, ())
    columns = [column.key for column in row.__table__.columns if isinstance(fates[column.name], Blank)]
    told = (key for key in dict.fromkeys((*also, *columns)) if key not in ("email_key", "key", "nonce"))
    return {key: getattr(row, key) for key in told}


def _mail(context: Context, row: Delivery, now: datetime) -> Mail | None:
    """The mail as it was handed over; other mail than lessons as it would be made now. None if it never went."""
    if row.kind == DeliveryKind.LESSON:
        return sent_mail(context, row.id)
    if row.ended_at is None or row.state != "accepted":
        return None
    made, _ = compose_all(context, [row.id], {}, now)
    return made[0].mail if made else None


def _page(
    context: Context, lead: Lead, found: dict[str, list[dict[str, Any]]], mails: dict[int, Mail], now: datetime
) -> str:
    pages = Environment(
        loader=FileSystemLoader(context.settings.templates_dir / "export"), autoescape=True, undefined=StrictUndefined
    )
    install_into(pages)
    practice = context.library.practice
    shown = {name: [_shown(row) for row in rows] for name, rows in found.items() if name != "mails"}
    return pages.get_template("index.html").render(
        practice=practice,
        lead=lead,
        rows=shown,
        sent=found["mails"],
        mails=mails,
        now=now,
        written=_written,
        said=value_said,
    )


def _shown(row: dict[str, Any]) -> dict[str, str]:
    """What is not empty, in words."""
    there = {name: value for name, value in row.items() if value not in (None, "", [], {})}
    return {said: _text(value_said(name, value)) for name, value in there.items() if (said := term(name))}


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return yes_or_no(value) if isinstance(value, bool) else _written(value)


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return value.isoformat() if isinstance(value, date) else str(value)
