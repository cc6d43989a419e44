"""The quiz: its statements on one page, and the result on the next, at once and for everybody.

Answers are in the body of one request and in the page that answers it, nowhere else: no address, cookie, log or row
holds them, and no page repeats them. What is counted is that a quiz was begun, and that one was answered.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from funnel.curriculum.model import Offer
from funnel.curriculum.quiz import LinePlace, LineResult, Quiz, Result, read_answers, score
from funnel.language import _
from funnel.models import FunnelStage
from funnel.subscription.keeping import carried
from funnel.tracking.goals import count_on_page
from funnel.web.context import current_now, current_service
from funnel.web.site.doubt import current_doubt
from funnel.web.site.forms import SignupForm, utm_from
from funnel.web.site.pages import open_offer, sign_up_values
from funnel.web.site.service_facts import helplines_here
from funnel.web.visitor import comes_from_elsewhere

log = structlog.get_logger(__name__)

BEGUN = "quiz"
FIELD = "s-"
"""A statement's field is called this and its id."""

blueprint = Blueprint("quiz", __name__)


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """One line as the page draws it: places and widths are percents of its length, from its lower end.

    `at` is None where nothing was answered; without `tells` no place is shown, for it would be a guess.
    """

    title: str
    low_end: str
    high_end: str
    words: str
    said: str
    tells: bool
    at: float | None
    band_from: float
    band_wide: float
    middle_from: float
    middle_wide: float


@blueprint.get("/offers/<slug>/result")
def no_result(slug: str) -> AnyResponse:
    """A result has no address of its own: whoever opens this one is led to the statements."""
    open_quiz(slug)
    return redirect(url_for("pages.offer", slug=slug), 303)


@blueprint.post("/offers/<slug>/begun")
def begun(slug: str) -> Response:
    """The page's script says that somebody answered a first statement. Gives back a seal: this one was counted."""
    offer, _ = open_quiz(slug)
    _only_from_here()
    _count(offer, FunnelStage.BEGUN)
    answer = make_response(current_doubt().proofs.seal(f"{BEGUN}:{slug}", current_now()))
    answer.mimetype = "text/plain"
    return answer


@blueprint.post("/offers/<slug>/result")
def result(slug: str) -> Response:
    offer, quiz = open_quiz(slug)
    _only_from_here()
    typed = {each.id: request.form.get(FIELD + each.id, "") for each in quiz.statements}
    found = score(quiz, read_answers(quiz, typed))
    # Nothing answered is nothing finished; and whatever was finished was begun, with the script or without it.
    if len(found.unanswered) < len(quiz.statements):
        if not _was_counted(slug, request.form.get("begun", "")):
            _count(offer, FunnelStage.BEGUN)
        _count(offer, FunnelStage.ANSWERED)
    now = current_now()
    form = SignupForm(utm=utm_from(request.form.to_dict()), result=carried(current_service(), slug, found.region, now))
    page = render_template(
        "pages/quiz_result.html",
        quiz=quiz,
        words=quiz.results[found.region],
        lines=[_drawn(quiz, line) for line in found.lines],
        made_of=_made_of(quiz, found),
        unanswered=found.unanswered,
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


def _was_counted(slug: str, seal: str) -> bool:
    """Whether this page said before that it was begun; each time counts for one result."""
    proofs = current_doubt().proofs
    return bool(seal) and proofs.age(f"{BEGUN}:{slug}", seal, current_now()) is not None and proofs.use(seal)


def _count(offer: Offer, stage: FunnelStage) -> None:
    try:
        count_on_page(current_service(), offer.slug, stage, current_now())
    except SQLAlchemyError:
        # Her result is worth more than a tally mark.
        log.exception("a quiz could not be counted", offer=offer.slug, stage=stage.value)


def _made_of(quiz: Quiz, found: Result) -> str:
    asked, answered = len(quiz.statements), len(quiz.statements) - len(found.unanswered)
    per_line = _(" and ").join(
        _("%(number)s on “%(title)s”", number=line.asked, title=quiz.lines[line.line].title) for line in found.lines
    )
    counted = {"number": asked, "lines": per_line, "answered": answered}
    if answered == asked:
        return _("There were %(number)s statements, %(lines)s, and you answered all %(answered)s.", **counted)
    if not answered:
        return _("There were %(number)s statements, %(lines)s, and you answered none of them.", **counted)
    return _("There were %(number)s statements, %(lines)s, and you answered %(answered)s of them.", **counted)


def _drawn(quiz: Quiz, result: LineResult) -> DrawnLine:
    line, scoring = quiz.lines[result.line], quiz.scoring
    length = len(scoring.labels) - 1

    def percent(steps: float) -> float:
        """How far up the line a place lies that is so many steps from 1; what lies beyond an end is at it."""
        return round(min(1.0, max(0.0, (steps - 1) / length)) * 100, 2)

    middle, around = scoring.middle / 100, scoring.in_between / 100
    middle_from, middle_to = percent(middle - around), percent(middle + around)
    mean, off = result.mean or middle, result.off or 0.0
    band_from, band_to = percent(mean - off), percent(mean + off)
    return DrawnLine(
        title=line.title,
        low_end=line.low_end,
        high_end=line.high_end,
        words=_words(quiz, result),
        said=_said(quiz, result),
        tells=result.place is not LinePlace.TOO_FEW,
        at=None if result.mean is None else percent(mean),
        band_from=band_from,
        band_wide=round(band_to - band_from, 2),
        middle_from=middle_from,
        middle_wide=round(middle_to - middle_from, 2),
    )


def _words(quiz: Quiz, result: LineResult) -> str:
    line, least = quiz.lines[result.line], quiz.scoring.least_answered
    return {
        LinePlace.LOW: line.low,
        LinePlace.HIGH: line.high,
        LinePlace.BETWEEN: _("In between: so near the middle, nobody can say more."),
        LinePlace.TOO_FEW: _(
            "You answered %(answered)s of its %(asked)s statements. With fewer than %(least)s, any place on the line "
            "would be a guess.",
            answered=result.answered,
            asked=result.asked,
            least=least,
        ),
    }[result.place]


def _said(quiz: Quiz, result: LineResult) -> str:
    """The drawing in words, for who does not see it."""
    line = quiz.lines[result.line]
    where = {
        LinePlace.LOW: _("Your place is nearer to “%(end)s”, give or take.", end=line.low_end),
        LinePlace.HIGH: _("Your place is nearer to “%(end)s”, give or take.", end=line.high_end),
        LinePlace.BETWEEN: _("Your place is in between."),
        LinePlace.TOO_FEW: _("No place is shown."),
    }[result.place]
    ends = _("A line from “%(low)s” to “%(high)s”.", low=line.low_end, high=line.high_end)
    return f"{ends} {where}"
