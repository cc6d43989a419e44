"""Mailjet, Send API v3.1: up to 50 mails a call, each answered by itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from funnel.adapters.http.answers import AnswerRule, HttpReply, Request, outcome_of
from funnel.adapters.http.dispatch import Item, Limits
from funnel.adapters.http.fields import DELIVERY, OWN_FIELDS, headers_of, mark, reply_to, sender_address, to_json
from funnel.adapters.http.json_path import get_path, get_text
from funnel.adapters.http.urls import ApiAccess, checked_key, open_http
from funnel.adapters.message import Envelope
from funnel.adapters.url import AdapterUrlError, MailUrl
from funnel.mail import Adapter, Mail, Outcome, OutcomeKind

MAILJET_EXAMPLE = "mailjet://your-api-key:your-secret-key"
_BYTES_A_CALL = 14_000_000

# Refused in `Headers` (send-0011), dev.mailjet.com/email/guides/send-api-v31: Mailjet writes these itself.
_FORBIDDEN = OWN_FIELDS | {
    "sender",
    "return-path",
    "delivered-to",
    "dkim-signature",
    "domainkey-status",
    "received-spf",
    "authentication-results",
    "received",
    "message-id",
    "user-agent",
    "x-mailer",
    "list-id",
    "x-csa-complaints",
    "x-feedback-id",
}

# ErrorCode of the first error of a mail, same page. The words hold which field it is about.
ANSWER_RULES: tuple[AnswerRule, ...] = (
    # Sender or key is not allowed to send; mj-0001 suspended, mj-0015 wrong key.
    AnswerRule(OutcomeKind.AUTH_CONFIG, code="send-000[678]|mj-0001|mj-0015"),
    AnswerRule(OutcomeKind.AUTH_CONFIG, code="mj-0013", words=r"\[.*\bfrom\b"),
    AnswerRule(OutcomeKind.PERMANENT_RECIPIENT, code="mj-0013", words=r"\[.*\bto\b"),
    AnswerRule(OutcomeKind.TEMPORARY, code=".*", words="internal server error"),
    AnswerRule(OutcomeKind.PERMANENT_MESSAGE, status="[24]..", code="(send|mj)-.*"),
)


class Mailjet:
    """Fields, not raw MIME. List-Id and Message-ID cannot be given: Mailjet refuses the one and sets the other."""

    name = "mailjet"
    repeats = False

    def share(self, mail: Mail, envelope: Envelope) -> bytes:
        fields: dict[str, object] = {
            "From": _person(mail.sender.name, sender_address(mail)),
            "To": [_person(mail.recipient.name, envelope.recipient)],
            "Subject": mail.subject,
            "TextPart": mail.text,
            "HTMLPart": mail.html,
            "Headers": headers_of(mail, _FORBIDDEN),
            "CustomID": mark(mail.key),
            "EventPayload": to_json({DELIVERY: mark(mail.key)}).decode(),
            "TrackOpens": "disabled",
            "TrackClicks": "disabled",
        }
        answer_to = reply_to(mail)
        if answer_to is not None:
            fields["ReplyTo"] = _person(answer_to.name, answer_to.address)
        return to_json(fields)

    def request(self, items: Sequence[Item]) -> Request:
        return Request("/v3.1/send", b'{"Messages":[' + b",".join(item.share for item in items) + b"]}")

    def read(self, reply: HttpReply, items: Sequence[Item], repeated: bool) -> Outcome | list[Outcome]:
        """Each mail has its own status, also where the call's status is an error because none was taken."""
        data = reply.data()
        messages = get_path(data, "Messages")
        if isinstance(messages, list) and len(messages) == len(items) and reply.status < 500:
            return [_outcome(reply, message) for message in messages]
        return outcome_of(ANSWER_RULES, reply, get_text(data, "ErrorCode"), get_text(data, "ErrorMessage"))


def _outcome(reply: HttpReply, message: object) -> Outcome:
    if get_text(message, "Status") == "success":
        to = get_path(message, "To", 0)
        return Outcome(OutcomeKind.ACCEPTED, "", get_text(to, "MessageID") or get_text(to, "MessageUUID") or None)
    error = get_path(message, "Errors", 0)
    about = get_path(error, "ErrorRelatedTo")
    fields = ", ".join(str(field)[:40] for field in about[:5]) if isinstance(about, list) else ""
    said = f"{get_text(error, 'ErrorMessage')} [{fields}]" if fields else get_text(error, "ErrorMessage")
    return outcome_of(ANSWER_RULES, reply, get_text(error, "ErrorCode"), said)


def _person(name: str, address: str) -> dict[str, str]:
    return {"Email": address, "Name": name} if name else {"Email": address}


def mailjet_from_url(url: MailUrl) -> Adapter:
    """`mailjet://KEY:SECRET`. Raises AdapterUrlError."""
    key, colon, secret = url.password.partition(":")
    if url.host:
        raise AdapterUrlError("nothing belongs after the keys but ?options", MAILJET_EXAMPLE)
    if not colon:
        raise AdapterUrlError("it needs both keys, with a colon between them", MAILJET_EXAMPLE)
    checked_key(key, MAILJET_EXAMPLE, "API key")
    checked_key(secret, MAILJET_EXAMPLE, "secret key")
    token = b64encode(f"{key}:{secret}".encode()).decode()
    access = ApiAccess(
        base="https://api.mailjet.com",
        authorize=lambda *_: {"Authorization": f"Basic {token}"},
        limits=Limits(connections=2, batch=50, bytes=_BYTES_A_CALL),
        secrets=(token, secret, key),
    )
    return open_http(url, MAILJET_EXAMPLE, Mailjet(), access)
