"""Some two hundred answers in our own words: whom each is about, and how sure it is that an address is dead."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from funnel.bounces import BouncedRecipient, read_bounce
from funnel.replies import About, Certainty, Meaning, Phase, Statement, interpret

COMMANDS = {
    "rcpt": "(in reply to RCPT TO command)",
    "mail": "(in reply to MAIL FROM command)",
    "data": "(in reply to end of DATA command)",
    "helo": "(in reply to EHLO command)",
}
NOTICES = {
    "en": "I'm sorry to have to inform you that your message could not be delivered. Your sender's domain is fine.",
    "de": "Ihre Nachricht konnte leider nicht zugestellt werden.",
    "fr": "Votre message n'a pas pu être remis.",
    "es": "Su mensaje no pudo ser entregado.",
    "ja": "メールを配信できませんでした。",
}


@dataclass(frozen=True)
class Answer:
    """One row: `phase` is the command that was answered."""

    about: About
    certainty: Certainty
    phase: Phase
    said: str

    @property
    def meaning(self) -> Meaning:
        return interpret(statement(self.phase, self.said))


def statement(phase: Phase, said: str) -> Statement:
    code = re.match(r"(\d{3})[ -]?(?:([245]\.\d+\.\d+)(?= |$))?", said)
    assert code is not None, said
    return Statement(phase, code[1], code[2] or "", said[4:], action="failed")


def answers() -> list[Answer]:
    lines = (Path(__file__).parent / "answers.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return [Answer(About(row[0]), Certainty(row[1]), Phase(row[2].strip("-")), row[4]) for row in rows]


ANSWERS = answers()
# In a report only these commands are told, and a permanent answer (a temporary one is told as a delay).
TOLD = [each for each in ANSWERS if each.phase in COMMANDS and each.said[0] == "5" and len(each.said) > 3]
each_answer = pytest.mark.parametrize("answer", ANSWERS, ids=lambda each: f"{each.phase} {each.said}"[:60])
each_told = pytest.mark.parametrize("answer", TOLD, ids=lambda each: f"{each.phase} {each.said}"[:60])


def report(answer: Answer, *, notice: str = "en", width: int = 70, turned: bool = False) -> bytes:
    """A report as Postfix writes it, in a language, with lines of this width, its headers in this or another order."""
    told = f"<dan@example.org>: host mx.example.org[192.0.2.8] said: {answer.said} {COMMANDS[answer.phase]}"
    folded = "\n".join(textwrap.wrap(told, width, subsequent_indent="    ", break_long_words=False))
    head = [
        "From: MAILER-DAEMON@relay.example.net",
        "To: bounces@example.net",
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    ]
    diagnostic = "\n    ".join(textwrap.wrap(f"smtp; {answer.said}", width, break_long_words=False))
    status = ["Final-Recipient: rfc822; dan@example.org", "Action: failed", "Remote-MTA: dns; mx.example.org"]
    status += [f"Diagnostic-Code: {diagnostic}"]
    if turned:
        head, status = head[::-1], status[::-1]
    parts = [
        f"Content-Type: text/plain; charset=utf-8\n\n{NOTICES[notice]}\n\n{folded}\n",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example.net\n\n" + "\n".join(status) + "\n",
    ]
    body = "".join(f"--b\n{part}\n" for part in parts) + "--b--\n"
    return ("\n".join(head) + "\n\n" + body).encode()


def read(raw: bytes) -> BouncedRecipient:
    reading = read_bounce(raw)
    assert [each.address for each in reading.recipients] == ["dan@example.org"]
    return reading.recipients[0]


@each_answer
def test_whom_it_is_about_and_how_sure_that_is(answer: Answer) -> None:
    meaning = answer.meaning
    assert (meaning.about, meaning.certainty) == (answer.about, answer.certainty)


def test_half_of_the_answers_are_about_us() -> None:
    assert len(ANSWERS) >= 200
    assert sum(each.about is About.US for each in ANSWERS) >= len(ANSWERS) / 2


@pytest.mark.parametrize("answer", [each for each in ANSWERS if each.said[4:]], ids=lambda each: each.said[:60])
def test_case_and_spaces_change_nothing(answer: Answer) -> None:
    said = statement(answer.phase, answer.said)
    for words in (said.words.upper(), said.words.lower(), f"  {said.words.replace(' ', '  ')} \r\n", f"{said.words}."):
        told = interpret(replace(said, words=words))
        assert (told.about, told.certainty, told.reason) == (
            answer.about,
            answer.certainty,
            answer.meaning.reason,
        ), words


@each_told
def test_how_a_report_is_written_changes_nothing(answer: Answer) -> None:
    usual = read(report(answer))
    others = [report(answer, notice=each) for each in NOTICES]
    others += [report(answer, width=width) for width in (30, 45, 64, 79, 998)]
    others += [report(answer, turned=True), report(answer).replace(b"\n", b"\r\n")]
    for raw in others:
        assert read(raw) == usual, raw.decode()


@each_told
def test_a_report_means_what_the_answer_means(answer: Answer) -> None:
    found = read(report(answer))
    assert (found.reason, found.certainty) == (answer.meaning.reason, answer.certainty)


@pytest.mark.parametrize("local", ["d", "dan", "dan.of.the.very.long.name.that.makes.postfix.wrap.the.line"])
def test_the_length_of_an_address_changes_nothing(local: str) -> None:
    for each in TOLD:
        raw = report(each).replace(b"dan@example.org", f"{local}@example.org".encode())
        assert read_bounce(raw).recipients[0].certainty is each.certainty, each
