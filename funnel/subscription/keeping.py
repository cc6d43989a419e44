"""Keeping the result of a quiz: until when, in which words it is agreed to, and how a page carries it to the form.

The page that shows a result keeps nothing. It carries it encrypted, so that neither the form nor a page that repeats it
says it to anybody; who sends that form back within a day, with the box ticked, has it kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from funnel.context import Context
from funnel.curriculum.quiz import REGIONS
from funnel.data_keys import DataKeyError, UnreadableText
from funnel.language import _, date_in_words
from funnel.models import Lead, LeadState
from funnel.people.quiz_results import forget_results, kept_result

_LIFE = timedelta(days=1)
_LONGEST = 500
_WIDTH = max(map(len, REGIONS))

log = structlog.get_logger(__name__)


def kept_until(context: Context, now: datetime) -> datetime:
    """When a result that is kept now has to be gone."""
    return now + timedelta(days=context.settings.keep_quiz_days)


def keeping_text(context: Context, now: datetime) -> str:
    """The sentence beside the box, which is kept word for word with the consent."""
    return _(
        "Please keep the result of my quiz, encrypted, until %(day)s at the latest, so that the letters can speak to "
        "it. I can have it deleted at any time.",
        day=date_in_words(kept_until(context, now), context.library.practice.zone),
    )


def carried(context: Context, offer: str, region: str) -> str:
    """A result as a page carries it, as long for each region; "" where there is no key to do so.

    Dated by the machine's time, as all that a page holds which a visitor has open.
    """
    now = context.clock.machine_now()
    try:
        keys = context.db.keys
        return "" if keys is None else keys.encrypt(f"{region:<{_WIDTH}}|{int(now.timestamp()):012}|{offer}")
    except (DataKeyError, OSError) as error:
        log.warning("a result cannot be carried: there is no data key", error=type(error).__name__)
        return ""


def carried_result(context: Context, offer: str, token: str) -> str:
    """The region that a page of ours carried for this offer within the last day; "" for anything else."""
    keys = context.db.keys
    if not token or len(token) > _LONGEST or keys is None:
        return ""
    text = keys.decrypt(token)
    region, _, rest = text.partition("|")
    at, _, slug = rest.partition("|")
    known = not isinstance(text, UnreadableText) and slug == offer and region.strip() in REGIONS
    if not known or not (at.isascii() and at.isdecimal()):
        return ""
    age = context.clock.machine_now().timestamp() - int(at)
    return region.strip() if -1 <= age <= _LIFE.total_seconds() else ""


def forget_result(context: Context, lead_id: int) -> bool:
    """Deletes what is kept of her quizzes. False where nothing was. What she was sent stays in her own mailbox."""
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        return lead is not None and lead.state != LeadState.ERASED and forget_results(session, lead_id) > 0


def own_result(context: Context, lead_id: int, now: datetime) -> tuple[str, str, datetime] | None:
    """What is kept of her: the offer, the region, and until when; None where nothing is."""
    with context.db.read() as session:
        row = kept_result(session, lead_id, now)
        return None if row is None else (row.offer, row.result, row.until)
