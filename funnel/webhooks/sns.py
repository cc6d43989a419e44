"""Amazon SNS: whether a message is genuine (docs.aws.amazon.com/sns, "Verifying the signatures of messages").

The certificate is named by the message itself, so all depends on asking nobody but Amazon for it.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from funnel.adapters.http.json_path import get_path, get_text
from funnel.webhooks import outside
from funnel.webhooks.provider import HookRequest, NotConfigured, Refused, TryAgain, Verified
from funnel.webhooks.reading import from_iso, parse_json
from funnel.webhooks.verify import check_moment, rsa_pkcs1, same_secret

NOTIFICATION, SUBSCRIPTION = "Notification", "SubscriptionConfirmation"
_CONFIRMATIONS = (SUBSCRIPTION, "UnsubscribeConfirmation")
_HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
_PATH = re.compile(r"/SimpleNotificationService-[A-Za-z0-9_-]+\.pem")
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
# Version 1 is what SNS signs with unless a topic is told otherwise.
_ALGORITHMS: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {
    "1": hashes.SHA1,
    "2": hashes.SHA256,
}
_MOST_CERTIFICATES = 8
# SNS tries an HTTPS endpoint for an hour and no longer (docs.aws.amazon.com/sns, "Message delivery retries"), and a
# subscription can be confirmed for two days. The third is for whoever hands on what SNS gave up (a dead-letter queue).
OLDEST = timedelta(days=3)
_T = TypeVar("_T")
_NOT_AGAIN_FOR = timedelta(minutes=1)


class Certificates:
    """Amazon's certificates, each asked for once. One that could not be had is not asked for again for a minute."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, x509.Certificate] = OrderedDict()
        self._missing: OrderedDict[str, datetime] = OrderedDict()
        self._lock = threading.Lock()

    def key(self, url: str, now: datetime) -> rsa.RSAPublicKey:
        """The public key. `now` is machine time. Raises Refused for a wrong address or certificate, else TryAgain."""
        check_certificate_url(url)
        with self._lock:
            certificate = self._known.get(url) or self._load(url, now)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise Refused("the certificate is not valid at this time")
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Refused("the certificate does not hold an RSA key")
        return key

    def _load(self, url: str, now: datetime) -> x509.Certificate:
        since = self._missing.get(url)
        if since is not None and now - since < _NOT_AGAIN_FOR:
            raise TryAgain("the certificate could not be fetched a moment ago")
        try:
            found = x509.load_pem_x509_certificate(outside.fetch(url))
        except (OSError, ValueError) as error:
            _keep(self._missing, url, now)
            raise TryAgain(f"the certificate could not be had: {type(error).__name__}") from error
        _keep(self._known, url, found)
        return found


def check_message(request: HookRequest, certificates: Certificates) -> Verified:
    """Raises Refused or TryAgain. The cheap checks come first: no stranger makes us ask the network."""
    topic = request.settings.hook_ses_topic
    if not topic:
        raise NotConfigured("FUNNEL_HOOK_SES_TOPIC")
    try:
        message = parse_json(request.body)
    except ValueError as error:
        raise Refused(str(error)) from error
    if not isinstance(message, dict):
        raise Refused("the body is not an SNS message")
    if not same_secret(get_text(message, "TopicArn"), topic):
        raise Refused("another topic")
    for header, name in (("message-type", "Type"), ("message-id", "MessageId")):
        if request.headers.get(f"x-amz-sns-{header}") != get_text(message, name):
            raise Refused(f"the header for {name} is not what the body says")
    algorithm = _ALGORITHMS.get(get_text(message, "SignatureVersion"))
    if algorithm is None:
        raise Refused("an unknown signature version")
    key = certificates.key(get_text(message, "SigningCertURL"), request.now)
    if not rsa_pkcs1(key, _to_sign(message), get_text(message, "Signature", longest=2000), algorithm()):
        raise Refused("wrong signature")
    # After the signature, which covers it: the same message again within this time is known by its MessageId. One from
    # the future is Amazon's all the same; then our own clock is wrong, and SNS would not come again once it is right.
    check_moment(from_iso(message.get("Timestamp")), request.now, OLDEST, ahead=OLDEST)
    return Verified()


def check_certificate_url(url: str) -> None:
    """Raises Refused for any address but that of a signing certificate at Amazon SNS."""
    if not (_at_amazon(url) and _PATH.fullmatch(urlsplit(url).path) and "?" not in url and "#" not in url):
        raise Refused("the certificate's address is not Amazon's")


def confirm_subscription(body: bytes, topic: str) -> None:
    """Opens the address by which SNS asks whether its messages are wanted here. Other messages: nothing.

    Raises Refused for an address that is not Amazon's or asks for another topic, OSError where it cannot be opened.
    """
    message = parse_json(body)
    if get_text(message, "Type") != SUBSCRIPTION:
        return
    url = get_text(message, "SubscribeURL", longest=2000)
    if not topic or get_text(message, "TopicArn") != topic or not _at_amazon(url):
        raise Refused("the subscription's address is not Amazon's, or the topic is not ours")
    asked = parse_qs(urlsplit(url).query)
    if asked.get("Action") != ["ConfirmSubscription"] or asked.get("TopicArn") != [topic]:
        raise Refused("the subscription's address asks for something else")
    outside.fetch(url)


def _at_amazon(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    # The whole of it: neither a user, nor a port, nor a host that only begins like Amazon's.
    return plain and parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None


def _to_sign(message: Mapping[str, object]) -> bytes:
    kind = get_path(message, "Type")
    if kind not in (NOTIFICATION, *_CONFIRMATIONS):
        raise Refused("an unknown message type")
    names = _SIGNED if kind == NOTIFICATION else _SIGNED_CONFIRMATION
    lines: list[str] = []
    for name in names:
        value = message.get(name)
        if isinstance(value, str):
            lines += (name, value)
        elif value is not None or name != "Subject":
            raise Refused(f"{name} is missing")
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _keep(kept: OrderedDict[str, _T], url: str, value: _T) -> None:
    kept[url] = value
    kept.move_to_end(url)
    while len(kept) > _MOST_CERTIFICATES:
        kept.popitem(last=False)
