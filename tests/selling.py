"""The starter with a course that is sold: the page, and three letters that a purchase starts."""

from __future__ import annotations

from funnel.curriculum import Library, check_library, read_folder
from funnel.curriculum.problem import Problem
from funnel.publishing.publish import publish
from funnel.settings import starter
from funnel.wiring import Service

DEEP = "deep-course"
DEEP_LESSONS = ["one-wish", "one-no", "one-letter"]
OFFER = """---
title: A deeper course
kind: course
paid: true
price: "EUR 120"
checkout: "https://shop.example.org/deep-course"
teaser: Three letters for couples.
button: Buy the course
consent: "Please e-mail me the deeper course. I can stop at any time with a link in every letter."
---
What the course holds.
"""
SEQUENCE = """---
title: The deeper course
start_on: ["tag:bought:deep-course"]
---
For couples.
"""
LESSON = """---
id: {name}
subject: "A letter about {name}"
day: {day}
---
Dear {{{{ lead.first_name or "reader" }}}},

please sit together for ten minutes, and say one thing each.
"""


def sold_files(**changes: tuple[str, str]) -> dict[str, bytes]:
    """The folder; each change names one of its texts, `offer`, `sequence` or `lesson`, what to take out and put in."""
    texts = {"offer": OFFER, "sequence": SEQUENCE, "lesson": LESSON}
    for name, (old, new) in changes.items():
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new)
    files = dict(read_folder(starter("sequences"))[0])
    files[f"offers/{DEEP}.md"] = texts["offer"].encode()
    files[f"{DEEP}/sequence.md"] = texts["sequence"].encode()
    for number, name in enumerate(DEEP_LESSONS):
        files[f"{DEEP}/{number}.md"] = texts["lesson"].format(name=name, day=number * 7).encode()
    return files


def selling_library(**changes: tuple[str, str]) -> Library:
    """The same as read; nothing in it is wrong."""
    library, problems = check_library(sold_files(**changes))
    assert [each for each in problems if each.severity == "error"] == []
    assert library is not None
    return library


def sell(service: Service, library: Library | None = None) -> Library:
    """Publishes it."""
    sold = library or selling_library()
    publish(service, sold, "ada", service.clock.now())
    return sold


def wrong_in(files: dict[str, bytes]) -> list[Problem]:
    """The errors in a folder."""
    return [each for each in check_library(files)[1] if each.severity == "error"]
