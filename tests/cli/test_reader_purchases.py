"""`funnel reader bought` and `refunded`."""

from __future__ import annotations

import pytest
import time_machine

from tests.cli.practice import Practice, practice_fixture  # noqa: F401 - a fixture
from tests.journey.steps import live, sent
from tests.selling import DEEP, sell

ADA = "ada@example.org"


@pytest.fixture
def shop(practice: Practice) -> Practice:
    sell(practice.service)
    return practice


def test_a_purchase_is_noted_once_and_given_back_once(shop: Practice, time: time_machine.Traveller) -> None:
    said = shop.run("reader", "bought", ADA, DEEP, "--at", "2027-01-03", "--order", "1042")
    assert said.output == f"{ADA} has bought {DEEP}.\n{DEEP} begins.\n"
    again = shop.run("reader", "bought", ADA, DEEP, "--order", "1042")
    assert again.output == (
        f"That {ADA} has bought {DEEP} was noted before.\n{DEEP} does not begin: it is under way.\n"
    )
    live(shop.service, time, 8)
    assert len(sent(shop.service, "ada")) == 2
    shown = shop.run("reader", "show", ADA).output
    assert f"tag bought:{DEEP}, put on Mon 4 Jan 2027" in shown
    assert f"{DEEP}, active, began Mon 4 Jan 2027 09:00 (tag:bought:{DEEP})" in shown
    assert shop.run("reader", "refunded", ADA, DEEP).output == (
        f"{ADA} was given back what {DEEP} cost.\n{DEEP} has ended kindly.\n"
    )
    assert "was noted before" in shop.run("reader", "refunded", ADA, DEEP).output
    assert f"{DEEP}, stopped: refunded" in shop.run("reader", "show", ADA).output
    assert "bought deep-course" in shop.run("ledger", ADA).output


def test_what_cannot_be_a_purchase_is_one_sentence(shop: Practice) -> None:
    assert "Did you mean deep-course?" in str(shop.run("reader", "bought", ADA, "deep-corse").exception)
    assert shop.run("reader", "bought", ADA, DEEP, "--at", "yesterday").exit_code == 2
    assert "yet to come" in str(shop.run("reader", "bought", ADA, DEEP, "--at", "2027-01-05").exception)
    assert "nobody is known" in str(shop.run("reader", "refunded", ADA, DEEP).exception)
    refused = shop.run("reader", "tag", ADA, f"bought:{DEEP}")
    assert "funnel reader bought notes it" in str(refused.exception)
