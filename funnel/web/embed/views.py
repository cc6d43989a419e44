"""What answers below /embed/: the frame, the form that a script puts into a page, the plain form, and two scripts."""

from __future__ import annotations

from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from funnel.curriculum.sites import site_origin
from funnel.models import SignupPlace
from funnel.web.context import current_service
from funnel.web.embed.one_press import one_press_page
from funnel.web.embed.part import Part, bundled_script, first_part, own_script, part_after, style_sheet, thanks
from funnel.web.embed.policy import listed_site, may_be_framed, may_be_loaded, may_be_read
from funnel.web.embed.tokens import FormStanding
from funnel.web.site.pages import open_offer
from funnel.web.site.playing import checked_token
from funnel.web.visitor import comes_from_elsewhere

blueprint = Blueprint("embed", __name__, url_prefix="/embed", static_folder="static")


@blueprint.get("/<slug>/frame")
def frame(slug: str) -> AnyResponse:
    """Our form as a page that the listed sites may frame. `site` is the one it is made for, `source` is kept."""
    standing = _in_frame(slug)
    return _framed(standing, first_part(standing))


@blueprint.post("/<slug>/frame")
def frame_sent(slug: str) -> AnyResponse:
    standing = _in_frame(slug)
    if comes_from_elsewhere(request, current_service().settings.site_url):
        abort(403)
    part = part_after(standing)
    if part.taken:
        return redirect(url_for("embed.frame_thanks", slug=slug, site=standing.site, watch=part.watch or None), 303)
    return _framed(standing, part)


@blueprint.get("/<slug>/thanks")
def frame_thanks(slug: str) -> AnyResponse:
    standing = _in_frame(slug)
    if standing.offer.paid:
        return _framed(standing, first_part(standing))
    return _framed(standing, thanks(standing, checked_token(standing.offer, request.args.get("watch", ""))))


@blueprint.get("/<slug>/part")
def part(slug: str) -> AnyResponse:
    """Our form for the script of a listed site's page."""
    standing = _in_page(slug)
    return _read(standing, first_part(standing))


@blueprint.post("/<slug>/part")
def part_sent(slug: str) -> AnyResponse:
    standing = _in_page(slug)
    return _read(standing, part_after(standing))


@blueprint.post("/<slug>/form")
def plain_form(slug: str) -> AnyResponse:
    """A plain form of another site leads here, with what was typed: nothing is taken in before a press on our page.

    A browser says which site the form stands on, unless that site asks it not to; then there is nothing to compare.
    """
    offer = open_offer(slug)
    origin = request.headers.get("Origin", "null")
    if origin not in ("null", site_origin(current_service().settings.site_url)):
        listed_site(origin)
    return one_press_page(offer)


@blueprint.get("/form.css")
def styles() -> AnyResponse:
    answer = make_response(style_sheet())
    answer.mimetype = "text/css"
    answer.headers["Cache-Control"] = "no-cache"  # the colours are the practice's, and may have changed
    answer.add_etag()
    return answer.make_conditional(request)


@blueprint.get("/form.js")
def form_script() -> AnyResponse:
    work = Path(str(current_app.static_folder)) / "work.js"
    return _script(bundled_script(work, own_script("ground.js"), own_script("form.js")))


@blueprint.get("/height.js")
def height_script() -> AnyResponse:
    return _script(bundled_script(own_script("ground.js"), own_script("height.js")))


def _in_frame(slug: str) -> FormStanding:
    """A form in a frame says in its address which site shows it."""
    return FormStanding(open_offer(slug), listed_site(request.args.get("site", "")), SignupPlace.FRAME)


def _in_page(slug: str) -> FormStanding:
    """Of one that a script puts into a page, the browser does."""
    return FormStanding(open_offer(slug), listed_site(request.headers.get("Origin", "")), SignupPlace.SCRIPT)


def _script(text: str) -> AnyResponse:
    answer = make_response(text)
    answer.mimetype = "text/javascript"
    return may_be_loaded(answer)


def _framed(standing: FormStanding, part: Part) -> Response:
    html = Markup(part.html)  # noqa: S704 - a template of ours, filled and escaped
    page = render_template("embed/frame.html", offer=standing.offer, site=standing.site, html=html)
    return may_be_framed(make_response(page, part.status))


def _read(standing: FormStanding, part: Part) -> Response:
    answer = jsonify(html=part.html, css=style_sheet())
    answer.status_code = part.status
    return may_be_read(answer, standing.site)
