"""What each provider sends about one mail, in the shape its documentation shows; written for these tests."""

from __future__ import annotations

from typing import Any

from funnel.webhooks.events import ProviderEvent
from funnel.webhooks.registry import WEBHOOK_PROVIDERS
from tests.webhooks import signing

WHEN = 1799054400  # 4 January 2027, 12:00 UTC
ISO = "2027-01-04T12:00:00.000Z"


def mailgun(event: str, key: str, email: str, **more: Any) -> dict[str, Any]:
    return {
        "event": event,
        "id": "CPgfbmQMTCKtHW6uIWtuVe",
        "timestamp": WHEN + 0.25,
        "recipient": email,
        "user-variables": {"delivery": key},
        "message": {"headers": {"message-id": "20270104090000.1.ABC@mg.example.org", "to": email}, "size": 512},
        "flags": {"is-test-mode": False},
    } | more


def mailgun_failed(key: str, email: str, severity: str = "permanent", **status: Any) -> dict[str, Any]:
    said = {"code": 550, "message": "5.1.1 The email account that you tried to reach does not exist"} | status
    return mailgun("failed", key, email, severity=severity, reason="bounce", **{"delivery-status": said})


def postmark(record: str, key: str, email: str, **more: Any) -> dict[str, Any]:
    named = {"Recipient": email} if record in ("Delivery", "Open", "Click", "SubscriptionChange") else {"Email": email}
    times = dict.fromkeys(("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt"), ISO)
    number = {"ID": 692560173} if record in ("Bounce", "SpamComplaint") else {}
    common = {"RecordType": record, "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Metadata": {"delivery": key}}
    return common | named | times | number | more


def sendgrid(event: str, key: str, email: str, **more: Any) -> dict[str, Any]:
    return {
        "email": email,
        "timestamp": WHEN,
        "event": event,
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "sg_event_id": f"ZGVsaXZlcmVkLTAtMTIz-{event}",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        "delivery": key,
    } | more


def resend(event: str, key: str, email: str, **more: Any) -> dict[str, Any]:
    data = {"email_id": "56761188-7520-42d8-8898-ff6fc54ce618", "to": [email], "created_at": ISO}
    return {"type": event, "created_at": ISO, "data": data | {"tags": [{"name": "delivery", "value": key}]} | more}


def brevo(event: str, key: str, email: str, **more: Any) -> dict[str, Any]:
    return {
        "event": event,
        "email": email,
        "id": 26224,
        "date": "2027-01-04 12:00:00",
        "ts_event": WHEN,
        "ts_epoch": WHEN * 1000,
        "message-id": "<202701040900.1234567890@smtp-relay.mailin.fr>",
        "X-Mailin-custom": '{"delivery":"' + key + '"}',
        "tags": [key],
    } | more


def sparkpost(event: str, key: str, email: str, kind: str = "message_event", **more: Any) -> list[dict[str, Any]]:
    said = {
        "type": event,
        "event_id": f"92356927693813856-{event}",
        "rcpt_meta": {"delivery": key},
        "rcpt_to": email,
        "raw_rcpt_to": email,
        "timestamp": str(WHEN),
        "transmission_id": "65832150921904138",
        "message_id": "000443ee14578172be22",
    }
    return [{"msys": {kind: said | more}}]


def mailjet(event: str, key: str, email: str, **more: Any) -> dict[str, Any]:
    return {
        "event": event,
        "time": WHEN,
        "MessageID": 19421777835146490,
        "Message_GUID": "1ab23cd4-e567-8901-2345-6789f0gh1i2j",
        "email": email,
        "CustomID": key,
        "Payload": '{"delivery":"' + key + '"}',
    } | more


def ses(event: str, key: str, email: str, **details: Any) -> dict[str, Any]:
    where = {"Delivery": "delivery", "DeliveryDelay": "deliveryDelay", "Bounce": "bounce", "Complaint": "complaint"}
    mail = {"messageId": "0100016f-ses", "destination": [email], "tags": {"delivery": [key]}, "timestamp": ISO}
    name = where.get(event, event.lower().partition(" ")[0])
    name = "failure" if event == "Rendering Failure" else name
    return {"eventType": event, "mail": mail, name: {"timestamp": ISO} | details}


def ses_bounce(key: str, email: str, kind: str = "Permanent", sub: str = "General", said: str = "") -> dict[str, Any]:
    one = {"emailAddress": email, "action": "failed", "status": "5.1.1", "diagnosticCode": said or "550 5.1.1 unknown"}
    return ses("Bounce", key, email, bounceType=kind, bounceSubType=sub, bouncedRecipients=[one])


def read(adapter: str, signed: signing.Signed, **kept: str) -> list[ProviderEvent]:
    """What the parser makes of a signed request."""
    return list(WEBHOOK_PROVIDERS[adapter].parse(signed[0], kept))
