"""Brevo: one call a mail, because mails of one call would share their text; with an idempotency key."""

from __future__ import annotations

from collections.abc import Sequence

from funnel.adapters.http.answers import AnswerRule, HttpReply, Request, outcome_of
from funnel.adapters.http.dispatch import Item, Limits
from funnel.adapters.http.fields import DELIVERY, headers_of, mail_uuid, mark, reply_to, sender_address, to_json
from funnel.adapters.http.json_path import get_text
from funnel.adapters.http.urls import ApiAccess, key_of, open_http
from funnel.adapters.message import Envelope
from funnel.adapters.url import MailUrl
from funnel.mail import Adapter, Mail, Outcome, OutcomeKind

BREVO_EXAMPLE = "brevo://xkeysib-your-api-key"

# `code` of an error, developers.brevo.com/docs/how-it-works; the words tell invalid parameters apart.
ANSWER_RULES: tuple[AnswerRule, ...] = (
    AnswerRule(OutcomeKind.QUOTA, code="not_enough_credits"),
    AnswerRule(
        OutcomeKind.AUTH_CONFIG,
        code="unauthorized|(reseller_)?permission_denied|account_under_validation|document_not_found"
        "|method_not_allowed",
    ),
    # The key was used within half an hour: a mail under it came before, and whether it went is not said.
    AnswerRule(OutcomeKind.AMBIGUOUS, code="duplicate_request"),
    AnswerRule(OutcomeKind.AMBIGUOUS, code="duplicate_parameter", words="idempoten"),
    AnswerRule(OutcomeKind.PERMANENT_RECIPIENT, code="invalid_parameter", words=r"email .*not valid in to\b"),
    AnswerRule(OutcomeKind.AUTH_CONFIG, code="(invalid|missing)_parameter", words=r"\bsender\b"),
)
_DUPLICATE = frozenset({"duplicate_parameter", "duplicate_request"})


class Brevo:
    """Fields, not raw MIME. Brevo counts opens and clicks unless that is turned off in the account's settings."""

    name = "brevo"
    repeats = True

    def share(self, mail: Mail, envelope: Envelope) -> bytes:
        headers = headers_of(mail)
        # Both are Brevo's own and do not reach the reader: the first is answered once in 30 minutes, the second
        # comes back with each event.
        headers["idempotencyKey"] = str(mail_uuid(mail))
        headers["X-Mailin-custom"] = to_json({DELIVERY: mark(mail.key)}).decode()
        fields: dict[str, object] = {
            "sender": _person(mail.sender.name, sender_address(mail)),
            "to": [_person(mail.recipient.name, envelope.recipient)],
            "subject": mail.subject,
            "htmlContent": mail.html,
            "textContent": mail.text,
            "headers": headers,
            "tags": [mark(mail.key)],
        }
        answer_to = reply_to(mail)
        if answer_to is not None:
            fields["replyTo"] = _person(answer_to.name, answer_to.address)
        return to_json(fields)

    def request(self, items: Sequence[Item]) -> Request:
        return Request("/v3/smtp/email", items[0].share)

    def read(self, reply: HttpReply, items: Sequence[Item], repeated: bool) -> Outcome | list[Outcome]:
        data = reply.data()
        provider_id = get_text(data, "messageId")
        if reply.good and provider_id:
            return Outcome(OutcomeKind.ACCEPTED, "", provider_id)
        code = get_text(data, "code")
        outcome = outcome_of(ANSWER_RULES, reply, code, get_text(data, "message"))
        if repeated and code in _DUPLICATE and outcome.kind is OutcomeKind.AMBIGUOUS:
            # Only silence came before: the key is known because the first call arrived.
            return outcome._replace(kind=OutcomeKind.ACCEPTED)
        # About the key: made again it would be answered alike.
        return [outcome] if code in _DUPLICATE else outcome


def _person(name: str, address: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}


def brevo_from_url(url: MailUrl) -> Adapter:
    """`brevo://KEY`. Raises AdapterUrlError."""
    key = key_of(url, BREVO_EXAMPLE)
    access = ApiAccess(
        base="https://api.brevo.com",
        authorize=lambda *_: {"api-key": key},
        limits=Limits(connections=8),
        secrets=(key,),
    )
    return open_http(url, BREVO_EXAMPLE, Brevo(), access)
