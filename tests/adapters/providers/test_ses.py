"""Amazon SES: the message as it is, its exceptions by name, and the signature that boto3 makes."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from funnel.adapters import AdapterUrlError, open_adapter
from funnel.mail import OutcomeKind
from funnel.mime import message_bytes
from tests.adapters.examples import mail_to, send_one
from tests.adapters.providers.apis import SesApi
from tests.adapters.providers.common import lesson, send_many
from tests.adapters.providers.conftest import Connect, Start
from tests.adapters.providers.server import Heard, say

K = OutcomeKind
UNVERIFIED = "Email address is not verified. The following identities failed the check: hello@harbour.example.org"


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (429, "TooManyRequestsException", "Maximum sending rate exceeded.", K.RATE),
        (400, "Throttling", "Maximum sending rate exceeded.", K.RATE),
        (429, "TooManyRequestsException", "Daily message quota exceeded.", K.QUOTA),
        (400, "LimitExceededException", "There are too many instances.", K.QUOTA),
        (400, "AccountSuspendedException", "", K.AUTH_CONFIG),
        (400, "SendingPausedException", "", K.AUTH_CONFIG),
        (400, "MailFromDomainNotVerifiedException", "", K.AUTH_CONFIG),
        (404, "NotFoundException", "Configuration set <course> does not exist.", K.AUTH_CONFIG),
        (400, "MessageRejected", UNVERIFIED, K.AUTH_CONFIG),
        (400, "MessageRejected", "The message contains a virus.", K.PERMANENT_MESSAGE),
        (400, "BadRequestException", "Missing final '@domain'", K.PERMANENT_MESSAGE),
        (403, "SignatureDoesNotMatch", "", K.AUTH_CONFIG),
        (403, "ExpiredTokenException", "The security token included in the request is expired", K.AUTH_CONFIG),
        (403, "AccessDeniedException", "not authorized to perform ses:SendEmail", K.AUTH_CONFIG),
        (400, "UnrecognizedClientException", "", K.AUTH_CONFIG),
        (500, "InternalFailure", "", K.TEMPORARY),
        (503, "ServiceUnavailable", "", K.TEMPORARY),
        (400, "TRANSIENT_FAILURE", "", K.TEMPORARY),
    ],
)
def test_an_exception_s_name_decides_about_the_mail(
    connect: Connect, status: int, code: str, message: str, kind: OutcomeKind
) -> None:
    api = SesApi()
    api.refused["ada@example.org"] = (status, code, message)
    outcome = send_one(connect(api), mail_to())
    assert outcome.kind is kind
    assert code in outcome.detail
    assert message in outcome.detail  # our own sender's address may be named


def test_an_exception_may_be_named_in_the_body(connect: Connect) -> None:
    api = SesApi()
    api.next.append(say({"__type": "com.amazonaws.ses#SendingPausedException", "Message": "paused"}, 400))
    assert send_one(connect(api), mail_to()).kind is OutcomeKind.AUTH_CONFIG


def test_the_message_goes_as_it_is(connect: Connect) -> None:
    api = SesApi()
    mail = lesson()
    send_one(connect(api, configuration_set="course"), mail)
    (taken,) = api.taken
    assert taken.raw == message_bytes(mail)
    fields = dict(taken.fields)
    fields.pop("Content")
    assert fields == {
        "FromEmailAddress": "hello@harbour.example.org",
        "Destination": {"ToAddresses": ["ada@example.org"]},
        "EmailTags": [{"Name": "delivery", "Value": "4711"}],
        "ConfigurationSetName": "course",
    }


def test_many_mails_go_one_by_one_over_a_few_connections(connect: Connect, start: Start) -> None:
    send_many(SesApi(), connect, start, 500)


def test_without_boto3_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(AdapterUrlError, match=re.escape("pip install 'funnel[ses]'")):
        open_adapter("ses://?region=eu-west-1")


@pytest.fixture
def boto3_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """boto3 with no credentials to be found anywhere; the tests below say where they are."""
    pytest.importorskip("boto3", reason="boto3 is not installed: pip install 'funnel[ses]'")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return monkeypatch


def test_boto3_signs_with_the_credentials_it_finds(boto3_alone: pytest.MonkeyPatch, start: Start) -> None:
    boto3_alone.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    boto3_alone.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI-secret")
    boto3_alone.setenv("AWS_SESSION_TOKEN", "session-token-42")
    api = SesApi()
    server = start(api)
    adapter = open_adapter(f"ses://?region=eu-west-1&endpoint={server.url}")
    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED
    adapter.close()
    (heard,) = server.heard
    signature = heard.headers["authorization"]
    assert signature.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/ses/aws4_request, " in signature
    assert "wJalrXUtnFEMI-secret" not in repr(server.heard) + repr(vars(adapter))
    assert heard.headers["x-amz-security-token"] == "session-token-42"
    assert signature.endswith(f"Signature={expected_signature(server.url, heard)}")


def expected_signature(base: str, heard: Heard) -> str:
    """What botocore signs for the call as it arrived, at the time it names."""
    auth: Any = importlib.import_module("botocore.auth")
    credentials: Any = importlib.import_module("botocore.credentials")
    request: Any = importlib.import_module("botocore.awsrequest").AWSRequest("POST", base + heard.path, data=heard.body)
    for name in ("Content-Type", "X-Amz-Date", "X-Amz-Security-Token"):
        request.headers[name] = heard.headers[name.lower()]
    request.context["timestamp"] = heard.headers["x-amz-date"]
    known = credentials.Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI-secret", "session-token-42")
    signer = auth.SigV4Auth(known, "ses", "eu-west-1")
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))


def test_without_credentials_the_channel_stops(boto3_alone: pytest.MonkeyPatch, start: Start) -> None:
    server = start(SesApi())
    adapter = open_adapter(f"ses://?region=eu-west-1&endpoint={server.url}")
    outcome = send_one(adapter, mail_to())
    assert outcome.kind is OutcomeKind.AUTH_CONFIG
    assert "AWS_ACCESS_KEY_ID" in outcome.detail
    assert server.heard == []
