"""What the tests of all providers share."""

from __future__ import annotations

from collections.abc import Mapping

from funnel.mail import Mail, Outcome, OutcomeKind
from tests.adapters.examples import mail_to, outcomes
from tests.adapters.providers.apis import Api
from tests.adapters.providers.conftest import Connect, Start


def readers(count: int) -> list[Mail]:
    return [mail_to(f"reader{number}@example.org", str(number)) for number in range(count)]


def send_many(api: Api, connect: Connect, start: Start, count: int) -> None:
    """Each of many mails is taken once and answered once, over no more connections than were asked for."""
    mails = readers(count)
    server = start(api, keep=False)
    adapter = connect(api, server)

    found = outcomes(adapter, mails)

    assert {outcome.kind for outcome in found.values()} == {OutcomeKind.ACCEPTED}
    assert api.count() == {mail.key: 1 for mail in mails}
    assert len({outcome.provider_id for outcome in found.values()}) == count
    assert server.connections <= adapter.window
    assert all(size <= api.batch for size in api.sizes)


# Every header the product gives a lesson, as compose writes them.
LESSON_HEADERS = (
    ("Date", "Mon, 04 Jan 2027 08:00:00 +0000"),
    ("Message-ID", "<4711.0a1b2c@harbour.example.org>"),
    ("Reply-To", "Harbour Practice <answers@harbour.example.org>"),
    ("List-Id", '"Calm, week by week" <calm.harbour.example.org>'),
    ("List-Unsubscribe", "<https://harbour.example.org/u/opaque-token>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
)
UNCHANGED = {name: value for name, value in LESSON_HEADERS if name.startswith("List-Unsubscribe")}


def lesson() -> Mail:
    return mail_to(key="4711", subject="Week 1: für dich", headers=LESSON_HEADERS)


def kinds(found: Mapping[str, Outcome]) -> dict[str, str]:
    return {key: outcome.kind.value for key, outcome in found.items()}
