"""Amazon SES by way of SNS, when the notification was asked for as an e-mail (JSON in the text)."""

from __future__ import annotations

import json
from typing import Any

from funnel.bounces.model import RecipientReport

_MOST = 100


def notification(text: str) -> tuple[str, list[RecipientReport], str]:
    """(what kind: bounce, complaint, delivery or "", its recipients, the complaint's type)."""
    start = text.find("{")
    if start < 0 or ("notificationType" not in text and "eventType" not in text):
        return "", [], ""
    body = _read(text[start:].replace("\n ", "\n")) or _read(text[start:].replace("\n", ""))
    if body is not None and isinstance(body.get("Message"), str):
        body = _read(body["Message"])
    if body is None:
        return "", [], ""
    kind = str(body.get("notificationType") or body.get("eventType") or "").lower()
    details = body.get(kind)
    if not isinstance(details, dict):
        return "", [], ""
    if kind == "bounce":
        return kind, [_bounced(each) for each in _dicts(details.get("bouncedRecipients"))], ""
    if kind == "complaint":
        people = [
            RecipientReport(str(each.get("emailAddress", ""))[:320])
            for each in _dicts(details.get("complainedRecipients"))
        ]
        return kind, people, str(details.get("complaintFeedbackType") or "abuse").lower()[:40]
    if kind == "delivery":
        taken = details.get("recipients")
        answer = str(details.get("smtpResponse", ""))
        found = [RecipientReport(str(each)[:320], action="delivered", status="2.6.0", diagnostic=answer)
                 for each in (taken[:_MOST] if isinstance(taken, list) else [])]  # fmt: skip
        return kind, found, ""
    return "", [], ""


def _bounced(each: dict[str, Any]) -> RecipientReport:
    return RecipientReport(
        address=str(each.get("emailAddress", ""))[:320],
        action=str(each.get("action", "failed")).lower(),
        status=str(each.get("status", "")),
        diagnostic=str(each.get("diagnosticCode", ""))[:4000],
        host="amazonses",
    )


def _read(text: str) -> dict[str, Any] | None:
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value[:_MOST] if isinstance(each, dict)] if isinstance(value, list) else []
