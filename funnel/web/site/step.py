"""The one more step before an unusual sign-up, as a page for people and as an answer for programs."""

from __future__ import annotations

import json

from flask import Response, make_response, render_template, url_for

from funnel.conversations.values import BookingText
from funnel.curriculum.agreeing import agreed_text
from funnel.curriculum.measuring import choice_at
from funnel.curriculum.model import Offer
from funnel.curriculum.sessions import OfferedSession
from funnel.language import _
from funnel.subscription.keeping import keeping_text
from funnel.web.context import current_now, current_service
from funnel.web.problems import problem
from funnel.web.site.doubt import OneMoreStep, current_doubt
from funnel.web.site.forms import SignupForm


def step_page(offer: Offer, form: SignupForm, step: OneMoreStep) -> Response:
    """A page that keeps what was typed and goes on by itself."""
    values = step_values(offer, form, step)
    answer = make_response(render_template("pages/one_more_step.html", **values), 429 if step.network else 200)
    if step.network:
        answer.headers["Retry-After"] = str(values["seconds"])
    return answer


def step_values(offer: Offer, form: SignupForm, step: OneMoreStep) -> dict[str, object]:
    """What such a page is filled with."""
    waited, seconds = current_doubt().begin_wait(form, step)
    library = current_service().library
    choice = choice_at(library.practice, may=form.tracking)
    return {
        "offer": offer,
        "busy": _("Many people have signed up from your network lately, as happens in an office or on a telephone."),
        "action": url_for("signup.sign_up", slug=offer.slug),
        "button": offer.button,
        "carried": {},
        "agreed": agreed_text(offer, library.practice, library.sequences, choice, ticked=form.followed_by),
        "keeping": keeping_text(current_service(), current_now()) if form.result and form.keep else "",
        "form": form,
        "waited": waited,
        "seconds": seconds,
        "network": step.network,
        "challenge": json.dumps(current_doubt().proofs.challenge()),
    }


def session_step_page(
    offered: OfferedSession, form: SignupForm, said: BookingText, source: str, step: OneMoreStep
) -> Response:
    """The same before a session is asked for; what was typed is carried along."""
    waited, seconds = current_doubt().begin_wait(form, step)
    carried = {"words": said.words, "phone": said.phone, "good-time": said.good_time, "from": source}
    answer = make_response(
        render_template(
            "pages/one_more_step.html",
            action=url_for("sessions.ask", slug=offered.slug),
            button=_("Ask for this session"),
            busy=_("Much has been asked for from your network lately, as happens in an office or on a telephone."),
            carried={key: value for key, value in carried.items() if value},
            agreed="",
            keeping="",
            form=form,
            waited=waited,
            seconds=seconds,
            network=step.network,
            challenge=json.dumps(current_doubt().proofs.challenge()),
        ),
        429 if step.network else 200,
    )
    if step.network:
        answer.headers["Retry-After"] = str(seconds)
    return answer


def step_problem(step: OneMoreStep) -> Response:
    """For a program 429 and until when (RFC 6585, 4)."""
    url = url_for("signup.challenge", _external=True)
    answer = problem(
        429,
        _(
            "Your network has signed up often. Try again in %(seconds)s seconds, or solve the challenge at %(url)s "
            "and send its solution as `altcha`.",
            seconds=step.program_seconds,
            url=url,
        ),
    )
    answer.headers["Retry-After"] = str(step.program_seconds)
    return answer
