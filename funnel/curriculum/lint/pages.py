"""The practice's own pages: nobody's name can be filled in there, for whoever opens one is a stranger."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from funnel.curriculum.lint.markup import Reading, check_markup
from funnel.curriculum.lint.tags import Found
from funnel.curriculum.lint.templates import Known, check_template
from funnel.curriculum.names import FUNCTIONS, PAGES, PRACTICE_VARIABLES


def check_page_text(text: str, known: Known, found: Found, assets: AbstractSet[str]) -> Reading:
    """Tells `found` of everything wrong with the text of a page; gives back what a visitor will read."""
    public = replace(
        known,
        pages=known.pages - frozenset(PAGES),
        variables=PRACTICE_VARIABLES,
        functions={"page": FUNCTIONS["page"]},
    )
    spans = check_template(text, public, found)
    if spans is None:
        return Reading(())
    for span in spans:
        if span.kind == "tag":
            found(span.start, True, "template", "a page is the same for everybody", "Write it without {% … %}.")
    return check_markup(text, spans, True, found, assets)
