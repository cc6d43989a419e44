"""Ada in her room: its address, its buttons, and the link that opens all of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from funnel.adapters.memory import MemoryAdapter
from funnel.enrolment.standing import State
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import text_of
from tests.web.reader.conftest import Stage

Bring = Callable[[State], Stage]


def limited(stage: Stage) -> str:
    return stage.path("preferences").replace("/p/", "/me/")


def press(stage: Stage, do: str, **fields: str) -> str:
    answer = stage.pages.client.post(limited(stage), data={"do": do, **fields})
    assert answer.status_code in (200, 422), do
    return text_of(answer)


def whole(stage: Stage, service: Service, outbox: MemoryAdapter) -> str:
    """The path of all of her room, by the link that is mailed to her for it."""
    press(stage, "own-data")
    work(service)
    found = re.search(r'href="https://letters\.example\.org(/[^"]+)"[^>]*>Go to the page', outbox.mails[-1].html)
    assert found
    return unescape(found[1]).replace("/your-data/", "/me/")
