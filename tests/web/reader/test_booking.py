"""Asking for a conversation: what the reader leaves reaches the practice, and nothing else does."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose, number_of
from funnel.mime import message_bytes
from funnel.models import BookingRequest, Delivery, DeliveryKind, Lead, LeadState
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import Pages, Reader, on_one_database, text_of

SAID = {"words": "I sleep badly\r\nsince March.", "phone": "+353 1 555 0100", "good-time": "weekday evenings"}


def path(pages: Pages, ada: Reader) -> str:
    return f"/book/{pages.token(Purpose.BOOK, ada.delivery_id, number_of('intro'))}"


def notices(pages: Pages) -> int:
    return sum(row.kind == DeliveryKind.NOTICE for row in pages.rows(Delivery))


def test_the_practice_gets_what_she_wrote_and_can_answer_her(
    pages: Pages, ada: Reader, service: Service, outbox: MemoryAdapter
) -> None:
    assert "A few words" in text_of(pages.client.get(path(pages, ada)))
    assert "will write to you" in text_of(pages.client.post(path(pages, ada), data=SAID))
    work(service)
    (mail,) = [mail for mail in outbox.mails if mail.recipient.address == service.library.practice.reply_to]
    message = message_from_bytes(message_bytes(mail), policy=default)
    assert message["Reply-To"] == "ada@example.org"
    assert not [name for name in message if name.startswith("List-")]
    for part, between in (("plain", " "), ("html", "<br>")):
        body = message.get_body((part,))
        assert body is not None
        shown = " ".join(body.get_content().split())
        for words in (f"I sleep badly{between}since March.", "+353 1 555 0100", "weekday evenings"):
            assert words in shown
        assert f"https://letters.example.org/dashboard/people/{ada.lead_id}" in shown
    (kept,) = pages.rows(BookingRequest)
    assert (kept.words, kept.phone, kept.name) == ("I sleep badly\nsince March.", "+353 1 555 0100", "intro")


def test_pressing_twice_is_one_request_and_an_addition_another(pages: Pages, ada: Reader, service: Service) -> None:
    for _ in range(3):
        assert pages.client.post(path(pages, ada)).status_code == 200
    assert notices(pages) == 1
    assert "You asked for a conversation on Monday 4 January 2027" in text_of(pages.client.get(path(pages, ada)))
    for _ in range(3):
        pages.client.post(path(pages, ada), data=SAID)
    pages.client.post(path(pages, ada))
    assert notices(pages) == 2


@on_one_database
def test_nobody_fills_the_practices_mailbox_through_a_link(
    pages: Pages, ada: Reader, time: time_machine.Traveller
) -> None:
    for number in range(9):
        answer = pages.client.post(path(pages, ada), data={"words": f"again {number}"})
        assert answer.status_code == 200
    assert "could not be saved" in text_of(answer)
    assert notices(pages) == 5
    time.shift(timedelta(days=2))
    pages.client.post(path(pages, ada), data={"words": "one more"})
    assert notices(pages) == 6


@on_one_database
def test_words_of_several_paragraphs_arrive_as_they_were_typed(
    pages: Pages, ada: Reader, service: Service, outbox: MemoryAdapter
) -> None:
    long = "I have been awake at night since March, and I do not know any more what would help me to sleep."
    typed = f"Hello,\r\n\r\n\r\n{long}\r\n<b>Bcc:</b> ben@example.org\r\n\r\nمی\u200cخواهم \u202eAda 👩\u200d👧"
    pages.client.post(path(pages, ada), data={"words": typed})
    work(service)
    mail = outbox.mails[-1]
    assert (
        "Hello,\n\nI have been awake at night since March, and I do not know any more what\nwould help me to sleep.\n"
        "<b>Bcc:</b> ben@example.org\n\nمی\u200cخواهم Ada 👩\u200d👧\n\n"
    ) in mail.text
    assert max(map(len, mail.text.splitlines())) <= 76
    assert f"Hello,<br><br>{long}<br>&lt;b&gt;Bcc:&lt;/b&gt; ben@example.org<br><br>" in mail.html


@on_one_database
@pytest.mark.parametrize(
    "typed",
    [
        "x" * 10_000,
        "a\x00b\x1b[2J\u202e",
        "Bcc: ben@example.org\r\nSubject: no",
        "<script>alert(1)</script>{{ 7 * 7 }}",
        "😀" * 1500,
    ],
)
def test_whatever_is_typed_is_kept_short_and_shown_as_text(
    pages: Pages, ada: Reader, service: Service, outbox: MemoryAdapter, typed: str
) -> None:
    fields = {"words": typed, "phone": typed, "good-time": typed}
    assert pages.client.post(path(pages, ada), data=fields).status_code == 200
    (kept,) = pages.rows(BookingRequest)
    assert (len(kept.words) <= 2000, len(kept.phone) <= 40, len(kept.good_time) <= 200) == (True, True, True)
    assert not {"\x00", "\x1b", "\u202e", "\r"} & set(kept.words + kept.phone + kept.good_time)
    work(service)
    mail = outbox.mails[-1]
    assert [name for name, _ in mail.headers if name in ("Bcc", "Subject")] == []
    assert "<script>" not in mail.html
    assert "49" not in kept.words


@on_one_database
def test_who_was_erased_books_nothing(pages: Pages, ada: Reader, service: Service) -> None:
    with service.db.write() as session:
        session.get_one(Lead, ada.lead_id).state = LeadState.ERASED
    assert pages.client.post(path(pages, ada), data=SAID).status_code == 404
    assert pages.rows(BookingRequest) == []
