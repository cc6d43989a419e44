"""Nothing a practice writes makes a mail or a page scroll sideways, on any phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from funnel.compose import Reader, fill_lesson
from funnel.compose.page import PageText, page_html
from funnel.compose.picture import Picture
from funnel.links import Links
from funnel.web.colours import practice_css
from tests.browsers import chromium as chromium
from tests.compose.conftest import PRACTICE, SENT, Compile

pytestmark = pytest.mark.browser

LONG = "https://harbour.example.org/" + "a/very/long/address/without/any/place/to/break/" * 3
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
PICTURES = {"assets/me.jpg": Picture(PIXEL, 1_200, 300), "assets/leaf.png": Picture(PIXEL, 40, 30)}
BODY = f"""# {WORD}

See {LONG} or `{LONG}` and **{WORD}**.

    {LONG} indented

```
{LONG}
```

| When | {WORD} | Where | Who | And |
|---|---|---|---|---|
| {WORD} | {LONG} | `{LONG}` | x | y |

| Morning | Breathe |
|---|---|
| Night | {LONG} |

> {WORD}

:::practice {WORD}
1. - {LONG}

![Me](assets/me.jpg)
:::

:::button
[{WORD}](https://example.org/)
:::

![Me](assets/me.jpg) ![leaf](assets/leaf.png)

- [ ] {LONG}[^1]

[^1]: {LONG}
"""
WIDEST = """() => [document.documentElement.scrollWidth - document.documentElement.clientWidth,
  ...[...document.querySelectorAll("body *")].filter((each) => {
    const style = getComputedStyle(each)
    return each.scrollWidth > each.clientWidth + 1 && ["auto", "scroll"].includes(style.overflowX)
  }).map((each) => each.tagName)]"""


Measure = Callable[[str], dict[int, list[object]]]
WIDTHS = (320, 375, 430, 500, 800, 1_200)


@pytest.fixture
def too_wide(chromium: Browser) -> Measure:
    """For each width of a window by how many pixels a page is wider, and what in it has to be scrolled."""

    def measure(html: str) -> dict[int, list[object]]:
        context = chromium.new_context()
        page = context.new_page()
        page.set_content(html)
        found: dict[int, list[object]] = {}
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 700})
            found[width] = page.evaluate(WIDEST)
        context.close()
        return {width: what for width, what in found.items() if what != [0]}

    return measure


@pytest.mark.parametrize("media", [True, False], ids=["with its style sheet", "where programs drop it"])
def test_a_mail_is_never_wider_than_its_window(
    media: bool, compiled: Compile, ada: Reader, links: Links, too_wide: Measure
) -> None:
    html = fill_lesson(compiled(BODY, pictures=PICTURES), ada, links, SENT).html
    if not media:
        html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    assert too_wide(html) == {}


@pytest.mark.parametrize(
    "place", ['<div class="narrow">', '<div class="offer"><div class="offer-text">', "<details open>"]
)
def test_a_page_is_never_wider_than_its_window(place: str, too_wide: Measure) -> None:
    sheet = (Path(__file__).parents[2] / "funnel/web/static/site.css").read_text(encoding="utf-8")
    text = page_html(PageText(BODY, "pages/long.md"), PRACTICE, PICTURES)
    html = (
        '<!doctype html><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{practice_css(PRACTICE.colours)}{sheet}</style><main>{place}{text}</main>"
    )
    assert too_wide(html) == {}


def test_a_table_is_a_list_on_a_phone_and_a_table_elsewhere(
    chromium: Browser, compiled: Compile, ada: Reader, links: Links
) -> None:
    html = fill_lesson(compiled("| When | What |\n|---|---|\n| Night | Breathe |\n"), ada, links, SENT).html
    for width, label, cell in ((375, True, "block"), (800, False, "table-cell")):
        context = chromium.new_context(viewport={"width": width, "height": 700})
        page = context.new_page()
        page.set_content(html)
        assert page.locator(".of-column").first.is_visible() is label
        assert page.locator(".table td").first.evaluate("(each) => getComputedStyle(each).display") == cell
        assert page.locator(".table th").first.is_visible() is not label
        context.close()
