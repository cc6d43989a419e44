"""The providers' side of the door: keys of our own, and requests signed exactly as each provider signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-west-1:123456789012:harbour-mail"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem"
SUBSCRIBE_URL = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=51b2ff3e"
MAILGUN_KEY = "a-mailgun-signing-key-for-tests"
RESEND_KEY = b"a-resend-secret-for-tests"
RESEND_SECRET = "whsec_" + base64.b64encode(RESEND_KEY).decode()
PASSWORD = "harbour:a-long-password-for-tests"
BASIC = {"Authorization": "Basic " + base64.b64encode(PASSWORD.encode()).decode()}

Signed = tuple[bytes, dict[str, str]]


@cache
def sendgrid_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def sns_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(sns_key().public_key())
    built = built.serial_number(1).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    return (
        built.not_valid_after(datetime(2028, 1, 1, tzinfo=UTC))
        .sign(sns_key(), hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


@cache
def settings() -> dict[str, str]:
    """Everything set, as a practice with eight providers would."""
    public = sendgrid_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "hook_mailgun_key": MAILGUN_KEY,
        "hook_sendgrid_key": base64.b64encode(public).decode(),
        "hook_resend_secret": RESEND_SECRET,
        "hook_ses_topic": TOPIC,
        "hook_password": PASSWORD,
    }


def basic(payload: Any) -> Signed:
    return json.dumps(payload).encode(), dict(BASIC)


def mailgun(event: Any, now: datetime, token: str = "t" * 50, key: str = MAILGUN_KEY) -> Signed:
    stamp = str(int(now.timestamp()))
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    signed = {"timestamp": stamp, "token": token, "signature": signature}
    return json.dumps({"signature": signed, "event-data": event}).encode(), {}


def sendgrid(events: Any, now: datetime) -> Signed:
    body, stamp = json.dumps(events).encode(), str(int(now.timestamp()))
    signature = sendgrid_key().sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return body, {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }


def resend(event: Any, now: datetime, number: str = "msg_2Lh9KRb0pzN4LePd3XiA4v12Axj", others: str = "") -> Signed:
    body, stamp = json.dumps(event).encode(), str(int(now.timestamp()))
    made = hmac.new(RESEND_KEY, f"{number}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"{others} v1,{base64.b64encode(made).decode()}".strip()
    return body, {"svix-id": number, "svix-timestamp": stamp, "svix-signature": signature}


def sns(event: Any, version: str = "2", number: str = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", **fields: str) -> Signed:
    """A message of SNS; `fields` replaces or adds what the envelope says, before it is signed."""
    envelope = {
        "Type": "Notification",
        "MessageId": number,
        "TopicArn": TOPIC,
        "Message": event if isinstance(event, str) else json.dumps(event),
        "Timestamp": "2027-01-04T09:10:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
    } | fields
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if envelope["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303 - what SNS uses
    signature = sns_key().sign(text.encode(), padding.PKCS1v15(), algorithm)
    envelope["Signature"] = base64.b64encode(signature).decode()
    headers = {"x-amz-sns-message-type": envelope["Type"], "x-amz-sns-message-id": envelope["MessageId"]}
    return json.dumps(envelope).encode(), headers


def later(now: datetime, **span: float) -> datetime:
    return now + timedelta(**span)
