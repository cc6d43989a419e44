"""From a claimed delivery to its e-mail. Only reads the database, and never uses the network.

Every attempt at a mail makes the same bytes, as long as its reader and its text are the same: providers refuse an
idempotency key that comes with other content. So all dates in a mail come from its row, never from the attempt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from funnel.compose import FillError, MailHead, Reader, fill_lesson
from funnel.context import Context
from funnel.curriculum import Offer
from funnel.curriculum.agreeing import agreed_text
from funnel.curriculum.countries import country_of_zone
from funnel.curriculum.named_files import book_source
from funnel.curriculum.nights import next_reading, spoken_reading
from funnel.curriculum.subjects import chosen_subject
from funnel.enrolment.standing import State, standing_of
from funnel.enrolment.telling import comes_next
from funnel.language import _, speaking
from funnel.links import EXPIRES, Purpose, number_of
from funnel.mail import Mail
from funnel.models import AdminRole, AdminUser, BookingRequest, Delivery, DeliveryKind, Lead, LeadState, SignIn, Signup
from funnel.people.admins import sign_in_url
from funnel.people.answers import would_count
from funnel.people.askings import AskingRef, asked_text
from funnel.people.leads import gets_discreet_mail
from funnel.people.permission import ABOUT_ADDRESSES
from funnel.people.quiz_results import taken
from funnel.sending.address_mails import address_mail
from funnel.sending.asking_to_begin import asks_to_begin
from funnel.sending.booking_mails import for_practice, for_reader
from funnel.sending.recipients import Recipient
from funnel.sending.round_mails import when_it_begins


class ComposedMail(NamedTuple):
    """A mail that is ready to go. `facts` are what filled its placeholders, so that it can be made again."""

    delivery_id: int
    mail: Mail
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unfillable:
    """A mail that could not be filled, and why, for whoever decides about it."""

    delivery_id: int
    reason: str


def compose_all(
    context: Context, ids: Iterable[int], readers: Mapping[int, Recipient], now: datetime
) -> tuple[list[ComposedMail], list[Unfillable]]:
    """A mail for each delivery, or the reason why there is none. One that fails does not affect the others.

    `readers` comes from `recipients`; other kinds of mail, which are few, are read one by one. `now` dates only lessons
    that were never handed over; for other mail it is kept as the time of the first attempt.
    """
    composed: list[ComposedMail] = []
    problems: list[Unfillable] = []
    for key in ids:
        to = readers.get(key)
        try:
            composed.append(_other(context, key, now) if to is None else _lesson(context, to.reader, to.sent_at or now))
        except FillError as error:
            problems.append(Unfillable(key, str(error)))
    return composed, problems


def _lesson(context: Context, reader: Reader, sent_at: datetime) -> ComposedMail:
    compiled = context.editions.known_compiled(reader.edition_lesson_id)
    if compiled is None:
        with context.db.read() as session:
            compiled = context.editions.compiled(session, reader.edition_lesson_id)
    if compiled is None:
        raise FillError("lesson", "The published lesson of this mail is gone")
    mail = fill_lesson(compiled, reader, context.links, sent_at)
    facts: dict[str, Any] = {"reader": reader.to_facts(), "sent_at": _written_time(sent_at)}
    if len(compiled.subjects) > 1 and not reader.discreet:
        subjects = compiled.in_language(reader.language).subjects
        facts["subject"] = chosen_subject(subjects, reader.lead_id, compiled.lesson_id)
    return ComposedMail(reader.delivery_id, mail, facts)


@lru_cache(maxsize=64)
def _written_time(at: datetime) -> str:
    return at.isoformat()


def _other(context: Context, delivery_id: int, now: datetime) -> ComposedMail:
    """A transactional mail, dated by its request; the facts keep the time of its first attempt."""
    with context.db.read() as session:
        row = session.get_one(Delivery, delivery_id)
    mail = _of_kind(context, row)
    return mail._replace(facts={**mail.facts, "tried_at": row.filled.get("tried_at") or _written_time(now)})


def _of_kind(context: Context, row: Delivery) -> ComposedMail:
    with context.db.read() as session, speaking(context.library.practice.language):
        if row.kind == DeliveryKind.SIGN_IN:
            return _sign_in(session, context, row)
        if row.kind == DeliveryKind.NOTICE:
            return _notice(session, context, row)
        lead = session.get(Lead, row.lead_id) if row.lead_id else None
        signup = session.get(Signup, row.signup_id) if row.signup_id else None
    if lead is None:
        raise FillError("reader", "The reader of this mail is gone")
    with speaking(_language(context, row, lead)):
        return _to_reader(context, row, lead, signup)


def _language(context: Context, row: Delivery, lead: Lead) -> str:
    """Hers, or before she has one that of the page that asked for this mail."""
    asked = row.detail.get("language")
    return asked if lead.language is None and asked in context.in_force.spoken else context.language_of(lead)


def _to_reader(context: Context, row: Delivery, lead: Lead, signup: Signup | None) -> ComposedMail:
    if row.kind in ABOUT_ADDRESSES:
        with context.db.read() as session:
            mail = address_mail(session, context, row, lead)
        return _to_her(context, row, lead, mail.template, mail.values, _head(context, row, mail.recipient))
    if row.kind == DeliveryKind.NIGHT_ANSWER:
        return _night_answer(context, row, lead)
    if row.kind == DeliveryKind.OWN_DATA:
        return _own_data(context, row, lead)
    if row.kind in (DeliveryKind.BOOKING, DeliveryKind.SESSION):
        return _conversation(context, row, lead)
    if row.kind == DeliveryKind.ROUND:
        return _round(context, row, lead)
    if signup is None:
        raise FillError("signup", "The sign-up of this mail is gone")
    return _about_signup(context, row, lead, signup)


def _about_signup(context: Context, row: Delivery, lead: Lead, signup: Signup) -> ComposedMail:
    """The answer to a sign-up: the confirmation, the link to what was promised, or where this reader stands."""
    offer = context.library.offers.get(signup.offer)
    if offer is None:
        raise FillError("offer", f"The offer {signup.offer} is gone from the folder: put it back, or drop this mail")
    told = row.filled.get("told") or _told(context, row, lead, signup)
    links, head = context.links, _head(context, row, lead.email)
    values = {
        "first_name": "",
        "offer_title": offer.title,
        "country": country_of_zone(context.zone_of(lead)),
        "unsubscribe_url": links.start(Purpose.UNSUBSCRIBE) + links.unsubscribe_token(row.ref, lead.email_key),
    }
    if told["mail"] == "confirm":
        # Nothing that was typed stands in it: whoever typed it need not be whoever reads it.
        asking: int | None = row.detail.get("asking")
        values["confirm_url"] = links.to_confirm(signup.ref, row.created_at, asking)
        values["not_me_url"] = links.to(Purpose.NOT_ME, row.ref)
        values["consent_text"] = _agreed_text(context, offer, asking)
        template = "reminder" if row.kind == DeliveryKind.REMINDER else "confirm"
        return _to_her(context, row, lead, template, values, head)._replace(facts={"told": told})
    values["first_name"] = lead.first_name
    values["preferences_url"] = links.to(Purpose.PREFERENCES, row.ref)
    values["comes_next"] = told["comes_next"]
    values["kind"] = told["state"]
    if told["mail"] == "asset":
        purpose = Purpose.WATCH if offer.kind == "training" else Purpose.DOWNLOAD
        values["asset_url"] = links.dated_to(purpose, signup.ref, row.created_at)
        values["kind"] = offer.kind
        if offer.kind == "ebook" and book_source(context.library, offer.asset or "") is not None:
            values["read_url"] = f"{values['asset_url']}/read"
    if title := told.get("begins"):
        values["begin_title"] = title
        values["begin_url"] = links.to(Purpose.BEGIN, row.ref, number_of(offer.followed_by))
    values["retaken"], values["answered"] = told.get("quiz", ""), told.get("answers", "")
    if told.get("quiz") or told.get("answers"):
        values["confirm_url"] = links.to_confirm(signup.ref, row.created_at, row.detail.get("asking"))
    if told["mail"] == "again" or told["state"] == State.FINISHED:
        values["again_url"] = links.start(Purpose.AGAIN) + links.again_token(signup.ref, lead.email_key)
    return _to_her(context, row, lead, told["mail"], values, head)._replace(facts={"told": told})


def _agreed_text(context: Context, offer: Offer, asking: int | None) -> str:
    """What stood beside the box when this mail was asked for; in mail of before askings were kept, what does now."""
    if asking is not None:
        with context.db.read() as session:
            text = asked_text(session, asking)
        if text:
            return text
    return agreed_text(offer, context.library.practice, context.library.sequences)


def _told(context: Context, row: Delivery, lead: Lead, signup: Signup) -> dict[str, str]:
    """Which mail it is and what it says of where she stands; kept with the row, so every attempt says the same."""
    found = standing_of(context, signup, row.created_at)
    answered = signup.confirmed_at is not None and lead.state == LeadState.CONFIRMED
    name = "asset" if row.kind == DeliveryKind.ASSET else "again" if answered else "confirm"
    told = {"mail": name, "state": str(found.state), "comes_next": comes_next(found)}
    if name != "confirm":
        told["begins"] = asks_to_begin(context, row, found, context.library.offers.get(signup.offer))
    asked = AskingRef(row.detail.get("asking"), row.created_at)
    with context.db.read() as session:
        if name == "again":
            told["quiz"] = taken(session, signup, asked, row.created_at)
        # The mail that brings what was promised just now goes for no asking.
        if name != "confirm" and asked.number is not None and would_count(session, signup, asked):
            told["answers"] = "yes"
    return told


def _own_data(context: Context, row: Delivery, lead: Lead) -> ComposedMail:
    """The link to what is kept of her, for a day. It says nothing of what she signed up for."""
    links = context.links
    values = {
        "first_name": lead.first_name,
        "data_url": links.dated_to(Purpose.OWN_DATA, row.ref, context.clock.machine_at(row.created_at)),
        **_choices(context, row, lead),
        "country": country_of_zone(context.zone_of(lead)),
    }
    return _to_her(context, row, lead, "own-data", values, _head(context, row, lead.email))


def _round(context: Context, row: Delivery, lead: Lead) -> ComposedMail:
    """When the course begins that she waits for; kept with the row, so every attempt says the same."""
    told = row.filled.get("told")
    if told is None:
        with context.db.read() as session:
            told = when_it_begins(session, context, row, lead)
    values = {
        "first_name": lead.first_name,
        "comes_next": told,
        **_choices(context, row, lead),
        "country": country_of_zone(context.zone_of(lead)),
    }
    mail = _to_her(context, row, lead, "round", values, _head(context, row, lead.email))
    return mail._replace(facts={"told": told})


def _night_answer(context: Context, row: Delivery, lead: Lead) -> ComposedMail:
    """What somebody hears who wrote while nobody reads. It is sent once for her letter, and tracks nothing."""
    night = context.library.night
    if night is None:
        raise FillError("replies.md", "replies.md is gone: put it back, or drop this mail")
    practice = context.library.practice
    read_at = next_reading(night, practice.zone, practice.quiet_days, row.created_at)
    values = {
        "answer_subject": night.subject,
        "words": night.body,
        "read_at": spoken_reading(read_at, practice.zone),
        "kind": "dated" if read_at else "",
        "country": country_of_zone(context.zone_of(lead)),
    }
    if lead.state == LeadState.CONFIRMED:  # who has left has nothing to stop
        values |= _choices(context, row, lead)
    head = replace(_head(context, row, lead.email), answers=str(row.detail.get("message_id", "")))
    return _to_her(context, row, lead, "night-answer", values, head)


def _sign_in(session: Session, context: Context, row: Delivery) -> ComposedMail:
    admin = session.get(AdminUser, row.admin_id)
    sign_in = session.get(SignIn, int(row.detail["sign_in_id"]))
    if admin is None or admin.role == AdminRole.NOBODY or sign_in is None:
        raise FillError("admin", "The person who wanted to sign in is gone")
    url = sign_in_url(context.links, sign_in)
    minutes = int(EXPIRES[Purpose.SIGN_IN].total_seconds() // 60)
    values = {"sign_in_url": url, "minutes": str(minutes)}
    return _transactional(context, row, "sign-in", values, _head(context, row, admin.email))


def _notice(session: Session, context: Context, row: Delivery) -> ComposedMail:
    """Tells the practice what a reader did about a conversation; an answer to it goes to her."""
    asked = session.get(BookingRequest, int(row.detail.get("request", 0)))
    lead = session.get(Lead, int(row.detail["lead_id"]) if asked is None else asked.lead_id)
    if lead is None or lead.state == LeadState.ERASED:
        raise FillError("reader", "The reader who asked for a conversation is gone")
    values = for_practice(session, context, lead, asked, row.detail.get("booking") or _("A conversation"))
    head = _head(context, row, context.library.practice.reply_to, lead.email)
    return _transactional(context, row, "booking", values, head)


def _conversation(context: Context, row: Delivery, lead: Lead) -> ComposedMail:
    """Tells a reader that her conversation is noted, has a time, or is cancelled; with the link that changes it."""
    with context.db.read() as session:
        values = for_reader(session, context, lead, int(row.detail["request"]))
    if values is None:
        raise FillError("conversation", "The conversation that this mail is about is gone")
    if row.kind == DeliveryKind.SESSION:
        # She may be on no list, so there is nothing to stop, and somebody else may have typed her address.
        values["not_me_url"] = context.links.to(Purpose.NOT_ME, row.ref)
    else:
        values |= _choices(context, row, lead)
    return _to_her(context, row, lead, "conversation", values, _head(context, row, lead.email))


def _choices(context: Context, row: Delivery, lead: Lead) -> dict[str, str]:
    """The links at the foot of her mail: to her preferences, and to stop all mail."""
    links = context.links
    return {
        "preferences_url": links.to(Purpose.PREFERENCES, row.ref),
        "unsubscribe_url": links.start(Purpose.UNSUBSCRIBE) + links.unsubscribe_token(row.ref, lead.email_key),
    }


def _head(context: Context, row: Delivery, recipient: str, reply_to: str | None = None) -> MailHead:
    message_id = context.links.message_id(row.ref, context.library.practice.from_address.rpartition("@")[2])
    return_path = context.links.return_path(message_id)
    return MailHead(str(row.id), recipient, message_id, row.created_at, reply_to, return_path)


def _to_her(
    context: Context, row: Delivery, lead: Lead, name: str, values: dict[str, str], head: MailHead
) -> ComposedMail:
    # The owner of a mailbox that is asked for the first time has chosen nothing, whatever the reader did.
    discreet = gets_discreet_mail(lead) or row.kind == DeliveryKind.NEW_ADDRESS
    return _transactional(context, row, name, {**values, "discreet": "yes" if discreet else ""}, head)


def _transactional(context: Context, row: Delivery, name: str, values: dict[str, str], head: MailHead) -> ComposedMail:
    if url := values.get("unsubscribe_url"):
        head = replace(head, list_unsubscribe=context.links.list_unsubscribe(url, context.library.practice.reply_to))
    return ComposedMail(row.id, context.transactional.fill(name, values, head), {})
