"""DKIM: checked with another's verifier, and broken by every change that must break it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from funnel.adapters import open_adapter
from funnel.adapters.dkim import DkimKey, DkimKeyError, Signer, SigningAdapter, relaxed_body, signer_from, signing
from funnel.adapters.memory import MemoryAdapter
from funnel.adapters.message import prepare_envelope
from funnel.mail import Mail, Outcome, OutcomeKind
from funnel.mime import EncodedBody, message_bytes, quoted_printable
from tests.adapters.examples import connected_to, mail_to, outcomes, send_one
from tests.adapters.scripted_server import ScriptedServer

DOMAIN = "harbour.example.org"
HEADERS = (
    ("Date", "Mon, 04 Jan 2027 09:00:00 +0000"),
    ("Message-ID", "<ada-1@harbour.example.org>"),
    ("Reply-To", "hello@harbour.example.org"),
    ("List-Id", '"Anxious attachment" <anxious.harbour.example.org>'),
    ("List-Unsubscribe", "<https://letters.example.org/u/abc>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ("Feedback-ID", "anxious:week-1:lesson:harbour"),
)
SIGNED = "From From To Subject Date Message-ID MIME-Version Content-Type Reply-To List-Unsubscribe"
SIGNED += " List-Unsubscribe-Post List-Id Feedback-ID"


@pytest.fixture(scope="module")
def rsa_key() -> DkimKey:
    return DkimKey("funnel1", DOMAIN, rsa.generate_private_key(65537, 2048))


@pytest.fixture(scope="module")
def ed_key() -> DkimKey:
    return DkimKey("funnel2", DOMAIN, ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def wire(mail: Mail, *keys: DkimKey) -> bytes:
    return prepare_envelope(signed(mail, *keys), utf8=True).content


def signed(mail: Mail, *keys: DkimKey) -> Mail:
    """The mail as an adapter gets it when it is to be signed."""
    memory = MemoryAdapter()
    assert list(SigningAdapter(memory, Signer(keys)).send([mail])) == [(mail.key, Outcome(OutcomeKind.ACCEPTED, ANY))]
    return memory.mails[0]


def dns(*keys: DkimKey) -> Callable[..., bytes | None]:
    records = {f"{key.record_name}.".encode(): key.record.encode() for key in keys}
    return lambda name, timeout=5: records.get(name if isinstance(name, bytes) else name.encode())


def holds(content: bytes, key: DkimKey) -> bool:
    return bool(dkim.verify(content, dnsfunc=dns(key)))


def ed25519_holds(content: bytes, key: DkimKey) -> bool:
    """RFC 8463 by hand, on dkimpy's canonical forms: dkimpy itself would need another library for it."""
    headers, body = dkim.rfc822_parse(content)
    canonical = Relaxed.canonicalize_headers(headers)
    own = next(value for name, value in canonical if name == b"dkim-signature" and b"a=ed25519-sha256" in value)
    tags = dict(part.strip().split(b"=", 1) for part in own.split(b";"))
    if base64.b64decode(tags[b"bh"]) != hashlib.sha256(Relaxed.canonicalize_body(body)).digest():
        return False
    pool = [(name, value) for name, value in canonical if name != b"dkim-signature"]
    data = b""
    for wanted in re.split(rb"\s*:\s*", tags[b"h"].lower()):
        index = next((at for at in range(len(pool) - 1, -1, -1) if pool[at][0] == wanted), None)
        if index is not None:
            name, value = pool.pop(index)
            data += name + b":" + value.rstrip(b"\r\n") + b"\r\n"
    data += b"dkim-signature:" + re.sub(rb"(?<=; b=)[^;]*", b"", own).rstrip(b"\r\n")
    try:
        public = key.private.public_key()
        assert isinstance(public, ed25519.Ed25519PublicKey)
        public.verify(base64.b64decode(re.sub(rb"\s", b"", tags[b"b"])), hashlib.sha256(data).digest())
    except InvalidSignature:
        return False
    return True


LETTER = mail_to(subject="Woche 1: für dich, Ada", headers=HEADERS)


def test_a_signed_mail_is_verified_by_another_s_verifier(rsa_key: DkimKey) -> None:
    content = wire(LETTER, rsa_key)

    assert holds(content, rsa_key)
    listed = re.search(rb"h=([^;]+);", content)
    assert listed is not None
    assert re.sub(rb"\s", b"", listed[1]).decode() == SIGNED.replace(" ", ":")
    assert b"l=" not in re.sub(rb"\s", b"", content.split(b"\r\n b=")[0]).replace(b"html=", b"")


