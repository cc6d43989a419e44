"""What these tests do in a line: a lesson that went out, and the bounce it comes back as."""

from __future__ import annotations

from funnel.links import Links
from funnel.models import Delivery, DeliveryState, Lead, LeadState, LessonMeasure
from funnel.sending.outcomes import count_outcome
from funnel.wiring import Service
from tests.journey.steps import join, rows, work

PRACTICE = "letters@harbour.example.org"


def sent(service: Service, email: str = "dan@example.org") -> Delivery:
    """A lesson that was handed over to this reader."""
    join(service, email, name="Dan")
    work(service)
    return next(row for row in reversed(rows(service, email)) if row.lesson_id and row.state == "accepted")


def unknown(service: Service, email: str = "dan@example.org") -> Delivery:
    """A lesson of which nobody knows whether it went: the connection broke after its last byte."""
    delivery = sent(service, email)
    with service.db.write() as session:
        row = session.get_one(Delivery, delivery.id)
        count_outcome(session, row, LessonMeasure.ACCEPTED, row.ended_at or service.clock.now(), n=-1)
        count_outcome(session, row, LessonMeasure.UNKNOWN, service.clock.now())
        row.state = DeliveryState.UNKNOWN
    return delivery


def lessons_to(service: Service, emails: list[str]) -> list[Delivery]:
    """Lessons that went to confirmed readers, of a course that has ended: rows only, which is quick."""
    now = service.clock.now()
    about = {"state": LeadState.CONFIRMED, "created_at": now, "confirmed_at": now}
    leads = [Lead(email=email, email_key=email, **about) for email in emails]
    with service.db.write() as session:
        session.add_all(leads)
        session.flush()
        about = {"state": DeliveryState.ACCEPTED, "created_at": now, "not_before": now, "ended_at": now}
        sent = [Delivery(kind="lesson", lead_id=lead.id, adapter="memory", **about) for lead in leads]
        session.add_all(sent)
    return sent


def return_address(links: Links, delivery: Delivery) -> str:
    """The envelope sender of a mail: our token in an address."""
    return "bounces+" + links.message_id(delivery.ref, "harbour.example.org").strip("<>")


def bounce(to: str, address: str = "dan@example.org", said: str = "550 5.1.1 User unknown", **fields: str) -> bytes:
    """A delivery report as RFC 3464 wants it."""
    status = fields.get("status", said.split()[1] if said[4:5].isdigit() else "5.0.0")
    return f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{fields.get("number", "1")}@mx.example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

--=b
Content-Type: text/plain

<{address}>: host mx.example.org[192.0.2.1] said: {said} (in reply to RCPT TO command)

--=b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address}
{fields.get("more", "")}Action: {fields.get("action", "failed")}
Status: {status}
Diagnostic-Code: smtp; {said}

--=b
Content-Type: text/rfc822-headers

From: {PRACTICE}
To: {address}
{fields.get("returned", "Subject: A lesson")}

--=b--
""".encode()


def complaint(original: str, feedback: str = "abuse") -> bytes:
    """A feedback report as RFC 5965 wants it; `original` are headers of the mail that was complained about."""
    return f"""From: <feedback@provider.example.org>
To: <complaints@harbour.example.org>
Subject: FW: A lesson
Content-Type: multipart/report; report-type=feedback-report; boundary="=a"

--=a
Content-Type: text/plain

This is an email abuse report.

--=a
Content-Type: message/feedback-report

Feedback-Type: {feedback}
User-Agent: Example/1.0
Version: 1
Original-Rcpt-To: <gus@example.org>

--=a
Content-Type: message/rfc822

{original}

Hello

--=a--
""".encode()
