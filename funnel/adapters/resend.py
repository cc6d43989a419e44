"""Resend: up to 100 mails a call, with an idempotency key, so that a call that got no answer is made again."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from funnel.adapters.http.answers import AnswerRule, HttpReply, Request, outcome_of
from funnel.adapters.http.dispatch import Item, Limits
from funnel.adapters.http.fields import DELIVERY, headers_of, mail_uuid, mark, reply_to, sender_address, to_json
from funnel.adapters.http.json_path import get_path, get_text
from funnel.adapters.http.urls import ApiAccess, key_of, open_http
from funnel.adapters.message import Envelope
from funnel.adapters.url import MailUrl
from funnel.mail import Adapter, Address, Mail, Outcome, OutcomeKind

RESEND_EXAMPLE = "resend://re_your_api_key"
_BYTES_A_CALL = 20_000_000
_UNFIT = re.compile(r"[\"<>\\,;:@()\[\]]+")

# The `name` of an error, resend.com/docs/api-reference/errors.
ANSWER_RULES: tuple[AnswerRule, ...] = (
    AnswerRule(OutcomeKind.QUOTA, code="(daily|monthly)_quota_exceeded"),
    AnswerRule(OutcomeKind.RATE, code="rate_limit_exceeded"),
    AnswerRule(
        OutcomeKind.AUTH_CONFIG,
        code="(missing|invalid|restricted)_api_key|invalid_(access|region|from_address)|not_found|method_not_allowed",
    ),
    # 403: the domain is not verified, or the account may write to its owner only.
    AnswerRule(OutcomeKind.AUTH_CONFIG, status="403"),
    AnswerRule(OutcomeKind.AUTH_CONFIG, code="validation_error", words=r"invalid `from`"),
    AnswerRule(OutcomeKind.PERMANENT_RECIPIENT, code="validation_error", words=r"invalid `to`"),
    # The same key with another content: a mail of this delivery was given to Resend before. Never sent again.
    AnswerRule(OutcomeKind.PERMANENT_MESSAGE, code="invalid_idempotent_request"),
    # A call with this key is at work at this moment: later it is answered with that call's answer.
    AnswerRule(OutcomeKind.TEMPORARY, code="concurrent_idempotent_requests"),
    AnswerRule(OutcomeKind.PERMANENT_MESSAGE, code="invalid_idempotency_key|validation_error|security_error"),
)


class Resend:
    """Fields, not raw MIME. One mail goes to /emails under a key of its own, several to /emails/batch under theirs.

    Bad mails of a batch are told by their place in it, and the others are taken (`permissive`). Opens and clicks can be
    turned off only for a whole domain, in Resend's dashboard.
    """

    name = "resend"
    repeats = True

    def share(self, mail: Mail, envelope: Envelope) -> bytes:
        fields: dict[str, object] = {
            "from": _mailbox(Address(mail.sender.name, sender_address(mail))),
            "to": [_mailbox(Address(mail.recipient.name, envelope.recipient))],
            "subject": mail.subject,
            "html": mail.html,
            "text": mail.text,
            "headers": headers_of(mail),
            "tags": [{"name": DELIVERY, "value": mark(mail.key)}],
        }
        answer_to = reply_to(mail)
        if answer_to is not None:
            fields["reply_to"] = _mailbox(answer_to)
        return to_json(fields)

    def request(self, items: Sequence[Item]) -> Request:
        keys = [mail_uuid(item.mail) for item in items]
        if len(items) == 1:
            return Request("/emails", items[0].share, headers={"Idempotency-Key": f"mail/{keys[0]}"})
        key = f"batch/{uuid.uuid5(keys[0], ' '.join(map(str, keys)))}"
        return Request(
            "/emails/batch",
            b"[" + b",".join(item.share for item in items) + b"]",
            headers={"Idempotency-Key": key, "x-batch-validation": "permissive"},
        )

    def read(self, reply: HttpReply, items: Sequence[Item], repeated: bool) -> Outcome | list[Outcome]:
        data = reply.data()
        if not reply.good:
            name = get_text(data, "name")
            outcome = outcome_of(ANSWER_RULES, reply, name, get_text(data, "message"))
            # About the key, not about a mail: in halves, under other keys, mails might be taken twice.
            return [outcome] * len(items) if "idempoten" in name else outcome
        if len(items) == 1:
            provider_id = get_text(data, "id")
            return Outcome(OutcomeKind.ACCEPTED, "", provider_id) if provider_id else outcome_of(ANSWER_RULES, reply)
        return _batch(reply, data, len(items)) or outcome_of(ANSWER_RULES, reply)


def _batch(reply: HttpReply, data: object, count: int) -> list[Outcome] | None:
    """`data` lists the mails taken, in order, `errors` the others by their index; None where they do not add up."""
    taken, errors = get_path(data, "data"), get_path(data, "errors") or []
    if not isinstance(taken, list) or not isinstance(errors, list):
        return None
    refused: dict[int, str] = {}
    for error in errors:
        index = get_path(error, "index")
        if not isinstance(index, int) or not 0 <= index < count:
            return None
        refused[index] = get_text(error, "message")
    if len(taken) + len(refused) != count or not all(get_text(one, "id") for one in taken):
        return None
    ids = iter(taken)
    return [
        outcome_of(ANSWER_RULES, reply, "validation_error", refused[index])
        if index in refused
        else Outcome(OutcomeKind.ACCEPTED, "", get_text(next(ids), "id"))
        for index in range(count)
    ]


def _mailbox(address: Address) -> str:
    """Unquoted and not RFC 2047 encoded, because Resend takes neither quotes nor encoded words in `from`."""
    name = " ".join(_UNFIT.sub(" ", address.name).split())
    return f"{name} <{address.address}>" if name else address.address


def resend_from_url(url: MailUrl) -> Adapter:
    """`resend://KEY`. Raises AdapterUrlError."""
    key = key_of(url, RESEND_EXAMPLE)
    access = ApiAccess(
        base="https://api.resend.com",
        authorize=lambda *_: {"Authorization": f"Bearer {key}"},
        limits=Limits(connections=1, batch=100, bytes=_BYTES_A_CALL),
        secrets=(key,),
    )
    return open_http(url, RESEND_EXAMPLE, Resend(), access)
