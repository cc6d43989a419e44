"""Whether others can check our signature (DKIM): the record in the DNS against the key that signs."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from funnel.adapters.dkim import DkimKey
from funnel.operations.doctor.findings import DnsRecord, Finding, fine, not_tried, warned, wrong
from funnel.operations.doctor.names import Names
from funnel.operations.doctor.sender import SenderFacts

_CHECK = "DKIM"
_LEAST_BITS, _GOOD_BITS = 1024, 2048  # RFC 8301, 3.2
# The selectors that providers usually give out; others are asked for by nobody here, and so not missed.
_SELECTORS = {
    "resend": ("resend",),
    "sendgrid": ("s1", "s2"),
    "brevo": ("brevo1", "brevo2", "mail"),
    "mailjet": ("mailjet",),
    "mailgun": ("mx", "smtp", "k1", "pic"),
}


def check_dkim(names: Names, sender: SenderFacts) -> list[Finding]:
    """One finding for each key that signs here, or one for the provider's. Raises NameTrouble."""
    if sender.keys:
        return [_own(names, key) for key in sender.keys]
    if sender.own_return_path:
        return [
            warned(
                _CHECK,
                "Mail is not signed here, and whether your mail server signs it cannot be seen from the DNS.",
                "Make a key with 'funnel dkim new', or send a test with 'funnel send-test' and look for dkim=pass.",
            )
        ]
    return [_providers(names, sender)]


def _own(names: Names, key: DkimKey) -> Finding:
    check, paste = f"{_CHECK} {key.selector}", DnsRecord(key.record_name, "TXT", key.record)
    found = [_tags(text) for text in names.texts(key.record_name)]
    records = [tags for tags in found if "p" in tags]
    if not records:
        return wrong(check, f"There is no DKIM record at {key.record_name}.", "Put this record into the DNS.", paste)
    if len(records) > 1:
        return wrong(
            check, f"There are {len(records)} records at {key.record_name}.", "Leave this one alone there.", paste
        )
    ours, (tags,) = _tags(key.record), records
    problem = unusable_key(tags)
    if problem:
        return wrong(check, f"The record at {key.record_name} {problem}.", "Put this one in its place.", paste)
    if tags.get("k", "rsa").lower() != ours["k"] or _bare(tags["p"]) != ours["p"]:
        return wrong(
            check,
            f"The record at {key.record_name} belongs to another key than the one that signs: no signature can be "
            "verified.",
            "Put this record in its place.",
            paste,
        )
    if "y" in tags.get("t", "").lower().split(":"):
        return warned(
            check, f"The record at {key.record_name} says t=y: it is only being tried.", "Take t=y out.", paste
        )
    return fine(check, f"The record at {key.record_name} fits the key that signs.")


def _providers(names: Names, sender: SenderFacts) -> Finding:
    selectors = _SELECTORS.get(sender.adapter, ())
    problems = []
    for selector in selectors:
        place = f"{selector}._domainkey.{sender.domain}"
        for tags in (_tags(text) for text in names.texts(place)):
            if "p" not in tags:
                continue
            problem = unusable_key(tags)
            if not problem:
                return fine(_CHECK, f"{sender.adapter} can sign for {sender.domain}: its key is at {place}.")
            problems.append(f"The record at {place} {problem}.")
    if problems:
        return wrong(_CHECK, problems[0], f"Copy the record again from the pages of {sender.adapter}.")
    if not selectors:
        return not_tried(
            _CHECK,
            f"{sender.adapter or 'The provider'} gives every domain other names for its keys",
            "See that its pages call your domain verified, or look for dkim=pass in a test mail.",
        )
    return warned(
        _CHECK,
        f"None of the names that {sender.adapter} usually gives its keys is in the DNS of {sender.domain}.",
        f"See that the pages of {sender.adapter} call your domain verified, or look for dkim=pass in a test mail.",
    )


def unusable_key(tags: dict[str, str]) -> str:
    """What is wrong with a record's key in itself, to follow its name; "" where it can be used."""
    text, kind = _bare(tags.get("p", "")), tags.get("k", "rsa").lower()
    if not text:
        return "has an empty p=: the key was revoked"
    if kind not in ("rsa", "ed25519"):
        return "has a kind of key that nobody knows (k=)"
    if tags.get("v", "DKIM1") != "DKIM1":
        return "does not begin with v=DKIM1"
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return "has a key that is not whole: it may have been cut off while pasting"
    if kind == "ed25519":
        return "" if len(data) == 32 else "has a key that is not whole: it may have been cut off while pasting"
    return _unusable_rsa(data)


def _unusable_rsa(data: bytes) -> str:
    try:
        key = serialization.load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        return "has a key that is not whole: it may have been cut off while pasting"
    if not isinstance(key, rsa.RSAPublicKey):
        return "says k=rsa, but its key is of another kind"
    if key.key_size < _LEAST_BITS:
        return f"has a key of {key.key_size} bits, which receivers take for none; use {_GOOD_BITS}"
    return ""


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text[:8192].split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}


def _bare(text: str) -> str:
    return "".join(text.split())
