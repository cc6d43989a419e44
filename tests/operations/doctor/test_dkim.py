"""DKIM: the record in the DNS against the key that signs."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from funnel.adapters.dkim import new_key
from funnel.operations.doctor.dkim import check_dkim, unusable_key
from funnel.operations.doctor.findings import Finding, Health

from .name_server import NameServer, txt
from .senders import DOMAIN, KEY, smtp_sender

OTHER = new_key("funnel1", DOMAIN)


def judged(*records: str) -> Finding:
    with NameServer({(KEY.record_name, "TXT"): txt(*records)} if records else {}) as server:
        (found,) = check_dkim(server.names, smtp_sender())
    return found


def test_the_record_of_our_key_is_fine_however_it_is_spaced() -> None:
    assert judged(KEY.record).health is Health.OK
    assert judged(KEY.record.replace("; ", ";").replace("p=MII", "p=MII ")).health is Health.OK


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([], "no DKIM record"),
        ([OTHER.record], "another key"),
        ([new_key("funnel1", DOMAIN, elliptic=True).record], "another key"),
        ([KEY.record, OTHER.record], "2 records"),
        (["v=DKIM1; k=rsa; p="], "revoked"),
        ([KEY.record[:200]], "not whole"),
        (["v=DKIM1; k=dsa; p=AAAA"], "nobody knows"),
        (["v=DKIM2; p=AAAA"], "does not begin"),
    ],
)
def test_any_other_record_is_bad_and_ours_is_there_to_paste(records: list[str], words: str) -> None:
    found = judged(*records)
    assert found.health is Health.BAD
    assert words in found.says
    (paste,) = found.records
    assert paste.value == KEY.record
    assert "".join(paste.strings) == paste.value
    assert max(map(len, paste.strings)) <= 255


def test_a_key_that_is_only_tried_is_warned_of() -> None:
    assert judged(KEY.record + "; t=y:s").health is Health.WARN


def rsa_record(bits: int) -> dict[str, str]:
    """A record's key of so many bits; nobody has the other half."""
    public = rsa.RSAPublicNumbers(65537, 2 ** (bits - 1) + 1).public_key()
    data = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"p": base64.b64encode(data).decode()}


def test_a_key_is_long_enough_from_1024_bits_on() -> None:
    assert unusable_key(rsa_record(1024)) == ""
    assert "1016 bits" in unusable_key(rsa_record(1016))


def test_a_providers_key_is_looked_for_by_its_usual_name() -> None:
    zone = {(f"resend._domainkey.{DOMAIN}", "TXT"): txt(OTHER.record)}
    with NameServer(zone) as server:
        (found,) = check_dkim(server.names, smtp_sender(adapter="resend", relay=None, keys=()))
        (other,) = check_dkim(server.names, smtp_sender(adapter="postmark", relay=None, keys=()))
    assert (found.health, other.health) == (Health.OK, Health.NOT_TRIED)
