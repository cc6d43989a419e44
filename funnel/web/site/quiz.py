"""The quiz: its statements on one page, and the result on the next, at once and for everybody.

Answers are in the body of one request and in the page that answers it, nowhere else: no address, cookie, log or row
holds them, and no page repeats them. What is counted is that a quiz was begun, and answered (`quiz_tally`).
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from funnel.curriculum.model import Offer
from funnel.curriculum.quiz import Quiz, read_answers, score
from funnel.subscription.keeping import carried
from funnel.web.context import current_service
from funnel.web.site.forms import SignupForm, utm_from
from funnel.web.site.pages import open_offer, sign_up_values
from funnel.web.site.quiz_drawing import result_values
from funnel.web.site.quiz_tally import count_answered, count_begun
from funnel.web.site.service_facts import helplines_here
from funnel.web.visitor import comes_from_elsewhere

FIELD = "s-"
"""A statement's field is called this and its id."""

blueprint = Blueprint("quiz", __name__)


@blueprint.get("/offers/<slug>/result")
def no_result(slug: str) -> AnyResponse:
    """A result has no address of its own: whoever opens this one is led to the statements."""
    open_quiz(slug)
    return redirect(url_for("pages.offer", slug=slug), 303)


@blueprint.post("/offers/<slug>/begun")
def begun(slug: str) -> Response:
    """The page's script says that somebody answered a first statement."""
    open_quiz(slug)
    _only_from_here()
    count_begun(slug, request.form.get("begun", ""))
    return Response(status=204)


@blueprint.post("/offers/<slug>/result")
def result(slug: str) -> Response:
    offer, quiz = open_quiz(slug)
    _only_from_here()
    typed = {each.id: request.form.get(FIELD + each.id, "") for each in quiz.statements}
    found = score(quiz, read_answers(quiz, typed))
    # Nothing answered is nothing finished.
    if len(found.unanswered) < len(quiz.statements):
        count_answered(slug, request.form.get("begun", ""))
    token = carried(current_service(), slug, found.region)
    form = SignupForm(utm=utm_from(request.form.to_dict()), result=token)
    page = render_template(
        "pages/quiz_result.html",
        **result_values(quiz, found),
        near=[line for line, own in helplines_here() if own],
        elsewhere=[line for line, own in helplines_here() if not own],
        **sign_up_values(offer, form),
    )
    answer = make_response(page)
    answer.vary.add("Accept-Language")  # which helplines come first
    return answer


def open_quiz(slug: str) -> tuple[Offer, Quiz]:
    """The open quiz of that slug. Answers 404 where there is none."""
    offer = open_offer(slug)
    return (offer, offer.quiz) if offer.quiz is not None else abort(404)


def _only_from_here() -> None:
    if comes_from_elsewhere(request, current_service().settings.site_url):
        abort(403)
