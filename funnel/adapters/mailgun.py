"""Mailgun: one call a mail, handing over the whole message as it is (/messages.mime)."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence

from funnel.adapters.http.answers import AnswerRule, HttpReply, Request, outcome_of, until
from funnel.adapters.http.dispatch import Item, Limits
from funnel.adapters.http.fields import DELIVERY, mark
from funnel.adapters.http.json_path import get_text
from funnel.adapters.http.urls import ApiAccess, domain_of, only_key, open_http, region_of
from funnel.adapters.message import Envelope
from funnel.adapters.url import MailUrl
from funnel.mail import Adapter, Mail, Outcome, OutcomeKind

MAILGUN_EXAMPLE = "mailgun://your-api-key@mg.example.org?region=eu"
_REGIONS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
_AGAIN = re.compile(r"try again after ([A-Za-z0-9,: +-]{10,40})", re.IGNORECASE)

# The `message` of an error: Mailgun has no codes. documentation.mailgun.com, Messages; mailgun-java issue 50 for 420.
ANSWER_RULES: tuple[AnswerRule, ...] = (
    # A path that is none is answered with 200 and a greeting.
    AnswerRule(OutcomeKind.AUTH_CONFIG, status="200", words="magnificent api"),
    AnswerRule(OutcomeKind.RATE, status="4..", words="sending too fast|too many requests|on probation"),
    AnswerRule(OutcomeKind.QUOTA, status="4..", words=r"limit exceeded|exceeded .{0,40}\b(limit|quota)"),
    AnswerRule(OutcomeKind.QUOTA, status="420"),
    # Sandbox, disabled, inactive, unpaid: nothing that the mail could help.
    AnswerRule(
        OutcomeKind.AUTH_CONFIG, status="4..", words="not allowed to send|domain not found|account (is )?disabled"
    ),
    AnswerRule(OutcomeKind.PERMANENT_RECIPIENT, status="400", words=r"^.?to\b.{0,3}parameter is not a valid address"),
    AnswerRule(OutcomeKind.AUTH_CONFIG, status="400", words=r"^.?from\b.{0,3}parameter is not a valid address"),
)


class Mailgun:
    """The message goes unchanged; Mailgun adds its signature and, for the events, one header with the delivery."""

    name = "mailgun"
    repeats = False

    def __init__(self, domain: str) -> None:
        self._path = f"/v3/{domain}/messages.mime"

    def share(self, mail: Mail, envelope: Envelope) -> bytes:
        fields = {
            "to": envelope.recipient,
            "o:tracking": "no",
            "o:tracking-clicks": "no",
            "o:tracking-opens": "no",
            f"v:{DELIVERY}": mark(mail.key),
        }
        return _form(fields, envelope.content, _boundary(mail))

    def request(self, items: Sequence[Item]) -> Request:
        kind = f"multipart/form-data; boundary={_boundary(items[0].mail)}"
        return Request(self._path, items[0].share, kind)

    def read(self, reply: HttpReply, items: Sequence[Item], repeated: bool) -> Outcome | list[Outcome]:
        data = reply.data()
        provider_id, said = get_text(data, "id"), get_text(data, "message")
        if reply.good and provider_id:
            return Outcome(OutcomeKind.ACCEPTED, said, provider_id)
        outcome = outcome_of(ANSWER_RULES, reply, "", said or reply.text())
        again = _AGAIN.search(said)
        if again and outcome.kind in (OutcomeKind.QUOTA, OutcomeKind.RATE):
            return outcome._replace(retry_after=until(again[1].replace("UTC", "+0000").strip(), reply))
        return outcome


def _boundary(mail: Mail) -> str:
    """What parts the form: a digest of the mail, so that no mail can hold its own."""
    digest = hashlib.sha256("\0".join((mail.key, mail.subject, mail.text, mail.html)).encode("utf-8", "replace"))
    return f"funnel-{digest.hexdigest()}"


def _form(fields: dict[str, str], message: bytes, boundary: str) -> bytes:
    """RFC 7578: the fields, and the message as a file."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="message"; filename="message.mime"\r\n'
        "Content-Type: message/rfc822\r\n\r\n"
    )
    return "".join((*parts, head)).encode("ascii") + message + f"\r\n--{boundary}--\r\n".encode("ascii")


def mailgun_from_url(url: MailUrl) -> Adapter:
    """`mailgun://KEY@mg.example.org?region=eu`. Raises AdapterUrlError."""
    key = only_key(url, MAILGUN_EXAMPLE) if url.host else ""
    domain = domain_of(url, MAILGUN_EXAMPLE)
    token = b64encode(f"api:{key}".encode()).decode()
    access = ApiAccess(
        base=region_of(url, _REGIONS, MAILGUN_EXAMPLE),
        authorize=lambda *_: {"Authorization": f"Basic {token}"},
        limits=Limits(connections=8),
        secrets=(token, key),
    )
    return open_http(url, MAILGUN_EXAMPLE, Mailgun(domain), access, options=("region",))
