"""The practice's own pages. They cannot name the reader, because anybody may open them."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from types import MappingProxyType

from funnel.curriculum.lint.kept import check_markup_once
from funnel.curriculum.lint.markup import Reading
from funnel.curriculum.lint.spans import Span
from funnel.curriculum.lint.tags import Found
from funnel.curriculum.lint.templates import Known, check_template
from funnel.curriculum.names import FUNCTIONS, IN_FORCE, PAGE_FUNCTIONS, PAGES, PRACTICE_VARIABLES

_NOTHING: Mapping[str, str] = MappingProxyType({})


def check_page_text(
    text: str, known: Known, found: Found, assets: AbstractSet[str], more: Mapping[str, str] = _NOTHING
) -> Reading:
    """Reports to `found` everything wrong with the text of a page; returns what a visitor will read.

    `more` are the variables it may use besides the practice's own.
    """
    public = replace(
        known,
        pages=known.pages - frozenset(PAGES),
        variables={**PRACTICE_VARIABLES, **more},
        functions={name: FUNCTIONS[name] for name in PAGE_FUNCTIONS},
    )
    spans = check_template(text, public, found)
    if spans is None:
        return Reading(())
    for span in spans:
        if span.kind != "expression":
            found(span.start, True, "template", "a page is the same for everybody", "Write it without {% … %}.")
        elif "in_force" in text[span.start : span.end] and not _alone(text, span):
            found(
                span.start, True, "template", "this is a whole part of a page, with paragraphs of its own",
                "Put it alone on a line, with a blank line above and below: {{ " + next(iter(IN_FORCE)) + " }}.",
            )  # fmt: skip
    return check_markup_once(text, spans, True, found, assets)


def _alone(text: str, span: Span) -> bool:
    before, after = text[: span.start].rsplit("\n", 2)[-2:], text[span.end :].split("\n", 2)[:2]
    return not "".join((*before, *after)).strip()
