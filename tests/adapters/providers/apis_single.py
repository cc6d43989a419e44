"""The APIs that take one mail a call: SendGrid, Brevo, Mailgun, SparkPost, SES; each as documented."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from uuid import uuid4

from tests.adapters.providers.api import KEY, Api
from tests.adapters.providers.server import Answer, Heard, Say, say


class SendGridApi(Api):
    scheme, url = "sendgrid", f"sendgrid://{KEY}?"

    def answer(self, heard: Heard) -> Answer:
        if heard.headers.get("authorization") != f"Bearer {KEY}":
            return self.error(401, "The provided authorization grant is invalid, expired, or revoked")
        if heard.path != "/v3/mail/send":
            return self.error(404, "not found")
        fields = heard.json()
        (one,) = fields["personalizations"]
        to = one["to"][0]["email"]
        if to in self.refused:
            return self.error(*self.refused[to])
        self.take(one["custom_args"]["delivery"], to, fields)
        return Say(202, b"", {"X-Message-Id": uuid4().hex})

    @staticmethod
    def error(status: int, message: str, field: str | None = None) -> Say:
        return say({"errors": [{"message": message, "field": field, "help": None}]}, status)


class BrevoApi(Api):
    scheme, url = "brevo", f"brevo://{KEY}?"

    def __init__(self) -> None:
        super().__init__()
        self.known: set[str] = set()

    def answer(self, heard: Heard) -> Answer:
        if heard.headers.get("api-key") != KEY:
            return self.error(401, "unauthorized", "Key not found")
        if heard.path != "/v3/smtp/email":
            return self.error(404, "document_not_found", "no such path")
        fields = heard.json()
        to, key = fields["to"][0]["email"], fields["headers"]["idempotencyKey"]
        if to in self.refused:
            return self.error(*self.refused[to])
        if key in self.known:
            return self.error(400, "duplicate_parameter", "idempotencyKey was used before")
        self.known.add(key)
        self.take(json.loads(fields["headers"]["X-Mailin-custom"])["delivery"], to, fields)
        return say({"messageId": f"<{uuid4().hex}@smtp-relay.example.org>"}, 201)

    @staticmethod
    def error(status: int, code: str, message: str) -> Say:
        return say({"code": code, "message": message}, status)


class MailgunApi(Api):
    scheme, url = "mailgun", f"mailgun://{KEY}@mg.example.org?"

    def answer(self, heard: Heard) -> Answer:
        if heard.path == "/":
            return Say(200, b"Mailgun Magnificent API")
        if heard.headers.get("authorization") != f"Basic {b64encode(f'api:{KEY}'.encode()).decode()}":
            return Say(401, b"Forbidden")
        if heard.path != "/v3/mg.example.org/messages.mime":
            return say({"message": "Domain not found: mg.example.org"}, 404)
        fields = self.form(heard)
        to = fields["to"].decode()
        if to in self.refused:
            status, message = self.refused[to]
            return say({"message": message}, status)
        self.take(fields["v:delivery"].decode(), to, fields, fields["message"])
        return say({"id": f"<{uuid4().hex}@mg.example.org>", "message": "Queued. Thank you."})

    @staticmethod
    def form(heard: Heard) -> dict[str, bytes]:
        boundary = heard.headers["content-type"].partition("boundary=")[2].encode()
        found: dict[str, bytes] = {}
        for part in heard.body.split(b"--" + boundary)[1:-1]:
            head, _, value = part.partition(b"\r\n\r\n")
            found[head.partition(b'name="')[2].partition(b'"')[0].decode()] = value.removesuffix(b"\r\n")
        return found


class SparkPostApi(Api):
    scheme, url = "sparkpost", f"sparkpost://{KEY}?"

    def answer(self, heard: Heard) -> Answer:
        if heard.headers.get("authorization") != KEY:
            return say({"errors": [{"message": "Unauthorized."}]}, 401)
        if heard.path != "/api/v1/transmissions/":
            return say({"errors": [{"message": "invalid URI", "code": "1101"}]}, 404)
        fields = heard.json()
        to = fields["recipients"][0]["address"]["email"]
        if to in self.refused:
            return self.error(*self.refused[to])
        self.take(fields["metadata"]["delivery"], to, fields, fields["content"]["email_rfc822"].encode())
        results = {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": str(uuid4().int)[:17]}
        return say({"results": results})

    @staticmethod
    def error(status: int, code: str, message: str, description: str = "") -> Say:
        return say({"errors": [{"code": code, "message": message, "description": description}]}, status)


class SesApi(Api):
    scheme, url = "ses", "ses://?region=eu-west-1&"
    secrets = ()

    def answer(self, heard: Heard) -> Answer:
        if not heard.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 Credential="):
            return self.error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
        if heard.path != "/v2/email/outbound-emails":
            return self.error(404, "UnknownOperationException", "")
        fields = heard.json()
        to = fields["Destination"]["ToAddresses"][0]
        if to in self.refused:
            return self.error(*self.refused[to])
        raw = b64decode(fields["Content"]["Raw"]["Data"])
        self.take(fields["EmailTags"][0]["Value"], to, fields, raw)
        return say({"MessageId": f"{uuid4()}-000000"})

    @staticmethod
    def error(status: int, code: str, message: str) -> Say:
        kind = f"{code}:http://internal.amazon.com/coral/com.amazonaws.services.simpleemail/"
        return say({"message": message}, status, x_amzn_ErrorType=kind)
