"""Sessions to ask for without letters: the list, a page for each, and the form. Who asks is put on no list."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from limits import RateLimitItemPerDay
from werkzeug.wrappers import Response as AnyResponse

from funnel.conversations.sessions import SessionWish, ask_for_session
from funnel.conversations.values import BookingText
from funnel.curriculum.mailboxes import own_mailbox
from funnel.curriculum.model import Library
from funnel.curriculum.practice import Practice
from funnel.curriculum.sessions import OfferedSession, SessionList
from funnel.subscription.signup import SignupError, checked_email
from funnel.web.budgets import current_budgets
from funnel.web.context import current_now, current_service
from funnel.web.language import page_language
from funnel.web.reader.booking import calendar_at, said_in_form
from funnel.web.site.doubt import OPENED, OneMoreStep, current_doubt
from funnel.web.site.forms import SignupForm, read_form
from funnel.web.site.step import session_step_page
from funnel.web.site.taking import ask_whether_meant
from funnel.web.visitor import comes_from_elsewhere

_LONGEST_SOURCE = 140
_BY_ONE = (RateLimitItemPerDay(5),)  # of one address, from one network

blueprint = Blueprint("sessions", __name__)


@blueprint.get("/sessions")
def listing() -> str:
    found = offered_sessions()
    if not found:
        abort(404)
    return render_template("pages/sessions.html", sessions=found, source=source_here(), described=_described(found))


@blueprint.get("/sessions/<slug>")
def page(slug: str) -> str:
    return _page(_offered(slug), SignupForm(), BookingText(), source_here())


@blueprint.post("/sessions/<slug>")
def ask(slug: str) -> AnyResponse:
    """Takes what was typed; the answer is the same whoever has the address."""
    offered, service = _offered(slug), current_service()
    if offered.url:
        abort(404)  # it is asked for in the practice's own calendar
    if comes_from_elsewhere(request, service.settings.site_url):
        abort(403)
    form, said, source = read_form(request.form), said_in_form(), known_source(request.form.get("from", ""))
    try:
        address = checked_email(form.email)
        ask_whether_meant(form, address, program=False)
    except SignupError as error:
        form.errors = error.errors | form.errors
    if "email" in form.errors:
        return _unkept(make_response(_page(offered, form, said, source), 422))
    step = current_doubt().step_before(form, request.remote_addr, program=False)
    if isinstance(step, OneMoreStep):
        return _unkept(session_step_page(offered, form, said, source, step))
    wish = SessionWish(offered, address, form.name, said, source, page_language())
    if not (_is_within(address) and ask_for_session(service, wish, current_now())):
        return _unkept(make_response(render_template("pages/session_thanks.html", offered=offered, kept=False), 429))
    return redirect(url_for("sessions.thanks", slug=slug), 303)


@blueprint.get("/sessions/<slug>/thanks")
def thanks(slug: str) -> str:
    return render_template("pages/session_thanks.html", offered=_offered(slug), kept=True)


def _is_within(address: str) -> bool:
    """Whether this network may ask by this address once more today, whatever others have asked by it."""
    budgets = current_budgets()
    network, asked = budgets.network(request.remote_addr), budgets.digest("session", own_mailbox(address))
    return budgets.spend(_BY_ONE, "session", network, asked)


def offered_sessions() -> tuple[OfferedSession, ...]:
    """What can be asked for, in its order."""
    return (current_service().library.sessions or SessionList()).sessions


def source_here() -> str:
    """The page or lesson that led to this page, as its address says it."""
    return known_source(request.args.get("from", ""))


def known_source(text: str) -> str:
    """A page, an offer or a lesson of the practice's, by its name; "" for anything else: it is counted and shown."""
    library: Library = current_service().library
    text = text.strip()[:_LONGEST_SOURCE]
    folder, _, name = text.rpartition("/")
    if folder in ("", "pages") and name in library.pages:
        return f"pages/{name}"
    if folder in ("", "offers") and name in library.offers:
        return f"offers/{name}"
    lessons = ((each.slug, lesson.id) for each in library.sequences.values() for lesson in each.lessons)
    return next((f"{slug}/{lesson}" for slug, lesson in lessons if lesson == name and folder in ("", slug)), "")


def _offered(slug: str) -> OfferedSession:
    found = (current_service().library.sessions or SessionList()).find(slug)
    return abort(404) if found is None else found


def _page(offered: OfferedSession, form: SignupForm, said: BookingText, source: str) -> str:
    service = current_service()
    return render_template(
        "pages/session.html",
        offered=offered,
        form=form,
        said=said,
        source=source,
        calendar=calendar_at(offered.url),
        opened=form.opened or current_doubt().proofs.seal(OPENED),
        kept_until=current_now() + timedelta(days=service.settings.keep_sessions_days),
        practice_zone=service.library.practice.zone,
        described=_described((offered,)),
    )


def _unkept(answer: Response) -> Response:
    """No browser keeps what was typed."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _described(found: tuple[OfferedSession, ...]) -> list[dict[str, object]]:
    """The same for search engines (https://schema.org/Service), as data: it is never run, and loads nothing."""
    practice = current_service().library.practice
    return [_service(each, practice) for each in found]


def _service(offered: OfferedSession, practice: Practice) -> dict[str, object]:
    here = url_for("sessions.page", slug=offered.slug, _external=True)
    offer = {"@type": "Offer", "url": here, **({"description": offered.price} if offered.price else {})}
    made: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Service",
        "name": offered.title,
        "url": here,
        "provider": {"@type": "Organization", "name": practice.name, "address": practice.postal_address},
        "offers": offer,
    }
    if offered.about:
        made["description"] = offered.about
    return made
