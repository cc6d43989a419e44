"""The practice's markdown as HTML for a page. HTML inside it is shown as typed, never run."""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from markupsafe import Markup

from funnel.compose.errors import CompileError
from funnel.compose.page import PageText
from funnel.compose.site import Site
from funnel.wiring import Service

log = structlog.get_logger(__name__)


def page_markup(page: PageText, service: Service, deeper: int = 0) -> Markup:
    """Safe HTML; headings stand `deeper` levels below what was written, so that a page keeps its one h1.

    What cannot be made, in an edition from before there was a check for it, is shown as it was typed.
    """
    site = Site.of(service.library, urlsplit(service.settings.site_url).path)
    try:
        return site.html(page, deeper)
    except CompileError as error:
        log.warning("a page is shown as it was typed", problem=str(error))
        return _as_typed(page.text)


def _as_typed(text: str) -> Markup:
    paragraphs = (Markup("<br>\n").join(part.strip().split("\n")) for part in text.split("\n\n") if part.strip())
    return Markup("").join(Markup("<p>{}</p>\n").format(paragraph) for paragraph in paragraphs)
