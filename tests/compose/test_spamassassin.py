"""SpamAssassin, asked without a network, has nothing against the mails that the starter sends."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from email.utils import format_datetime
from pathlib import Path

import pytest

from funnel.compose import MailHead, Transactional, compile_lesson, fill_lesson
from funnel.compose.cast import CAST
from funnel.compose.transactional import VALUES
from funnel.curriculum import Sequence
from funnel.links import Links, RowRef
from funnel.mail import Mail
from funnel.mime import message_bytes
from tests.compose.conftest import SENT, TEMPLATES
from tests.compose.test_starter import LIBRARY, STYLE

MOST = 1.0
LINKS = Links("https://letters.example.org", ("a key for tests that is long enough",))
SCORE = re.compile(r"^Content analysis details: +\((-?[\d.]+) points, [\d.]+ required\)", re.MULTILINE)
ADDRESS = "https://letters.example.org/c/eyJsIjoxMSwicCI6ImNvbmZpcm0ifQ.aRkZ8w.Zk1qVq0yXo8n3wJ0f2v5c1u7t9s"
WRITTEN = {
    "reader_email": "ada@example.org",
    "minutes": "15",
    "booking_title": "A first conversation",
    "confirm_url": ADDRESS,
    "asset_url": ADDRESS,
    "sign_in_url": ADDRESS,
}


@pytest.fixture(scope="module")
def spamassassin() -> str:
    found = shutil.which("spamassassin")
    if found is None:
        missing = "spamassassin: install spamassassin (Debian: apt-get install spamassassin)"
        if "spamassassin" in os.environ.get("FUNNEL_TEST_REQUIRE", "").split(","):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.mark.spamassassin
@pytest.mark.matrix
@pytest.mark.parametrize("sequence", LIBRARY.sequences.values(), ids=lambda sequence: sequence.slug)
def test_every_lesson_scores_below_one(sequence: Sequence, spamassassin: str, tmp_path: Path) -> None:
    _all_below_one(dict(_lessons(sequence)), spamassassin, tmp_path)


@pytest.mark.spamassassin
def test_every_mail_that_was_asked_for_scores_below_one(spamassassin: str, tmp_path: Path) -> None:
    _all_below_one(dict(_asked_for()), spamassassin, tmp_path)


def _all_below_one(mails: Mapping[str, Mail], spamassassin: str, tmp_path: Path) -> None:
    """Asked in one run, since starting SpamAssassin takes longer than a short mail."""
    files = []
    for number, mail in enumerate(mails.values()):
        files.append(tmp_path / f"{number:03}.eml")
        files[-1].write_bytes(_as_it_arrives(mail))
    asked = [spamassassin, "-L", "-t", *map(str, files)]
    home = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C"}
    done = subprocess.run(asked, capture_output=True, check=True, timeout=600, env=home)
    reports = done.stdout.decode("utf-8", "replace")
    scores = [float(score) for score in SCORE.findall(reports)]
    assert len(scores) == len(mails)
    high = {about: score for about, score in zip(mails, scores, strict=True) if score >= MOST}
    assert not high, [line for line in reports.split("\n") if re.match(r" *-?\d+\.\d [A-Z]", line)]


def _lessons(sequence: Sequence) -> Iterator[tuple[str, Mail]]:
    """Each lesson for everybody who gets other words than those before her, or is called otherwise."""
    for lesson in sequence.lessons:
        compiled = compile_lesson(sequence, lesson, STYLE)
        seen = set()
        for character in CAST.values():
            mail = fill_lesson(compiled, character.reader("full"), LINKS, SENT)
            words = re.sub(r"https?://\S+", "", mail.text)
            if character.first_name:
                words = words.replace(character.first_name, "somebody")
            if words not in seen:
                seen.add(words)
                yield f"{lesson.id} for {character.name}", mail


def _asked_for() -> Iterator[tuple[str, Mail]]:
    mails = Transactional(TEMPLATES, LIBRARY.practice)
    head = MailHead("5", "ada@example.org", LINKS.message_id(RowRef(5, "0a1b2c3d"), "harbour.example.org"), SENT)
    for name, needed in VALUES.items():
        for offer in LIBRARY.offers.values() if "offer_title" in needed else list(LIBRARY.offers.values())[:1]:
            for first_name in ("Ada", "") if "offer_title" in needed else ("Ada",):
                given = WRITTEN | {
                    "first_name": first_name,
                    "offer_title": offer.title,
                    "consent_text": offer.consent,
                    "kind": offer.kind,
                }
                mail = mails.fill(name, {value: given.get(value, "") for value in needed}, head)
                yield f"{name} of {offer.slug} for {first_name or 'nobody'}", mail


def _as_it_arrives(mail: Mail) -> bytes:
    """With what the reader's mail server puts before it. An address that is kept for examples would count as forged."""
    received = (
        f"Return-Path: <{mail.envelope_from}>\r\n"
        "Received: from out.harbour.example.org (out.harbour.example.org [93.184.215.14])\r\n"
        "\tby mx.example.org (Postfix) with ESMTPS id 4F1B2C3D4E\r\n"
        f"\tfor <{mail.recipient.address}>; {format_datetime(SENT)}\r\n"
    )
    return received.encode() + message_bytes(mail)
