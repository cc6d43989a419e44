"""The first page, a letter of the morning: what happened, what needs a person, and how the service is."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from funnel.channel.channel import resume
from funnel.curriculum import local_date
from funnel.insight import Status, needs, status
from funnel.insight.letter import morning_letter
from funnel.insight.mail_groups import MailGroup, mail_groups
from funnel.insight.mails import MailFilter
from funnel.insight.needs import NeedKind
from funnel.insight.status import QueueState
from funnel.models import DeliveryState
from funnel.sending.rest_summary import rest_summaries
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.before_mail import cards_before_mail
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.first_steps import first_steps
from funnel.web.dashboard.home_words import letter_sentences
from funnel.web.dashboard.labels import UNKNOWN_PROXY, NeedWords, need_words
from funnel.web.dashboard.mail_filter import CHOICES, UNDECIDED
from funnel.web.dashboard.params import form_text
from funnel.web.dashboard.reasons import mending
from funnel.web.unknown_proxy import visitors_look_like_one

_GROUPS = 3  # of held and of unknown mail; the list has all
# The two states that only grow are left out: their sums stand in the tables, kept by counters.
_COUNTED = tuple(state for state in DeliveryState if state not in (DeliveryState.ACCEPTED, DeliveryState.SKIPPED))


_RESUMED = {
    "resumed": "It is tried again with the next mail, which shows whether it goes.",
    "open": "It was open already. Nothing has changed.",
}


@blueprint.get("", strict_slashes=False)
def overview() -> ResponseReturnValue:
    service, now = current_service(), current_now()
    today = local_date(now, service.library.practice.zone)
    queues = QueueState(service.queue.lengths(), service.queue.workers())
    with service.db.read() as session:
        state = status(session, queues, service.clock.machine_now(), now, _COUNTED)
        before = cards_before_mail(session, now)
        made_up = any(each.severity == "error" for each in service.real_mail.problems(session, service.library, now))
        wanting = what_needs_you(session, state, now)
        resting = rest_summaries(session, service)
        letter = morning_letter(session, today, now)
        steps = first_steps(session, service, made_up)
        groups = _undecided(session)
    return render_template(
        "dashboard/overview.html",
        now=now,
        today=today,
        sentences=letter_sentences(letter),
        weeks=letter.weeks,
        before_mail=before,
        needs=wanting,
        resting=resting,
        status=state,
        steps=steps,
        groups=groups,
        mending=mending,
        open_offers=[slug for slug, offer in service.library.offers.items() if offer.open],
        said=_RESUMED.get(request.args.get("done", ""), ""),
    )


@blueprint.post("/channels/resume", endpoint="resume_channel")
def resume_channel() -> ResponseReturnValue:
    """Ends the rest of a way out; one that rests no more, or is none, changes nothing."""
    service = current_service()
    with service.db.write() as session:
        resumed = resume(session, form_text("name"), service.clock.machine_now())
    return redirect(url_for("dashboard.overview", done="resumed" if resumed else "open"), 303)


def _undecided(session: Session) -> dict[str, list[MailGroup]]:
    """The largest groups of held and of unknown mail."""
    return {name: mail_groups(session, MailFilter(CHOICES[name]), _GROUPS) for name in UNDECIDED}


def what_needs_you(session: Session, state: Status, now: datetime) -> list[NeedWords]:
    """What needs a person, in words."""
    service = current_service()
    found = needs(session, state, now, service.clock.rate)
    if service.real_mail.stands(session, service.library, now):
        # Mail that waits for the practice to be mended is late, and no worker can help that.
        found = [need for need in found if need.kind is not NeedKind.LATE]
    words = [need_words(need) for need in found]
    return [UNKNOWN_PROXY, *words] if visitors_look_like_one() else words
