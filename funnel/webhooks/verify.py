"""The ways in which providers prove that a request is theirs. Every comparison takes the same time, right or wrong."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from funnel.webhooks.provider import HookRequest, NotConfigured, Refused, Verified

CLOCK_AHEAD = timedelta(minutes=5)  # how far another clock may run before ours


def same_secret(one: str, other: str) -> bool:
    """In constant time, also for text that is not ASCII."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def check_age(stamp: str, now: datetime, oldest: timedelta) -> None:
    """Raises Refused unless `stamp` (seconds since 1970) is no older than this and hardly in the future."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        raise Refused("the timestamp is not a number of seconds")
    check_moment(datetime.fromtimestamp(int(stamp), UTC), now, oldest)


def check_moment(signed: datetime | None, now: datetime, oldest: timedelta, ahead: timedelta = CLOCK_AHEAD) -> None:
    """Raises Refused unless it was signed at a known time that is no older than this and not further in the future."""
    if signed is None:
        raise Refused("it does not say when it was signed")
    age = now - signed
    if not -ahead <= age <= oldest:
        raise Refused(f"signed {round(age.total_seconds())} seconds ago")


def basic_auth(request: HookRequest) -> Verified:
    """RFC 7617, for providers that sign nothing. Raises Refused."""
    wanted = request.settings.hook_password.get_secret_value()
    user, colon, password = wanted.partition(":")
    if not (user and colon and password):
        raise NotConfigured("FUNNEL_HOOK_PASSWORD")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    given = decode_base64(token.strip()) if scheme.lower() == "basic" else None
    if given is None or not hmac.compare_digest(given, wanted.encode()):
        raise Refused("wrong user or password")
    return Verified()


def hmac_hex(key: str, text: str, signature: str) -> bool:
    """Whether `signature` is the hexadecimal HMAC-SHA256 of the text."""
    made = hmac.new(key.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
    return same_secret(made, signature.lower())


def hmac_base64(key: bytes, content: bytes, signature: str) -> bool:
    """Whether `signature` is the base64 HMAC-SHA256 of the content."""
    return same_secret(base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode(), signature)


def ecdsa_sha256(key: str, content: bytes, signature: str) -> bool:
    """Whether the base64 DER signature is by the private half of this base64 SPKI key. Raises Refused for a bad key."""
    signed, spki = decode_base64(signature), decode_base64(key)
    try:
        public = load_der_public_key(spki or b"")
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refused("the public key in our settings cannot be read") from error
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise Refused("the public key in our settings is not an elliptic-curve key")
    try:
        public.verify(signed or b"", content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def rsa_pkcs1(public: rsa.RSAPublicKey, content: bytes, signature: str, algorithm: hashes.HashAlgorithm) -> bool:
    """Whether the base64 signature is by the private half of this key (PKCS #1 v1.5)."""
    try:
        public.verify(decode_base64(signature) or b"", content, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def decode_base64(text: str) -> bytes | None:
    """None where the text is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