def test_an_ed25519_signature_holds_by_rfc_8463(ed_key: DkimKey) -> None:
    content = wire(LETTER, ed_key)

    assert ed25519_holds(content, ed_key)
    assert not ed25519_holds(content.replace(b"One-Click", b"Two-Click"), ed_key)
    assert ed_key.record.startswith("v=DKIM1; k=ed25519; p=")
    assert len(base64.b64decode(ed_key.record.rpartition("p=")[2])) == 32


def test_both_keys_sign_the_same_mail_and_each_holds(rsa_key: DkimKey, ed_key: DkimKey) -> None:
    content = wire(LETTER, ed_key, rsa_key)

    assert content.count(b"DKIM-Signature:") == 2
    assert ed25519_holds(content, ed_key)
    # dkimpy looks at the first signature: put the RSA one there.
    second = content.index(b"DKIM-Signature:", 5)
    end = content.index(b"From: Harbour")
    assert holds(content[second:end] + content[:second] + content[end:], rsa_key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"From: Harbour", b"From: Harbor"),
        (b"To: Ada", b"To: Ben"),
        (b"Subject: =?", b"Subject: x=?"),
        (b"Date: Mon", b"Date: Tue"),
        (b"<ada-1@", b"<ada-2@"),
        (b"MIME-Version: 1.0", b"MIME-Version: 1.1"),
        (b"multipart/alternative", b"multipart/mixed"),
        (b"Reply-To: hello", b"Reply-To: hallo"),
        (b"/u/abc>", b"/u/abd>"),
        (b"=One-Click", b"=No-Click"),
        (b"List-Id: ", b"List-Id: x"),
        (b"Feedback-ID: anxious", b"Feedback-ID: calm"),
        (b"sit down", b"sit drown"),
        (b"MIME-Version: 1", b"From: Eve <eve@example.org>\r\nMIME-Version: 1"),
        (b"\r\nFrom:", b"\r\nFrom: Eve <eve@example.org>\r\nFrom:"),
        (b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click", b""),
    ],
)
def test_whatever_is_changed_under_the_signature_breaks_it(rsa_key: DkimKey, old: bytes, new: bytes) -> None:
    content = wire(LETTER, rsa_key)

    assert content.count(old) >= 1
    assert not holds(content.replace(old, new, 1), rsa_key)


def test_every_byte_of_the_body_counts(rsa_key: DkimKey) -> None:
    content = wire(mail_to(text="ab", headers=HEADERS), rsa_key)
    start = content.index(b"\r\n\r\n") + 4
    letters = [at for at in range(start, len(content)) if content[at] not in b" \t\r\n"]
    for at in letters[::17]:
        changed = bytearray(content)
        changed[at] ^= 1
        assert not holds(bytes(changed), rsa_key), at


def test_headers_reordered_refolded_and_traced_still_verify(rsa_key: DkimKey) -> None:
    content = wire(LETTER, rsa_key)
    head, _, body = content.partition(b"\r\n\r\n")
    signature, _, rest = head.partition(b"\r\nFrom:")
    lines = (b"From:" + rest).replace(b"\r\n ", b"\x00").split(b"\r\n")
    turned = b"\r\n".join(reversed(lines)).replace(b"\x00", b"\r\n ").replace(b"List-Id: ", b"List-Id:\r\n\t ")
    travelled = b"Received: from somewhere\r\n" + signature + b"\r\n" + turned + b"\r\n\r\n" + body

    assert holds(travelled, rsa_key)


def test_the_same_mail_is_the_same_bytes_on_every_attempt(rsa_key: DkimKey, ed_key: DkimKey) -> None:
    assert wire(LETTER, rsa_key, ed_key) == wire(LETTER, rsa_key, ed_key)


def test_an_address_that_is_not_ascii_is_signed_as_it_is_sent(rsa_key: DkimKey) -> None:
    content = wire(mail_to("müller@example.org", headers=HEADERS), rsa_key)

    assert "müller@example.org".encode() in content
    assert holds(content, rsa_key)


def test_a_domain_beyond_ascii_is_written_as_the_dns_knows_it(rsa_key: DkimKey) -> None:
    pem = rsa_key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    signer = signer_from(pem, "Funnel1", "Präxis.example")

    assert signer is not None
    assert signer.keys[0].record_name == "funnel1._domainkey.xn--prxis-hra.example"


