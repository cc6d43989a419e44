"""{% if %} tags: each opened, each closed, and no other tag used."""

from __future__ import annotations

from collections.abc import Callable

from funnel.curriculum.lint.spans import Span
from funnel.curriculum.names import nearest
from funnel.curriculum.parse.report import printable

DEEPEST_IF = 8
LONGEST_EXPRESSION = 80
_TAGS = ("if", "elif", "else", "endif")

# Called for each finding: place (from 0), error or warning, code, what is wrong, what to do.
Found = Callable[[int, bool, str, str, str], None]


def check_tags(spans: list[Span], found: Found) -> bool:
    """Reports each {% if %} without its end and every other tag, at the exact place."""
    opened: list[Span] = []
    good = True

    def wrong(span: Span, message: str, fix: str) -> None:
        nonlocal good
        good = False
        found(span.start, True, "template", message, fix)

    for span in spans:
        if span.kind != "comment" and len(span.words) > LONGEST_EXPRESSION:
            wrong(span, "this is too long", "Make it simpler.")
        if any(len(word.text) > 2 for word in (span.words[0], span.words[-1]) if word.kind != "comment"):
            wrong(span, "{%- and -%} are not used here", "Write {{ … }} or {% … %} without hyphens.")
        if span.kind != "tag":
            continue
        name = span.words[1].text if len(span.words) > 2 else ""
        if name not in _TAGS:
            near = nearest(name, _TAGS)
            fix = f"Did you mean {near}?" if near else "Lessons know if, elif, else and endif only."
            wrong(span, f"{{% {printable(name, 20)} %}} is not something a lesson may use", fix)
        elif name == "if":
            opened.append(span)
            if len(opened) > DEEPEST_IF:
                wrong(span, "too many {% if %} inside one another", "Make it simpler.")
        elif not opened:
            wrong(span, f"{{% {name} %}} has no {{% if %}} before it", "Remove it, or add the {% if … %}.")
        elif name == "endif":
            opened.pop()
    for span in opened[:5]:
        wrong(span, "this {% if %} is never closed", "Add {% endif %} where it ends.")
    return good
