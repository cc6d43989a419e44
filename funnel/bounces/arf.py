"""Complaints: feedback reports in ARF (RFC 5965), and how they name the reader who complained."""

from __future__ import annotations

import re

from funnel.bounces.addresses import addresses, recipient
from funnel.bounces.dsn import field_groups
from funnel.bounces.message import MailParts

# RFC 5965 7.3, RFC 6591, RFC 6692, and what providers add. The rest says nothing about what a reader wants.
_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "opt-out-list", "virus", "miscategorized", "complaint", "other"})
_MOST_RECIPIENTS = 100
_NAMES_READER = ("original-rcpt-to", "removal-recipient", "x-hmxmroriginalrecipient", "redacted-address")


def feedback_type(parts: MailParts) -> str:
    """The Feedback-Type, or "" where this is not a feedback report."""
    prose = [parts.report] if "\nfeedback-type:" in parts.report.lower() else []
    for group in field_groups([*parts.feedback, *prose]):
        if "feedback-type" in group:
            return group["feedback-type"].strip().lower()[:40]
    if parts.feedback or parts.report_type == "feedback-report":
        return "abuse"
    # Microsoft's Junk Mail Reporting Program sends the mail itself with one line of its own.
    if parts.header("X-HmXmrOriginalRecipient") or parts.header("From").lower().find("staff@hotmail.com") >= 0:
        return "abuse"
    return ""


def is_complaint(feedback: str) -> bool:
    return feedback in _COMPLAINTS


def complained(parts: MailParts) -> list[str]:
    """The addresses of whoever complained, as far as they were left in; empty where they were taken out.

    RFC 5965, 3.2: a report may name several recipients, each in a field of its own.
    """
    named: dict[str, None] = {}
    for name in _NAMES_READER:
        for text in parts.feedback:
            for found in map(recipient, _values(text, name)):
                if found and "." in found.rpartition("@")[2]:
                    named[found] = None
        if named:
            return list(named)[:_MOST_RECIPIENTS]
    told = recipient(parts.header("X-HmXmrOriginalRecipient")) or original_recipient(parts)
    return [told] if told else []


def _values(text: str, name: str) -> list[str]:
    """What stands in each field of this name."""
    return re.findall(rf"^{re.escape(name)}[ \t]*:[ \t]*(.*)$", text, re.IGNORECASE | re.MULTILINE)


def original_recipient(parts: MailParts) -> str:
    """Whom the returned mail was for. We send one mail to one reader, so its To says it; "" where there are several."""
    for name in ("to", "x-original-to", "delivered-to", "x-forwarded-to"):
        value = original_header(parts.original, name)
        found = list(dict.fromkeys(address for _, address in addresses(value)))
        if len(found) == 1:
            return found[0]
    return ""


def original_header(original: str, name: str) -> str:
    """The first such header of the returned mail, unfolded."""
    value: list[str] = []
    for line in original.split("\n"):
        if value and line[:1] in (" ", "\t"):
            value.append(line.strip())
        elif value:
            break
        elif line.lower().startswith(name.lower() + ":"):
            value.append(line.partition(":")[2].strip())
    return " ".join(value)[:8000]