@given(st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"=20", b"."]), max_size=40).map(b"".join))
def test_the_relaxed_body_is_what_another_makes_of_it(body: bytes) -> None:
    expected = Relaxed.canonicalize_body(body if body.endswith(b"\r\n") or not body else body + b"\r\n")
    assert relaxed_body(body) == expected


def test_lines_stay_short_enough_to_be_read(rsa_key: DkimKey) -> None:
    signature = wire(LETTER, rsa_key).partition(b"From: Harbour")[0]
    assert max(len(line) for line in signature.split(b"\r\n")) <= 78


def test_what_leaves_by_smtp_is_signed_and_keeps_its_outcomes(
    serve: Callable[..., ScriptedServer], rsa_key: DkimKey
) -> None:
    server = serve()
    adapter = signing(connected_to(server), Signer([rsa_key]))

    mails = [mail_to(f"reader{number}@example.org", headers=HEADERS) for number in range(3)]
    assert {outcome.kind for outcome in outcomes(adapter, mails).values()} == {OutcomeKind.ACCEPTED}
    assert isinstance(adapter, SigningAdapter)
    assert (adapter.name, adapter.window) == ("smtp", 2)
    assert len(server.mails) == 3
    assert all(holds(sent.replace(b"\r\n..", b"\r\n."), rsa_key) for sent in server.mails)


def test_a_maildir_holds_what_would_be_sent(tmp_path: Path, rsa_key: DkimKey) -> None:
    adapter = signing(open_adapter(f"file://{tmp_path}"), Signer([rsa_key]))
    send_one(adapter, LETTER)
    (path,) = (tmp_path / "new").glob("*")
    assert holds(path.read_bytes().partition(b"Delivered-To: ada@example.org\r\n")[2], rsa_key)


def test_what_a_provider_s_api_sends_is_left_to_the_provider(rsa_key: DkimKey) -> None:
    memory = MemoryAdapter()
    assert signing(memory, Signer([rsa_key])) is memory
    assert signing(memory, None) is memory


def test_a_key_may_be_one_line_and_a_file_may_hold_two(rsa_key: DkimKey, ed_key: DkimKey) -> None:
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    both = rsa_key.private.private_bytes(*form) + ed_key.private.private_bytes(*form)
    signer = signer_from(both.decode().replace("\n", "\\n"), "funnel1, funnel2", DOMAIN)

    assert signer is not None
    assert [key.record_name for key in signer.keys] == [rsa_key.record_name, ed_key.record_name]
    assert [key.record for key in signer.keys] == [rsa_key.record, ed_key.record]
    assert signer_from("", "funnel1", DOMAIN) is None


def test_an_error_in_the_settings_is_told_without_the_key(rsa_key: DkimKey) -> None:
    form = (PrivateFormat.PKCS8, NoEncryption())
    pem = rsa_key.private.private_bytes(Encoding.PEM, *form).decode()
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
    small = weak.private_bytes(Encoding.PEM, *form).decode()
    broken = pem.replace(pem[100:140], "x" * 40)
    for keys, selectors, domain, said in (
        ("secret-words", "funnel1", DOMAIN, "no private key"),
        (broken, "funnel1", DOMAIN, "cannot be read"),
        (small, "funnel1", DOMAIN, "1024 bits"),
        (pem, "", DOMAIN, "one selector for each key"),
        (pem + pem, "funnel1,funnel1", DOMAIN, "twice"),
        (pem, "fun nel", DOMAIN, "selector must be"),
        (pem, "funnel1", "", "domain must be"),
        (pem, "funnel1", "harbour", "domain must be"),
    ):
        with pytest.raises(DkimKeyError, match=said) as error:
            signer_from(keys, selectors, domain)
        assert "secret-words" not in str(error.value)
        assert pem[30:60] not in str(error.value)


def test_a_mail_without_a_from_is_not_signed(rsa_key: DkimKey) -> None:
    with pytest.raises(ValueError, match="without From"):
        Signer([rsa_key])(b"To: ada@example.org\r\n\r\nHello\r\n")


def test_a_mail_that_is_signed_is_a_mail_still(rsa_key: DkimKey) -> None:
    assert message_bytes(signed(LETTER, rsa_key)) == message_bytes(LETTER)


def test_a_mail_of_ready_written_parts_is_signed_as_they_are(rsa_key: DkimKey) -> None:
    body = EncodedBody(quoted_printable(LETTER.text), quoted_printable("<p>für dich</p>"))
    encoded = replace(LETTER, body=body)
    content = wire(encoded, rsa_key)

    assert content.endswith(message_bytes(encoded))
    assert holds(content, rsa_key)
