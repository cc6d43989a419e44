"""The APIs that take several mails a call: Postmark, Resend, Mailjet; each as its documentation describes it."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import uuid4

from tests.adapters.providers.api import KEY, MAILJET_KEYS, Api
from tests.adapters.providers.server import Answer, Heard, Say, say


class PostmarkApi(Api):
    scheme, url, batch = "postmark", f"postmark://{KEY}?", 500

    def answer(self, heard: Heard) -> Answer:
        if heard.headers.get("x-postmark-server-token") != KEY:
            return say({"ErrorCode": 10, "Message": "The Server Token you provided was invalid."}, 401)
        if heard.path != "/email/batch":
            return say({}, 404)
        mails = heard.json()
        if len(mails) > 500:
            return say({"ErrorCode": 410, "Message": "Too many batch messages."}, 422)
        self.sizes.append(len(mails))
        return say([self._one(mail) for mail in mails])

    def _one(self, mail: dict[str, Any]) -> dict[str, Any]:
        to = mail["To"].rpartition("<")[2].rstrip(">")
        if to in self.refused:
            return dict(self.refused[to])
        self.take(mail["Metadata"]["delivery"], to, mail)
        return {"ErrorCode": 0, "Message": "OK", "MessageID": str(uuid4()), "To": to}


class ResendApi(Api):
    scheme, url, batch = "resend", f"resend://{KEY}?", 100

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, tuple[bytes, Say]] = {}

    def answer(self, heard: Heard) -> Answer:
        if heard.headers.get("authorization") != f"Bearer {KEY}":
            return self.error(401, "invalid_api_key", "API key is invalid")
        key = heard.headers.get("idempotency-key", "")
        if not 1 <= len(key) <= 256:
            return self.error(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")
        if key in self.known:
            body, before = self.known[key]
            if body != heard.body:
                return self.error(409, "invalid_idempotent_request", "Same idempotency key used with other payload")
            return before
        answer = self._send(heard)
        if answer.status == 200:
            self.known[key] = (heard.body, answer)
        return answer

    def _send(self, heard: Heard) -> Say:
        found = heard.json()
        if heard.path == "/emails":
            self.sizes.append(1)
            why = self._one(found)
            return self.error(422, "validation_error", why) if why else say({"id": str(uuid4())})
        if heard.path != "/emails/batch" or heard.headers.get("x-batch-validation") != "permissive":
            return self.error(404, "not_found", "not found")
        if len(found) > 100:
            return self.error(422, "validation_error", "too many")
        self.sizes.append(len(found))
        whys = [self._one(mail) for mail in found]
        errors = [{"index": index, "message": why} for index, why in enumerate(whys) if why]
        taken = [{"id": str(uuid4())} for why in whys if not why]
        return say({"data": taken, **({"errors": errors} if errors else {})})

    def _one(self, mail: dict[str, Any]) -> str:
        to = mail["to"][0].rpartition("<")[2].rstrip(">")
        if to in self.refused:
            return str(self.refused[to])
        self.take(mail["tags"][0]["value"], to, mail)
        return ""

    @staticmethod
    def error(status: int, name: str, message: str) -> Say:
        return say({"statusCode": status, "name": name, "message": message}, status)


class MailjetApi(Api):
    scheme, url, batch = "mailjet", f"mailjet://{':'.join(MAILJET_KEYS)}?", 50
    secrets = MAILJET_KEYS

    def answer(self, heard: Heard) -> Answer:
        token = b64encode(":".join(MAILJET_KEYS).encode()).decode()
        if heard.headers.get("authorization") != f"Basic {token}":
            return say(
                {"ErrorCode": "mj-0015", "StatusCode": 401, "ErrorMessage": "API key authentication failed"}, 401
            )
        if heard.path != "/v3.1/send":
            return say({}, 404)
        mails = heard.json()["Messages"]
        self.sizes.append(len(mails))
        if len(mails) > 50:
            return say({"ErrorCode": "mj-0008", "StatusCode": 400, "ErrorMessage": "Too many messages"}, 400)
        messages = [self._one(mail) for mail in mails]
        bad = all(message["Status"] == "error" for message in messages)
        return say({"Messages": messages}, messages[0]["Errors"][0]["StatusCode"] if bad else 200)

    def _one(self, mail: dict[str, Any]) -> dict[str, Any]:
        to = mail["To"][0]["Email"]
        why = self.refused.get(to)
        if any(name.lower() in ("list-id", "message-id", "date", "reply-to") for name in mail["Headers"]):
            why = (400, "send-0011", "Header cannot be customized", ["Headers"])
        if why:
            status, code, message, related = why
            error = {"ErrorCode": code, "StatusCode": status, "ErrorMessage": message, "ErrorRelatedTo": related}
            return {"Status": "error", "Errors": [error]}
        self.take(mail["CustomID"], to, mail)
        reader = {"Email": to, "MessageUUID": str(uuid4()), "MessageID": uuid4().int % 10**18}
        return {"Status": "success", "CustomID": mail["CustomID"], "To": [reader], "Cc": [], "Bcc": []}
