"""What is wrong with a text's markdown, kept: after a change a folder is read anew, and most texts are as they were."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import lru_cache

from funnel.curriculum.lint.markup import Reading, check_markup
from funnel.curriculum.lint.spans import Span
from funnel.curriculum.lint.tags import Found

Finding = tuple[int, bool, str, str, str]  # what `Found` is called with

_MOST_TEXTS, _MOST_FINDINGS = 128, 50


def check_markup_once(
    text: str, spans: list[Span], pages_allowed: bool, found: Found, assets: AbstractSet[str] | None = None
) -> Reading:
    """As `check_markup`, which looks only at these arguments: what it said of them lately is said again."""
    try:
        findings, reading = _kept(text, tuple(spans), pages_allowed, None if assets is None else frozenset(assets))
    except _NotKeptError as told:
        findings, reading = told.findings, told.reading
    for finding in findings:
        found(*finding)
    return reading


class _NotKeptError(Exception):
    """More is wrong than is worth keeping: what, and what a reader would read."""

    def __init__(self, findings: list[Finding], reading: Reading) -> None:
        super().__init__()
        self.findings, self.reading = findings, reading


@lru_cache(maxsize=_MOST_TEXTS)
def _kept(
    text: str, spans: tuple[Span, ...], pages_allowed: bool, assets: frozenset[str] | None
) -> tuple[list[Finding], Reading]:
    findings: list[Finding] = []

    def found(at: int, is_error: bool, code: str, message: str, fix: str) -> None:
        findings.append((at, is_error, code, message, fix))

    reading = check_markup(text, list(spans), pages_allowed, found, assets)
    if len(findings) > _MOST_FINDINGS:
        raise _NotKeptError(findings, reading)
    return findings, reading
