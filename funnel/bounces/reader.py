"""One mail in, one reading out. The order is the order of trust: our token, the standards, then what people read."""

from __future__ import annotations

from dataclasses import replace

from funnel.bounces import arf, autoreply, dsn, odd, prose, sns
from funnel.bounces.addresses import addresses
from funnel.bounces.judging import judge
from funnel.bounces.letters import letter_of
from funnel.bounces.message import MailParts, take_apart
from funnel.bounces.model import BouncedRecipient, BounceReading, OpenToken, RecipientReport, Writer
from funnel.bounces.tokens import find_token
from funnel.replies import BounceKind

_ENDS_WELL = frozenset({"delivered", "relayed", "expanded"})


def read_bounce(raw: bytes, open_token: OpenToken | None = None) -> BounceReading:
    """What a mail says about mail of ours.

    1. Our token is looked for where a bounce carries it.
    2. RFC 5965 (complaint), RFC 3464 (delivery status), Amazon's notification by e-mail.
    3. Text written for people; last of all what flufl.bounce knows.
    4. RFC 3834 (automatic answer), for whatever is none of these.

    Raises TooLarge above 10 MB, and nothing else.
    """
    parts = take_apart(raw)
    reading = _read(parts)
    found = find_token(parts, open_token) if open_token is not None else None
    return reading if found is None else replace(reading, token=found[0], delivery=found[1])


def _read(parts: MailParts) -> BounceReading:
    feedback = arf.feedback_type(parts)
    if feedback:
        return _complaint([RecipientReport(address) for address in arf.complained(parts)], feedback)
    kind, told, feedback = sns.notification(parts.report)
    if kind == "complaint":
        return _complaint(told, feedback)
    reports = told or _with_prose(dsn.reports(parts.status), parts)
    if not reports and not _written_back(parts):
        reports = _with_prose(dsn.in_prose(parts.report), parts)
        if not reports and prose.looks_like_bounce(parts) and not _away(parts):
            reports = prose.prose_reports(parts) or _last_resort(parts)
    if reports:
        return replace(_delivery(reports), passed_on=parts.passed_on)
    letter = letter_of(parts)
    if letter.writer is Writer.AUTO_REPLY:
        return replace(_vacation(parts), letter=letter)
    return BounceReading(letter=letter)


def _delivery(reports: list[RecipientReport]) -> BounceReading:
    recipients = tuple(judge(report) for report in reports if report.address)
    arrived = {each.address for each in recipients if each.reason == "delivered"}
    failed = [
        each
        for each in reports
        if each.action not in _ENDS_WELL and each.action != "delayed" and each.address not in arrived
    ]
    delayed = any(each.action == "delayed" for each in reports)
    return BounceReading(is_bounce=bool(failed and recipients), is_delay=delayed and not failed, recipients=recipients)


def _complaint(reports: list[RecipientReport], feedback: str) -> BounceReading:
    recipients = tuple(_plain(report.address, "feedback", 0.9) for report in reports if report.address)
    return BounceReading(is_complaint=arf.is_complaint(feedback), recipients=recipients, feedback=feedback)


def _vacation(parts: MailParts) -> BounceReading:
    senders = [address for _, address in addresses(parts.header("From"))][:1]
    return BounceReading(is_auto_reply=True, recipients=tuple(_plain(each, "vacation", 0.9) for each in senders))


def _plain(address: str, reason: str, confidence: float) -> BouncedRecipient:
    return BouncedRecipient(address, "", "", reason, BounceKind.UNKNOWN, False, confidence)


def _away(parts: MailParts) -> bool:
    """An automatic answer that quotes us must not become a bounce: it comes from a person's own address."""
    return autoreply.is_auto_reply(parts) and not parts.header("X-Failed-Recipients") and not prose.from_daemon(parts)


def _written_back(parts: MailParts) -> bool:
    """An answer of a person, whose words may be those of bounces: "Re: When you feel rejected" is about a lesson."""
    return autoreply.is_written_back(parts) and not parts.header("X-Failed-Recipients") and not prose.from_daemon(parts)


def _with_prose(reports: list[RecipientReport], parts: MailParts) -> list[RecipientReport]:
    """Gives each report the words that stand about it in the text, and an address where its own is none."""
    found: dict[str, RecipientReport] = {}
    named = [report.address for report in reports]
    for report in reports:
        address = report.address or _instead(parts)
        others = [other for other in named if other and other.lower() != address.lower()]
        text = report.text or prose.about(report.address or address, parts.report, others)
        if not report.address and not others:
            text = parts.report
        if address.lower() not in found:
            found[address.lower()] = replace(report, address=address, text=text)
    return list(found.values())


def _instead(parts: MailParts) -> str:
    """Some name a file or a program as the recipient. Then it is whom the returned mail was for."""
    failed = [address for _, address in addresses(parts.header("X-Failed-Recipients"))][:1]
    return arf.original_recipient(parts) or (failed[0] if failed else "")


def _last_resort(parts: MailParts) -> list[RecipientReport]:
    temporary, permanent = odd.odd_recipients(parts.headers)
    found = [RecipientReport(each, action="failed", text=parts.report) for each in permanent]
    found += [RecipientReport(each, action="delayed", text=parts.report) for each in temporary if each not in permanent]
    if not found and (address := arf.original_recipient(parts)):
        found = [RecipientReport(address, action="failed", text=parts.report)]
    return found
