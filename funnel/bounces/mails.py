"""What becomes of one mail that was read, whichever way it came: a bounce, a letter, or a wish to get no more."""

from __future__ import annotations

from datetime import datetime, timedelta

from funnel.bounces.letters import is_ours, wants_out
from funnel.bounces.model import BounceReading, IncomingMail
from funnel.bounces.night import answer_in_the_night
from funnel.bounces.record import BounceOutcome, record_bounce
from funnel.bounces.replied import note_reply
from funnel.context import Context
from funnel.sending.scheduler import enqueue_now
from funnel.subscription.unsubscribe import leave, leave_by_address

BY_MAIL = "mail"


def record_mail(
    context: Context, raw: bytes, reading: BounceReading, now: datetime, age: timedelta = timedelta()
) -> BounceOutcome:
    """Writes down what a mail says and does what follows; the same mail again changes nothing. `now` is story time.

    `age` is how long ago it came by a machine's clock: what has lain there is not answered in the night any more.
    Raises what the database raises.
    """
    letter = reading.letter
    if letter is None:
        return record_bounce(context, raw, reading, now)
    if is_ours(letter, _own_addresses(context), context.links.open_message_id):
        return BounceOutcome.IGNORED
    if _leaves(context, letter, now):
        return BounceOutcome.UNSUBSCRIBED
    if letter.is_from_a_person:
        with context.db.write() as session:
            reply = note_reply(session, context, reading, now)
            ids = [] if reply is None else answer_in_the_night(session, context, reply, age)
        if reply is not None:
            enqueue_now(context, ids)
            return BounceOutcome.REPLIED
    return record_bounce(context, raw, reading, now)


def _leaves(context: Context, letter: IncomingMail, now: datetime) -> bool:
    """As the link of the same token does (`web.site`): also where its mail is gone, by the address in the token."""
    opened = wants_out(letter, context.links.open_unsubscribe)
    if opened is None:
        return False
    delivery, digest = opened
    if leave(context, delivery, now, BY_MAIL):
        return True
    return digest is not None and leave_by_address(context, digest, now, BY_MAIL)


def _own_addresses(context: Context) -> tuple[str, ...]:
    practice = context.library.practice
    return practice.from_address, practice.reply_to, context.links.bounce_address
