"""The practice's own pages: what stands in pages/ and home.md, for anybody, without a cookie, a count or a stranger."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template
from markupsafe import Markup

from funnel.compose.page import PageText, with_parts
from funnel.curriculum.model import Page
from funnel.web.context import current_service
from funnel.web.markup import page_markup
from funnel.web.site.service_facts import in_force

blueprint = Blueprint("practice_pages", __name__)


@blueprint.get("/pages/<slug>")
def page(slug: str) -> Response:
    found = current_service().library.pages.get(slug)
    if found is None:
        abort(404)
    response = make_response(
        render_template("pages/page.html", page=found, body=practice_markup(found.body, found.path, found.body_line))
    )
    response.vary.add("Accept-Language")  # which helplines come first
    if found.exit_to:
        response.headers["Cache-Control"] = "no-store"  # whoever looks through the browser afterwards finds no copy
    return response


def practice_markup(text: str, path: str = "", first_line: int = 1) -> Markup:
    """A text of the practice as HTML, with its own words, links to its pages, and what is in force in their places."""
    return with_parts(page_markup(PageText(text, path, first_line), current_service()), in_force)


def listed_pages() -> list[Page]:
    """The pages that the foot of every page names, by their titles."""
    found = (page for page in current_service().library.pages.values() if page.listed)
    return sorted(found, key=lambda page: page.title.casefold())
