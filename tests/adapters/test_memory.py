from __future__ import annotations

from datetime import timedelta

import pytest

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import Outcome, OutcomeKind
from tests.adapters.examples import mail_to, send_one


@pytest.mark.parametrize("kind", list(OutcomeKind))
def test_an_address_gets_the_outcome_written_for_it(kind: OutcomeKind) -> None:
    adapter = MemoryAdapter({"dan@example.org": kind})
    assert send_one(adapter, mail_to("dan@example.org")).kind is kind
    assert send_one(adapter, mail_to("ada@example.org")).kind is OutcomeKind.ACCEPTED
    accepted = ["dan@example.org"] if kind is OutcomeKind.ACCEPTED else []
    assert [mail.recipient.address for mail in adapter.mails] == [*accepted, "ada@example.org"]


def test_a_whole_outcome_can_be_written_too() -> None:
    slow = Outcome(OutcomeKind.RATE, "slower", retry_after=timedelta(minutes=5))
    assert send_one(MemoryAdapter({"dan@example.org": slow}), mail_to("dan@example.org")) == slow


def test_a_mail_sent_twice_is_seen_twice() -> None:
    adapter = MemoryAdapter()
    for _ in range(2):
        send_one(adapter, mail_to())
    assert len(adapter.mails) == 2
