"""Amazon SES, API v2: one call a mail, handing over the whole message as it is (`Content.Raw`).

boto3 finds the credentials and signs; the call itself is made like every other provider's, because only so it is known
whether a request that got no answer had been sent.
"""

from __future__ import annotations

import importlib
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from funnel.adapters.http.answers import AnswerRule, CallFailed, HttpReply, Request, outcome_of
from funnel.adapters.http.dispatch import Item, Limits
from funnel.adapters.http.fields import DELIVERY, mark, sender_address, to_json
from funnel.adapters.http.json_path import get_text
from funnel.adapters.http.urls import SHARED_OPTIONS, ApiAccess, open_http
from funnel.adapters.message import Envelope
from funnel.adapters.url import AdapterUrlError, MailUrl
from funnel.mail import Adapter, Mail, Outcome, OutcomeKind

SES_EXAMPLE = "ses://?region=eu-west-1"
_REGION = re.compile(r"[a-z]{2}(-[a-z]{2,12}){1,2}-\d{1,2}")
_OPTIONS = ("region", "configuration_set")
_CONFIGURATION_SET = re.compile(r"[A-Za-z0-9_-]{1,64}")

Sign = Callable[[str, bytes, Mapping[str, str]], Mapping[str, str]]

# Error codes, docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html and .../CommonErrors.html.
ANSWER_RULES: tuple[AnswerRule, ...] = (
    AnswerRule(OutcomeKind.QUOTA, words="daily message quota|24-hour|sending quota"),
    AnswerRule(OutcomeKind.QUOTA, code="(LimitExceeded|AccountDailyQuotaExceeded)(Exception)?"),
    AnswerRule(OutcomeKind.RATE, code="(TooManyRequests|Throttling|ThrottledRequest|RequestLimitExceeded)(Exception)?"),
    AnswerRule(OutcomeKind.AUTH_CONFIG, code="(AccountSuspended|SendingPaused|MailFromDomainNotVerified)(Exception)?"),
    # An identity that is not verified is said in words only; so is a sandbox that knows no such reader.
    AnswerRule(OutcomeKind.AUTH_CONFIG, code="MessageRejected", words="not verified"),
    AnswerRule(OutcomeKind.AUTH_CONFIG, code="NotFoundException"),  # the configuration set
    AnswerRule(
        OutcomeKind.AUTH_CONFIG,
        code="AccessDenied(Exception)?|UnrecognizedClient(Exception)?|InvalidClientTokenId|InvalidSignature(Exception)?"
        "|SignatureDoesNotMatch|(Expired|Missing)\\w*Token\\w*|IncompleteSignature|NotAuthorized|OptInRequired"
        "|RequestExpired|UnknownOperation(Exception)?",
    ),
    AnswerRule(OutcomeKind.TEMPORARY, code="Internal(ServiceError|Failure|ServerError)(Exception)?|ServiceUnavailable"),
    AnswerRule(OutcomeKind.TEMPORARY, code="TransientFailure|TRANSIENT_FAILURE"),
    AnswerRule(OutcomeKind.PERMANENT_MESSAGE, code="MessageRejected|BadRequest(Exception)?|ValidationError"),
)


class Ses:
    """The message goes as it is, but that SES sets its own Message-ID. Opens and clicks are the configuration set's."""

    name = "ses"
    repeats = False

    def __init__(self, configuration_set: str = "") -> None:
        self._configuration_set = configuration_set

    def share(self, mail: Mail, envelope: Envelope) -> bytes:
        fields: dict[str, object] = {
            "FromEmailAddress": sender_address(mail),
            "Destination": {"ToAddresses": [envelope.recipient]},
            "Content": {"Raw": {"Data": b64encode(envelope.content).decode("ascii")}},
            "EmailTags": [{"Name": DELIVERY, "Value": mark(mail.key)}],
        }
        if self._configuration_set:
            fields["ConfigurationSetName"] = self._configuration_set
        return to_json(fields)

    def request(self, items: Sequence[Item]) -> Request:
        return Request("/v2/email/outbound-emails", items[0].share)

    def read(self, reply: HttpReply, items: Sequence[Item], repeated: bool) -> Outcome | list[Outcome]:
        data = reply.data()
        provider_id = get_text(data, "MessageId")
        if reply.good and provider_id:
            return Outcome(OutcomeKind.ACCEPTED, "", provider_id)
        code = reply.headers.get("x-amzn-errortype") or get_text(data, "__type") or get_text(data, "code")
        # `TooManyRequestsException:http://…` in the header, `com.amazonaws.ses#…` in the body.
        name = code.partition(":")[0].rpartition("#")[2]
        return outcome_of(ANSWER_RULES, reply, name, get_text(data, "message") or get_text(data, "Message"))


def signer(region: str) -> Sign:
    """Signs calls (SigV4) with the credentials that boto3 finds, renewed as they expire.

    Raises AdapterUrlError where boto3 is not installed. The signer raises CallFailed where there are no credentials.
    """
    try:
        session: Any = importlib.import_module("boto3").Session(region_name=region)
        sigv4: Any = importlib.import_module("botocore.auth").SigV4Auth
        unsigned: Any = importlib.import_module("botocore.awsrequest").AWSRequest
        failures: Any = importlib.import_module("botocore.exceptions").BotoCoreError
    except ImportError:
        raise AdapterUrlError("ses:// needs boto3: pip install 'funnel[ses]'", SES_EXAMPLE) from None
    found: list[Any] = []

    def sign(url: str, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        try:
            # Not before the first mail: looking for credentials may ask the network.
            credentials = found[0] if found else session.get_credentials()
            frozen = credentials.get_frozen_credentials() if credentials else None
        except failures as error:
            words = f"The credentials for SES cannot be loaded: {type(error).__name__}"
            raise CallFailed(words, sent=False, kind=OutcomeKind.AUTH_CONFIG) from None
        if frozen is None:
            words = "There are no credentials for SES: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a role"
            raise CallFailed(words, sent=False, kind=OutcomeKind.AUTH_CONFIG)
        found[:] = [credentials]
        request = unsigned("POST", url, data=body, headers={"Content-Type": headers["Content-Type"]})
        sigv4(frozen, "ses", region).add_auth(request)
        return dict(request.headers.items())

    return sign


def ses_from_url(url: MailUrl) -> Adapter:
    """`ses://?region=eu-west-1&configuration_set=course`. Raises AdapterUrlError."""
    if _REGION.fullmatch(url.password) and not url.host:
        raise AdapterUrlError("the region belongs behind ?region=", SES_EXAMPLE)
    if url.password or url.host:
        raise AdapterUrlError("its keys do not stand in the URL: boto3 finds them by its own rules", SES_EXAMPLE)
    url.only((*_OPTIONS, *SHARED_OPTIONS), SES_EXAMPLE)
    region = url.options.get("region", "").lower()
    if not _REGION.fullmatch(region):
        raise AdapterUrlError("region must be one of Amazon's, such as eu-west-1", SES_EXAMPLE)
    named = url.options.get("configuration_set", "")
    if named and not _CONFIGURATION_SET.fullmatch(named):
        raise AdapterUrlError("configuration_set holds a letter that no such name has, or is too long", SES_EXAMPLE)
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    access = ApiAccess(
        base=f"https://email.{region}.{domain}",
        authorize=signer(region),
        limits=Limits(connections=8),
    )
    return open_http(url, SES_EXAMPLE, Ses(named), access, options=_OPTIONS)
