"""SendGrid: one call a mail, because mails of one call would share their text."""

from __future__ import annotations

from collections.abc import Sequence

from funnel.adapters.http.answers import AnswerRule, HttpReply, Request, outcome_of
from funnel.adapters.http.dispatch import Item, Limits
from funnel.adapters.http.fields import DELIVERY, OWN_FIELDS, headers_of, mark, reply_to, sender_address, to_json
from funnel.adapters.http.json_path import get_path, get_text
from funnel.adapters.http.urls import ApiAccess, key_of, open_http, region_of
from funnel.adapters.message import Envelope
from funnel.adapters.url import MailUrl
from funnel.mail import Adapter, Mail, Outcome, OutcomeKind

SENDGRID_EXAMPLE = "sendgrid://SG.your-api-key"
_REGIONS = {"global": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}

# Reserved, docs.sendgrid.com/api-reference/mail-send/mail-send: a call that sets one is refused.
_FORBIDDEN = OWN_FIELDS | {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-transfer-encoding"}

# The code here is the `field` of the first error, same page.
ANSWER_RULES: tuple[AnswerRule, ...] = (
    # Said with 401, although the key is right.
    AnswerRule(OutcomeKind.QUOTA, words="maximum credits exceeded|messaging limits"),
    AnswerRule(OutcomeKind.AUTH_CONFIG, words="verified sender identity"),
    AnswerRule(OutcomeKind.AUTH_CONFIG, status="4..", code=r"from(\..*)?"),
    # 451: the account's data may not leave its region.
    AnswerRule(OutcomeKind.AUTH_CONFIG, status="451"),
    AnswerRule(
        OutcomeKind.PERMANENT_RECIPIENT, status="400", code=r"personalizations\.\d+\.to\..*", words="valid address"
    ),
)


class SendGrid:
    """Fields, not raw MIME. SendGrid's own opens, clicks and unsubscribe footer are off for each mail."""

    name = "sendgrid"
    repeats = False

    def share(self, mail: Mail, envelope: Envelope) -> bytes:
        parts = (("text/plain", mail.text), ("text/html", mail.html))
        fields: dict[str, object] = {
            "personalizations": [
                {"to": [_to(mail.recipient.name, envelope.recipient)], "custom_args": {DELIVERY: mark(mail.key)}}
            ],
            "from": _person(mail.sender.name, sender_address(mail)),
            "subject": mail.subject,
            "content": [{"type": kind, "value": value} for kind, value in parts if value],
            "headers": headers_of(mail, _FORBIDDEN),
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
                "ganalytics": {"enable": False},
            },
        }
        answer_to = reply_to(mail)
        if answer_to is not None:
            fields["reply_to"] = _person(answer_to.name, answer_to.address)
        return to_json(fields)

    def request(self, items: Sequence[Item]) -> Request:
        return Request("/v3/mail/send", items[0].share)

    def read(self, reply: HttpReply, items: Sequence[Item], repeated: bool) -> Outcome | list[Outcome]:
        """202 says it all: it has no body. 200 would be a rehearsal that sends nothing, which is never asked for."""
        if reply.status == 202:
            return Outcome(OutcomeKind.ACCEPTED, "", reply.headers.get("x-message-id"))
        data = reply.data()
        error = get_path(data, "errors", 0)
        # Some refusals before the API proper list their errors as plain text.
        said = error if isinstance(error, str) else get_text(error, "message")
        return outcome_of(ANSWER_RULES, reply, get_text(error, "field"), said)


def _person(name: str, address: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}


def _to(name: str, address: str) -> dict[str, str]:
    """A reader. SendGrid splits an unquoted name at , and ; here, and only here (sendgrid-python issue 291)."""
    if not any(letter in name for letter in ",;"):
        return _person(name, address)
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return _person(f'"{escaped}"', address)


def sendgrid_from_url(url: MailUrl) -> Adapter:
    """`sendgrid://KEY?region=eu`. Raises AdapterUrlError."""
    key = key_of(url, SENDGRID_EXAMPLE)
    access = ApiAccess(
        base=region_of(url, _REGIONS, SENDGRID_EXAMPLE),
        authorize=lambda *_: {"Authorization": f"Bearer {key}"},
        limits=Limits(connections=8),
        secrets=(key,),
    )
    return open_http(url, SENDGRID_EXAMPLE, SendGrid(), access, options=("region",))
