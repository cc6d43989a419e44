"""Whatever comes in: no traceback, no long wait, and never an address that does not stand there."""

from __future__ import annotations

import random
import time as machine_time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.bounces import BounceReading, read_bounce
from tests.bounces.samples import SAMPLES
from tests.bounces.steps import bounce, complaint

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "bounces" / "mail"
HEAD = b"From: mailer-daemon@example.org\nSubject: failure notice\nTo: letters@harbour.example.org\n"
PIECES = (
    b"multipart/report", b"message/rfc822", b"Final-Recipient: rfc822;", b"\r\n\r\n", b"--", b"=?utf-8?q?",
    b"=?utf-8?b?a?=",
    b"550 ", b"<", b"@", b"boundary=", b"\x00", b"\xff", b"base64", b"charset=utf-7", b"charset=idna",
    b"charset=punycode",
    b"charset=undefined", b"Content-Transfer-Encoding: x-uuencode\n", b"Feedback-Type: abuse\n", b'"notificationType"{',
)  # fmt: skip


def settled(raw: bytes) -> BounceReading:
    """Reads, and holds what is true of every reading."""
    begin = machine_time.process_time()
    reading = read_bounce(raw)
    assert machine_time.process_time() - begin < 5
    for each in reading.recipients:
        assert each.address
        assert len(each.address) <= 330
        assert 0 <= each.confidence <= 1
        assert not (each.hard and each.reason not in ("userunknown", "hostunknown", "hasmoved", "notaccept"))
    return reading


@settings(max_examples=150)
@given(st.binary(max_size=3000), st.lists(st.sampled_from(PIECES), max_size=8))
def test_any_bytes_are_read_without_a_traceback(noise: bytes, pieces: list[bytes]) -> None:
    settled(noise)
    settled(HEAD + b"\n" + noise + b"".join(pieces))
    settled(b"".join(pieces) + noise + HEAD)


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """The mail with pieces taken out, put in and changed."""
    changed = bytearray(raw)
    for _ in range(chance.randint(1, 25)):
        at, how = chance.randrange(len(changed) + 1), chance.random()
        if how < 0.3:
            changed[at : at + chance.randint(0, 200)] = b""
        elif how < 0.7:
            changed[at:at] = chance.choice(PIECES) * chance.choice((1, 1, 3, 40))
        elif changed:
            changed[at % len(changed)] = chance.randrange(256)
    return bytes(changed)


def sources() -> list[bytes]:
    """Our own samples, and the labelled mails where they are at hand."""
    found = [sample.raw() for sample in SAMPLES] + [bounce("x@example.org"), complaint("To: gus@example.org")]
    return found + [file.read_bytes() for file in sorted(CORPUS.glob("*.eml"))] if CORPUS.is_dir() else found


def test_broken_bounces_are_read_without_a_traceback() -> None:
    known, chance = sources(), random.Random(20270104)
    for _ in range(400):
        settled(mutated(chance.choice(known), chance))


NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(38))
PART = b"--z\nContent-Type: text/plain\n\nx\n"
GROUP = b"Final-Recipient: rfc822; dan@example.org\nAction: failed\n\n"
SLOW = {
    "addresses": HEAD + b"\n" + b"a@b.c " * 800_000,
    "empty lines": HEAD + b"\n" + b"\n" * 3_000_000,
    "parts in parts": NESTED + b"x\n" * 200_000,
    "mails in mails": b"Content-Type: message/rfc822\n\n" * 30_000,
    "many parts": HEAD + b"Content-Type: multipart/mixed; boundary=z\n\n" + PART * 15_000,
    "encoded words": b"From: mailer-daemon@example.org\nSubject: " + b"=?utf-8?b?" * 50_000 + b"\n\nx",
    "open tags": HEAD + b"Content-Type: text/html\n\n" + b"<style " * 60_000,
    "one recipient again and again": HEAD + b"Content-Type: message/delivery-status\n\n" + GROUP * 8000,
    "words that nearly match": HEAD + b"\n<dan@example.org>\n550 user " + b"is was are name " * 3000,
    "braces": HEAD + b'\n"notificationType" ' + b'{"a":' * 100_000,
    "codes": HEAD + b"\ndan@example.org " + b"5.1.1." * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_a_mail_made_to_be_slow_is_not(name: str) -> None:
    settled(SLOW[name])
