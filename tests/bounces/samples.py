"""Bounces as products word them, written for these tests: `mails/`. Dan's mailbox is the one that bounces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_MAILS = Path(__file__).parent / "mails"


@dataclass(frozen=True)
class Sample:
    file: str
    expected: tuple[tuple[str, str, bool], ...]  # address, reason, hard
    is_bounce: bool = True

    def raw(self) -> bytes:
        return (_MAILS / self.file).read_bytes()


SAMPLES: tuple[Sample, ...] = (
    Sample(
        "exim-two-readers.eml", (("dan@example.org", "userunknown", True), ("cleo@example.org", "mailboxfull", False))
    ),
    Sample("exim-warning-only.eml", (("dan@example.org", "filtered", False),), is_bounce=False),
    Sample("exim-no-such-domain.eml", (("dan@nowhere.example.org", "hostunknown", True),)),
    Sample(
        "qmail-domain-and-mailbox.eml",
        (("dan@nowhere.example.org", "hostunknown", True), ("cleo@example.org", "userunknown", True)),
    ),
    Sample("sendmail-5-transcript-first.eml", (("dan@example.org", "userunknown", True),)),
    Sample(
        "exchange-5-5-two-readers.eml",
        (("dan@example.org", "userunknown", True), ("cleo@example.org", "mesgtoobig", False)),
    ),
    Sample("mailmarshal-reason-first.eml", (("dan@example.org", "userunknown", True),)),
    Sample("notes-reason-first.eml", (("dan@example.org", "userunknown", True),)),
    Sample("interscan.eml", (("dan@example.org", "userunknown", True),)),
    Sample("mailfoundry.eml", (("dan@example.org", "mailboxfull", False),)),
    Sample("surfcontrol.eml", (("dan@example.org", "userunknown", True),)),
    Sample("a-mobile-carrier.eml", (("dan@example.org", "mailboxfull", False),)),
    Sample("gmx.eml", (("dan@example.org", "userunknown", True),)),
    Sample("hosting-german-reason.eml", (("dan@example.org", "mailboxfull", False),)),
    Sample("imail.eml", (("dan@example.org", "userunknown", True),)),
    Sample("a-group-that-is-closed.eml", (("dan@groups.example.org", "rejected", False),)),
    Sample("groupwise.eml", (("dan@example.org", "userunknown", True),)),
    Sample("sendmail-connect-time.eml", (("dan@example.org", "blocked", False),)),
)
