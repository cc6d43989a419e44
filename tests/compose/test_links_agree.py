"""A link that check lets through is compiled, and one that it refuses is not: one rule, asked twice."""

from __future__ import annotations

import pytest

from funnel.compose import CompileError
from funnel.curriculum import check_library
from tests.compose.conftest import Compile
from tests.curriculum.examples import FIRST, folder
from tests.curriculum.test_links import KINDS, NONE

# A quote in an address is written as %22 when it is compiled; check is stricter, and says so first.
HREFS = [*(href for href, _ in KINDS), *(href for href in NONE if '"' not in href)]


@pytest.mark.parametrize("href", HREFS, ids=[str(number) for number in range(len(HREFS))])
def test_check_and_publish_say_the_same_of_a_link(compiled: Compile, href: str) -> None:
    text = f"[over there](<{href}>)" if href.strip() else f"[over there]({href})"
    _, problems = check_library(folder(first=FIRST + b"\n" + text.encode() + b"\n"))
    refused = any(problem.severity == "error" for problem in problems)
    try:
        lesson = compiled(text)
    except CompileError:
        assert refused, "publish refuses what check lets through"
    else:
        assert not refused, "publish takes what check refuses"
        assert bool(lesson.links) is (dict(KINDS).get(href) == "web"), "only what leads to the web is counted"
