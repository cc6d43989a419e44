"""Ada asks for a conversation and presses the buttons of its page."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from funnel.links import Purpose, number_of
from funnel.models import (
    BookingRequest,
    Delivery,
    DeliveryKind,
    Lead,
)
from tests.web.conftest import Pages, Reader, text_of

TIME = datetime(2027, 1, 12, 14, 0, tzinfo=UTC)


def asked(pages: Pages, ada: Reader, **said: str) -> str:
    """Ada asks for a conversation; the path of her booking's page, from the mail she gets."""
    token = pages.token(Purpose.BOOK, ada.delivery_id, number_of("intro"))
    answer = pages.client.post(f"/book/{token}", data=said)
    found = re.search(r'href="https://letters\.example\.org(/booking/[^"]+)"', answer.text)
    assert found is not None
    return found[1]


def press(pages: Pages, path: str, do: str, **said: str) -> str:
    answer = pages.client.post(path, data={"do": do, **said})
    assert answer.status_code == 200
    return text_of(answer)


def mails(pages: Pages, kind: DeliveryKind) -> int:
    return sum(row.kind == kind for row in pages.rows(Delivery))


def booking(pages: Pages) -> BookingRequest:
    row = pages.rows(BookingRequest)[0]
    assert isinstance(row, BookingRequest)
    return row


def lead(pages: Pages) -> Lead:
    row = pages.rows(Lead)[0]
    assert isinstance(row, Lead)
    return row
