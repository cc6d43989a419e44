"""What every adapter does alike, held by the real SMTP conversation, two APIs, the maildir and the list in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from funnel.adapters import open_adapter
from funnel.adapters.memory import MemoryAdapter
from funnel.mail import Adapter, OutcomeKind
from funnel.mime import message_bytes
from tests.adapters.examples import mail_to, outcomes, send_one
from tests.adapters.providers.apis import MailgunApi, SparkPostApi
from tests.adapters.providers.server import ProviderServer
from workers.catcher import Catcher, CaughtMailFolder, read_caught

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)


@dataclass
class Harness:
    adapter: Adapter
    arrived: Callable[[], list[bytes]]

    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.SMTPUTF8) for raw in self.arrived()]


def _read(paths: list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


@pytest.fixture(params=["memory", "file", "smtp", "smtp-without-pipelining", "mailgun", "sparkpost"])
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Harness]:
    if request.param == "memory":
        memory = MemoryAdapter()
        yield Harness(memory, lambda: [message_bytes(mail) for mail in memory.mails])
        return
    if request.param == "file":
        file = open_adapter(f"file://{tmp_path}/maildir")
        yield Harness(file, lambda: _read(sorted((tmp_path / "maildir" / "new").glob("*"))))
        file.close()
        return
    if request.param in ("mailgun", "sparkpost"):
        api = MailgunApi() if request.param == "mailgun" else SparkPostApi()
        with ProviderServer(api) as provider:
            http = open_adapter(f"{api.url}endpoint={provider.url}")
            yield Harness(http, lambda: [mail.raw for mail in api.taken])
            http.close()
        return
    catcher = Catcher(CaughtMailFolder(tmp_path, lambda: NOON))
    catcher.start()
    pipelining = "no" if request.param.endswith("pipelining") else "yes"
    adapter = open_adapter(f"smtp://127.0.0.1:{catcher.port}?pipelining={pipelining}")
    yield Harness(adapter, lambda: _read(read_caught(tmp_path)))
    adapter.close()
    catcher.stop()


def test_a_mail_arrives_as_it_was_written(harness: Harness) -> None:
    outcome = send_one(harness.adapter, mail_to(subject="Woche 1: für dich"))

    assert outcome.kind is OutcomeKind.ACCEPTED
    (message,) = harness.messages()
    assert message["Subject"] == "Woche 1: für dich"
    assert message["To"] == "Ada <ada@example.org>"
    assert message["Message-ID"] == "<ada-1@example.org>"
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == "Dear Ada,\n\nsit down for a moment.\n.hidden dot\n"


def test_every_mail_of_a_batch_has_one_outcome_and_arrives_once(harness: Harness) -> None:
    mails = [mail_to(f"reader{number}@example.org") for number in range(37)]

    found = outcomes(harness.adapter, mails)

    assert {outcome.kind for outcome in found.values()} == {OutcomeKind.ACCEPTED}
    arrived = sorted(str(message["To"]) for message in harness.messages())
    assert arrived == sorted(f"Ada <{mail.recipient.address}>" for mail in mails)


def test_an_empty_batch_is_nothing(harness: Harness) -> None:
    assert list(harness.adapter.send([])) == []


def test_the_same_adapter_sends_again_and_again(harness: Harness) -> None:
    for number in range(3):
        assert send_one(harness.adapter, mail_to(f"reader{number}@example.org")).kind is OutcomeKind.ACCEPTED
    assert len(harness.arrived()) == 3


def test_an_address_that_is_none_is_never_written_to_again(harness: Harness) -> None:
    for address in ("ada", "ada@", "@example.org", "a da@example.org", "ada@exa mple.org", "ada@-x.org", "ada@a..org"):
        outcome = send_one(harness.adapter, mail_to(address))
        assert outcome.kind is OutcomeKind.PERMANENT_RECIPIENT, address
        assert address not in outcome.detail
    assert harness.arrived() == []


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org\r\nRCPT TO:<eve@example.org>",
        "ada@example.org>\r\nDATA",
        "ada\n@example.org",
        "<ada@example.org>",
        "ada@example.org,eve@example.org",
        'ada"@example.org',
    ],
)
def test_an_address_cannot_smuggle_in_a_command(harness: Harness, address: str) -> None:
    assert send_one(harness.adapter, mail_to(address)).kind is OutcomeKind.PERMANENT_RECIPIENT
    assert send_one(harness.adapter, mail_to()).kind is OutcomeKind.ACCEPTED
    assert len(harness.arrived()) == 1


def test_no_header_can_break_out_of_its_line(harness: Harness) -> None:
    wicked = "Ada\r\nBcc: eve@example.org"
    encoded = ("Zoë\r\nBcc: eve@example.org", "Zoë\x00", "Zoë\x1b[31m")  # not seen through any more once it is encoded
    broken = [
        *[mail_to(name=each) for each in encoded],
        *[mail_to(subject=each) for each in encoded],
        *[replace(mail_to(), sender=mail_to().sender._replace(name=each)) for each in encoded],
        mail_to(name=wicked),
        mail_to(subject=wicked),
        mail_to(subject="Ada\nBcc: eve@example.org"),
        mail_to(headers=(("List-Id", wicked),)),
        mail_to(headers=(("List-Id\r\nBcc", "eve@example.org"),)),
        mail_to(headers=(("List Id", "x"),)),
        mail_to(headers=(("List-Id", "zero\0byte"),)),
        replace(mail_to(), sender=mail_to().sender._replace(name=wicked)),
    ]
    for mail in broken:
        assert send_one(harness.adapter, mail).kind is OutcomeKind.PERMANENT_MESSAGE
    assert harness.arrived() == []


def test_a_line_longer_than_998_characters_is_not_sent(harness: Harness) -> None:
    fits = mail_to(headers=(("X-Long", "x" * (998 - len("X-Long: "))),))
    too_long = mail_to(headers=(("X-Long", "x" * (999 - len("X-Long: "))),))

    assert send_one(harness.adapter, fits).kind is OutcomeKind.ACCEPTED
    assert send_one(harness.adapter, too_long).kind is OutcomeKind.PERMANENT_MESSAGE


def test_lines_end_in_one_way_only_whatever_the_text_holds(harness: Harness) -> None:
    send_one(harness.adapter, mail_to(text="one\rtwo\nthree\r\nfour\n"))
    if isinstance(harness.adapter, MemoryAdapter):
        return  # it keeps the mail itself, not its bytes
    (kept,) = harness.arrived()
    bare = kept.replace(b"\r\n", b"")
    assert b"\r" not in bare
    assert b"\n" not in bare


def test_one_bad_mail_does_not_stop_the_others(harness: Harness) -> None:
    found = outcomes(harness.adapter, [mail_to("ada@example.org"), mail_to("broken"), mail_to("fay@example.org")])

    assert [outcome.kind.value for _, outcome in sorted(found.items())] == [
        "accepted",
        "permanent_recipient",
        "accepted",
    ]


def test_a_domain_in_any_script_is_reached_by_its_ascii_name(harness: Harness) -> None:
    assert send_one(harness.adapter, mail_to("ada@bücher.example")).kind is OutcomeKind.ACCEPTED


def test_a_sender_that_is_no_address_stops_only_the_channel(harness: Harness) -> None:
    assert send_one(harness.adapter, mail_to(sender="nobody")).kind is OutcomeKind.AUTH_CONFIG
    assert send_one(harness.adapter, mail_to(envelope_from="no body@example.org")).kind is OutcomeKind.AUTH_CONFIG


def test_closing_twice_is_harmless(harness: Harness) -> None:
    send_one(harness.adapter, mail_to())
    harness.adapter.close()
    harness.adapter.close()
    assert send_one(harness.adapter, mail_to("fay@example.org")).kind is OutcomeKind.ACCEPTED
