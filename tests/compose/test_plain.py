"""The text part is for reading."""

from __future__ import annotations

from funnel.compose import Reader, fill_lesson
from funnel.links import Links
from tests.compose.conftest import SENT, Compile

BODY = """# Week one

Dear {{ lead.first_name or "reader" }}, this sentence is long enough to be wrapped once or twice, since nobody likes to
read a line that goes on and on. See [the page](https://example.org/page) for more.

## What to do

1. First, which is a step with so many words that it has to be continued on another line of the text
2. Second
   - a point
   - another

> Somebody said so.

Line one\\
line two

---

Write to <hello@example.org> or to [us](mailto:hello@example.org).
"""

EXPECTED = """Week one
========

Dear Ada, this sentence is long enough to be wrapped once or twice, since
nobody likes to read a line that goes on and on. See the page [1] for more.

[1] https://example.org/page

What to do
----------

1. First, which is a step with so many words that it has to be continued on
   another line of the text
2. Second
   - a point
   - another

> Somebody said so.

Line one
line two

* * *

Write to hello@example.org or to us (hello@example.org).

--------------------------------------------------------------------------
"""


def test_the_text_part_reads_as_if_it_had_been_typed(compiled: Compile, ada: Reader, links: Links) -> None:
    text = fill_lesson(compiled(BODY), ada._replace(tracking="none"), links, SENT).text
    assert text.startswith(EXPECTED)


def test_lines_stay_within_76_columns_but_for_addresses(compiled: Compile, ada: Reader, links: Links) -> None:
    text = fill_lesson(compiled(BODY), ada, links, SENT).text
    assert [line for line in text.split("\n") if len(line) > 76 and "https://" not in line] == []
    assert "\n\n\n" not in text
