"""The practice's own pages: what stands in pages/ and home.md, for anybody, without a cookie, a count or a stranger."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, make_response, render_template, url_for
from markupsafe import Markup

from funnel.curriculum.model import Page
from funnel.curriculum.names import IN_FORCE
from funnel.curriculum.words import with_practice_words
from funnel.web.context import current_service
from funnel.web.in_force import in_force
from funnel.web.markup import page_markup

_PAGE = re.compile(r"\{\{\s*page\(\s*(?P<quote>[\"'])(?P<slug>[a-z0-9-]+)(?P=quote)\s*\)\s*\}\}")
# A character for private use on either side: no text of a practice holds it, and no markdown minds it.
_PART = re.compile(r"\{\{\s*(in_force\.\w+)\s*\}\}")
_PLACE = re.compile(r"<p>\ue000(in_force\.\w+)\ue000</p>")


def practice_pages_blueprint() -> Blueprint:
    blueprint = Blueprint("practice_pages", __name__)
    blueprint.add_url_rule("/pages/<slug>", view_func=page)
    return blueprint


def page(slug: str) -> Response:
    found = current_service().library.pages.get(slug)
    if found is None:
        abort(404)
    response = make_response(render_template("pages/page.html", page=found, body=practice_markup(found.body)))
    response.vary.add("Accept-Language")  # which helplines come first
    if found.exit_to:
        response.headers["Cache-Control"] = "no-store"  # whoever looks through the browser afterwards finds no copy
    return response


def practice_markup(text: str, deeper: int = 0) -> Markup:
    """A text of the practice as HTML, with its own words, links to its pages, and what is in force in their places."""

    def stays(*_: object) -> None:
        """What is not known was found by the check; it is shown as it was typed."""

    text = _PART.sub(lambda match: f"\ue000{match[1]}\ue000" if match[1] in IN_FORCE else match[0], text)
    text = _PAGE.sub(lambda match: url_for("practice_pages.page", slug=match["slug"]), text)
    html = page_markup(with_practice_words(text, current_service().library.practice, stays), deeper)
    return Markup(_PLACE.sub(lambda match: in_force(match[1]), html))  # noqa: S704


def listed_pages() -> list[Page]:
    """The pages that the foot of every page names, by their titles."""
    found = (page for page in current_service().library.pages.values() if page.listed)
    return sorted(found, key=lambda page: page.title.casefold())
