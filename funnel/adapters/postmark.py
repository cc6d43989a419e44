"""Postmark: up to 500 mails a call, each answered by itself. `funnel.webhooks` reads its events."""

from __future__ import annotations

import re
from collections.abc import Sequence

from funnel.adapters.http.answers import AnswerRule, HttpReply, Request, outcome_of
from funnel.adapters.http.dispatch import Item, Limits
from funnel.adapters.http.fields import DELIVERY, headers_of, mark, reply_to, sender_address, to_json
from funnel.adapters.http.json_path import get_path, get_text
from funnel.adapters.http.urls import ApiAccess, key_of, open_http
from funnel.adapters.message import Envelope
from funnel.adapters.url import AdapterUrlError, MailUrl
from funnel.mail import Adapter, Mail, Outcome, OutcomeKind
from funnel.mime import address_header

POSTMARK_EXAMPLE = "postmark://0123abcd-your-server-token?stream=broadcast"
_STREAM = re.compile(r"[a-z][a-z0-9-]{0,63}")
_BYTES_A_CALL = 45_000_000  # 50 MB is the limit, postmarkapp.com/developer/api/email-api

# ErrorCode, postmarkapp.com/developer/api/overview#error-codes. The same table serves a whole call and one mail of it.
ANSWER_RULES: tuple[AnswerRule, ...] = (
    AnswerRule(OutcomeKind.TEMPORARY, code="100"),
    # 406: Postmark has a hard bounce, a complaint or an unsubscription of this address and mails it no more.
    AnswerRule(OutcomeKind.PERMANENT_RECIPIENT, code="406", listed=True),
    AnswerRule(OutcomeKind.PERMANENT_RECIPIENT, code="300", words=r"^(invalid|error parsing) 'to'"),
    AnswerRule(OutcomeKind.AUTH_CONFIG, code="300", words=r"^(invalid|error parsing) 'from'"),
    # Token, sender signature, credits, an account that waits for approval; 12xx speak of the message stream.
    AnswerRule(OutcomeKind.AUTH_CONFIG, code=r"10|400|401|405|412|413|12\d\d"),
    AnswerRule(OutcomeKind.RATE, code="429"),
    AnswerRule(OutcomeKind.PERMANENT_MESSAGE, status="2..", code=r"[1-9]\d*"),
)


class Postmark:
    """Fields, not raw MIME: the API takes no other. Headers go as they are, Message-ID too (X-PM-KeepID)."""

    name = "postmark"
    repeats = False

    def __init__(self, stream: str = "outbound") -> None:
        self._stream = stream

    def share(self, mail: Mail, envelope: Envelope) -> bytes:
        headers = headers_of(mail)
        if any(name.lower() == "message-id" for name in headers):
            headers["X-PM-KeepID"] = "true"
        answer_to = reply_to(mail)
        fields: dict[str, object] = {
            "From": address_header(mail.sender.name, sender_address(mail)),
            "To": address_header(mail.recipient.name, envelope.recipient),
            "Subject": mail.subject,
            "TextBody": mail.text,
            "HtmlBody": mail.html,
            "Headers": [{"Name": name, "Value": value} for name, value in headers.items()],
            "Metadata": {DELIVERY: mark(mail.key, 80)},
            "MessageStream": self._stream,
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        if answer_to is not None:
            fields["ReplyTo"] = address_header(answer_to.name, answer_to.address)
        return to_json(fields)

    def request(self, items: Sequence[Item]) -> Request:
        return Request("/email/batch", b"[" + b",".join(item.share for item in items) + b"]")

    def read(self, reply: HttpReply, items: Sequence[Item], repeated: bool) -> Outcome | list[Outcome]:
        """A batch is answered with 200 and an ErrorCode for each mail, in the order of the call."""
        data = reply.data()
        if reply.good and isinstance(data, list) and len(data) == len(items):
            return [_outcome(reply, one) for one in data]
        code = "" if reply.good else get_text(data, "ErrorCode")
        return outcome_of(ANSWER_RULES, reply, code, get_text(data, "Message"))


def _outcome(reply: HttpReply, one: object) -> Outcome:
    provider_id, code = get_text(one, "MessageID"), get_text(one, "ErrorCode")
    # Without an ErrorCode but with an id it was taken, to be sent later than usual.
    if provider_id and code in ("0", "") and get_path(one, "ErrorCode") in (0, None):
        return Outcome(OutcomeKind.ACCEPTED, get_text(one, "Message"), provider_id)
    return outcome_of(ANSWER_RULES, reply, code.strip("0") and code, get_text(one, "Message"))


def postmark_from_url(url: MailUrl) -> Adapter:
    """`postmark://TOKEN?stream=broadcast`. Raises AdapterUrlError."""
    token = key_of(url, POSTMARK_EXAMPLE)
    stream = url.options.get("stream", "") or "outbound"
    if not _STREAM.fullmatch(stream):
        raise AdapterUrlError("stream must be the id of a message stream, such as outbound", POSTMARK_EXAMPLE)
    access = ApiAccess(
        base="https://api.postmarkapp.com",
        authorize=lambda *_: {"X-Postmark-Server-Token": token},
        limits=Limits(connections=1, batch=500, bytes=_BYTES_A_CALL),
        secrets=(token,),
    )
    return open_http(url, POSTMARK_EXAMPLE, Postmark(stream), access, options=("stream",))
