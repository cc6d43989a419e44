"""What any visitor may open: the front page, the offers, and the small files a site needs."""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from funnel.curriculum import local_date
from funnel.curriculum.agreeing import consent_boxes, following
from funnel.curriculum.links import LONGEST_URL
from funnel.curriculum.measuring import notice
from funnel.curriculum.model import Offer
from funnel.curriculum.quiz import told_to_lessons
from funnel.curriculum.round_summary import begins_together
from funnel.curriculum.schedule_summary import begun_by, named_summary, promised
from funnel.curriculum.sites import is_listed
from funnel.language import N_, _
from funnel.subscription.keeping import carried_result, keeping_text
from funnel.tracking.goals import count_visit
from funnel.web.colours import icon, practice_css
from funnel.web.context import current_now, current_service
from funnel.web.site.doubt import OPENED, current_doubt
from funnel.web.site.forms import SignupForm, came_from
from funnel.web.site.practice_pages import practice_markup
from funnel.web.site.quiz_tally import quiz_seal
from funnel.web.static_urls import FOR_EVER, content_mark
from funnel.web.visitor import is_visit, referring_site

log = structlog.get_logger(__name__)

_FROM_LIGHT_TO_LONG = ("ebook", "training", "quiz", "course")
KIND_NAMES = {
    "ebook": N_("E-book"),
    "training": N_("Video training"),
    "quiz": N_("Questionnaire"),
    "course": N_("Course by e-mail"),
}
_CLOSED_TO_ROBOTS = (
    "confirm", "not-me", "u", "p", "r", "o", "c", "again", "download", "watch", "book", "begin", "your-data", "me",
    "sign-in", "new-address", "old-address", "booking", "embed", "dashboard", "outbox", "healthz",
)  # fmt: skip

blueprint = Blueprint("pages", __name__)


def open_offer(slug: str) -> Offer:
    """The offer of that slug. Answers 404 where there is none, or it is closed."""
    found = current_service().library.offers.get(slug)
    if found is None or not found.open:
        abort(404)
    return found


def asks_questions() -> bool:
    """Whether any form asks more than the address and the name."""
    return any(found.questions for found in current_service().library.offers.values() if found.open)


@blueprint.get("/")
def home() -> str:
    offers = [found for found in current_service().library.offers.values() if found.open]
    offers.sort(key=lambda found: (_FROM_LIGHT_TO_LONG.index(found.kind), found.title))
    own = current_service().library.home
    body = practice_markup(own.body) if own is not None else ""
    return render_template(
        "pages/home.html",
        offers=offers,
        kind_names={kind: _(name) for kind, name in KIND_NAMES.items()},
        home=own,
        body=body,
    )


@blueprint.get("/offers/<slug>")
def offer(slug: str) -> str:
    found = open_offer(slug)
    if is_visit(request):
        try:
            count_visit(current_service(), slug, current_now())
        except SQLAlchemyError:
            # A visitor is worth more than a tally mark: the page is shown all the same.
            log.exception("a visit could not be counted", offer=slug)
    said = request.args.to_dict()
    utm = came_from(said, referring_site(request, current_service().settings.site_url))
    return offer_page(found, SignupForm(utm=utm, back=said.get("back", "")[:LONGEST_URL]))


def offer_page(found: Offer, form: SignupForm) -> str:
    """The sign-up page, with what was typed and what is wrong with it, if anything; of a quiz its statements first.

    What is sold has a page without a form.
    """
    template = "pages/sold.html" if found.paid else "pages/offer.html"
    if found.quiz is not None:
        template = "pages/quiz_letters.html" if form.errors else "pages/quiz.html"
    return render_template(
        template,
        body=practice_markup(found.body),
        kind=_(KIND_NAMES[found.kind]),
        quiz=found.quiz,
        seal=quiz_seal(found.slug) if found.quiz is not None else "",
        checkout_host=urlsplit(found.checkout).hostname or "",
        **sign_up_values(found, form),
    )


def sign_up_values(found: Offer, form: SignupForm) -> dict[str, object]:
    """What `pages/_sign_up.html` is filled with."""
    return {
        "offer": found,
        "form": form,
        "boxes": consent_boxes(found, current_service().library.sequences),
        "measured": notice(current_service().library.practice),
        "opened": form.opened or current_doubt().proofs.seal(OPENED),
        "keeping": _keeping(found, form),
        "arrives": _arrives(found),
        "asked": {"answers": form.sent_answers(), "wrong": _wrong_answers(form)},
    }


def _wrong_answers(form: SignupForm) -> dict[str, str]:
    """What is wrong with an answer, by the name of its question."""
    return {name.removeprefix("answers."): said for name, said in form.errors.items() if name.startswith("answers.")}


def _arrives(found: Offer) -> list[str]:
    """What comes once this is confirmed, a sentence for each sequence, what may follow, and when each begins."""
    library = current_service().library
    sequences, today = library.sequences, local_date(current_now(), library.practice.zone)
    follower = following(found, sequences)
    more = [] if follower is None else [_("Then, if you tick the box for it: %(what)s", what=named_summary(follower))]
    together = [*begun_by(sequences.values(), found.slug), *([] if follower is None else [follower])]
    return promised(sequences.values(), found.slug) + more + begins_together(together, today)


def _keeping(found: Offer, form: SignupForm) -> str:
    """The sentence beside the box that agrees to keep a result; "" where there is none that lessons would speak to."""
    region = carried_result(current_service(), found.slug, form.result)
    return keeping_text(current_service(), current_now()) if told_to_lessons(region) else ""


@blueprint.get("/offers/<slug>/thanks")
def thanks(slug: str) -> str:
    """`back` is where she came from: a page of a listed site, or the thanks lead nowhere but to us."""
    back = request.args.get("back", "")
    if not is_listed(back, current_service().library.practice.sites):
        back = ""
    back_host = urlsplit(back).hostname
    found = open_offer(slug)
    if found.paid:
        abort(404)
    return render_template("pages/thanks.html", offer=found, back=back, back_host=back_host)


@blueprint.get("/static/practice.css")
def colours() -> AnyResponse:
    return _of_the_practice(practice_css(current_service().library.practice.colours), "text/css")


@blueprint.get("/static/icon.svg")
def practice_icon() -> AnyResponse:
    practice = current_service().library.practice
    return _of_the_practice(icon(practice.colours, wave=practice.wave), "image/svg+xml")


def colours_url() -> str:
    """The address of the colours in force: with a mark of what it says, so that a browser may keep it."""
    return url_for("pages.colours", v=content_mark(practice_css(current_service().library.practice.colours).encode()))


def icon_url() -> str:
    """The same for the icon of the tab."""
    practice = current_service().library.practice
    return url_for("pages.practice_icon", v=content_mark(icon(practice.colours, wave=practice.wave).encode()))


def _of_the_practice(text: str, mimetype: str) -> AnyResponse:
    response = make_response(text)
    response.mimetype = mimetype
    if request.args.get("v") == content_mark(text.encode()):
        response.headers["Cache-Control"] = FOR_EVER
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/robots.txt")
def robots() -> Response:
    lines = ["User-agent: *", *(f"Disallow: /{path}" + ("/" if len(path) < 3 else "") for path in _CLOSED_TO_ROBOTS)]
    response = make_response("\n".join(lines) + "\n")
    response.mimetype = "text/plain"
    return response


@blueprint.get("/favicon.ico")
def favicon() -> AnyResponse:
    return redirect(icon_url())
