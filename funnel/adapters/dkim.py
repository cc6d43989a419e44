"""DKIM for mail that leaves by SMTP: the receiver can tell that it comes from the practice, unchanged (RFC 6376)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import idna
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from funnel.adapters.message import Signed
from funnel.mail import Adapter, Mail, Outcome

Private = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

RSA_BITS = 2048  # RFC 8301, 3.2: signers should use no less; 4096 does not fit into every provider's DNS form
# What hands the whole message over as it stands; a provider's API builds its own message and signs that.
SIGNED_HERE = frozenset({"smtp", "file"})
# RFC 6376, 5.4.1, and RFC 8058, 4: both List-Unsubscribe headers must be under the signature.
SIGNED = (
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
    *("Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Feedback-ID"),
)
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOTTED = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----.+?-----END \1PRIVATE KEY-----", re.DOTALL)
_BLANKS = re.compile(rb"[ \t]+")
_FOLD = 72


class DkimKeyError(ValueError):
    """A key, selector or domain that cannot sign: says which variable, what is wrong, and how to mend it."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """One private key and where its public half stands in the DNS."""

    selector: str
    domain: str
    private: Private

    @property
    def algorithm(self) -> str:
        return "rsa-sha256" if isinstance(self.private, rsa.RSAPrivateKey) else "ed25519-sha256"

    @property
    def record_name(self) -> str:
        """Where the record belongs, without a dot at the end."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The TXT record's text (RFC 6376, 3.6.1; for ed25519 the bare 32 bytes, RFC 8463, 4)."""
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            kind, form = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.Encoding.DER
            return f"v=DKIM1; k=rsa; p={base64.b64encode(public.public_bytes(form, kind)).decode()}"
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(public.public_bytes_raw()).decode()}"

    @property
    def pem(self) -> bytes:
        """The private half, as it is kept in a file."""
        form = serialization.PrivateFormat.PKCS8
        return self.private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())

    def sign(self, data: bytes) -> bytes:
        """The signature of `data`, always the same for the same data."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(hashlib.sha256(data).digest())  # RFC 8463, 3


class Signer:
    """Puts a DKIM-Signature of each key in front of a message: relaxed/relaxed, the whole body, From twice in `h=`.

    No time of signing is said (`t=` may be left out), so that the same mail is the same bytes on every attempt.
    """

    def __init__(self, keys: Sequence[DkimKey]) -> None:
        self.keys = tuple(keys)
        self._opening = lru_cache(maxsize=64)(_opening)

    def __call__(self, content: bytes) -> bytes:
        """`content` (CRLF lines) with the signatures in front. Raises ValueError where it has no From."""
        head, _, body = content.partition(b"\r\n\r\n")
        names, canonical = _chosen(head)
        digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())
        signatures = [self._signature(key, names, canonical, digest) for key in self.keys]
        return b"".join((*signatures, content))

    def _signature(self, key: DkimKey, names: tuple[str, ...], canonical: bytes, digest: bytes) -> bytes:
        written, relaxed = self._opening(key.algorithm, key.domain, key.selector, names)
        proof = base64.b64encode(key.sign(b"".join((canonical, relaxed, digest, b"; b="))))
        lines = b"\r\n ".join(proof[start : start + _FOLD] for start in range(0, len(proof), _FOLD))
        return b"".join((written, digest, b";\r\n b=", lines, b"\r\n"))


class SigningAdapter:
    """Another adapter, whose mails are signed on their way out; everything else is the other's."""

    def __init__(self, inner: Adapter, signer: Signer) -> None:
        self.inner, self.signer = inner, signer
        self.name = inner.name

    @property
    def window(self) -> int:
        return self.inner.window

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        return self.inner.send(_signed(mails, self.signer))

    def close(self) -> None:
        self.inner.close()


def signing(adapter: Adapter, signer: Signer | None) -> Adapter:
    """The adapter with its mails signed, where there is a signer and this adapter sends messages as they stand."""
    return adapter if signer is None or adapter.name not in SIGNED_HERE else SigningAdapter(adapter, signer)


def signer_from(keys: str, selectors: str, domain: str) -> Signer | None:
    """The signer that the settings describe, None without a key: PEM keys, one selector for each, parted by commas.

    Raises DkimKeyError with what to mend; no part of a key is repeated.
    """
    if not keys.strip():
        return None
    blocks = [found[0] for found in _PEM.finditer(keys.replace("\\n", "\n"))]
    if not blocks:
        raise DkimKeyError("FUNNEL_DKIM_KEY holds no private key (PEM): make one with `funnel dkim new`")
    named = [selector.strip() for selector in selectors.split(",") if selector.strip()]
    if len(named) != len(blocks):
        raise DkimKeyError(
            f"FUNNEL_DKIM_SELECTOR names {len(named)} and FUNNEL_DKIM_KEY holds {len(blocks)}: "
            "write one selector for each key, in the same order, parted by commas"
        )
    if len(set(named)) != len(named):
        raise DkimKeyError("FUNNEL_DKIM_SELECTOR names one twice: each key needs its own")
    return Signer([dkim_key(block, selector, domain) for block, selector in zip(blocks, named, strict=True)])


def dkim_key(pem: str, selector: str, domain: str) -> DkimKey:
    """The key of a PEM block. Raises DkimKeyError where key, selector or domain cannot be used."""
    try:
        private = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise DkimKeyError(
            "FUNNEL_DKIM_KEY cannot be read: it must be a private key (PEM) without a password"
        ) from None
    if not isinstance(private, Private):
        raise DkimKeyError("FUNNEL_DKIM_KEY must be an RSA or an Ed25519 key: make one with `funnel dkim new`")
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < RSA_BITS:
        raise DkimKeyError(f"FUNNEL_DKIM_KEY has {private.key_size} bits: use {RSA_BITS}, `funnel dkim new` makes one")
    return DkimKey(selector_name(selector), domain_name(domain), private)


def new_key(selector: str, domain: str, *, elliptic: bool = False) -> DkimKey:
    """A fresh key: RSA, which every receiver understands, or Ed25519. Raises DkimKeyError for a wrong name."""
    private = ed25519.Ed25519PrivateKey.generate() if elliptic else rsa.generate_private_key(65537, RSA_BITS)
    return DkimKey(selector_name(selector), domain_name(domain), private)


def selector_name(text: str) -> str:
    """The selector in lower case. Raises DkimKeyError."""
    selector = text.strip().lower()
    if not _DOTTED.fullmatch(selector) or len(selector) > 63:
        raise DkimKeyError("The DKIM selector must be letters, digits and hyphens, for example funnel1")
    return selector


def domain_name(text: str) -> str:
    """The domain as the DNS knows it, A-labels in lower case. Raises DkimKeyError."""
    try:
        domain = idna.encode(text.strip().rstrip("."), uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        domain = ""
    if "." not in domain or not _DOTTED.fullmatch(domain):
        raise DkimKeyError(
            "The DKIM domain must be the domain of the sender's address, for example harbour.example.org"
        )
    return domain


def relaxed_body(body: bytes) -> bytes:
    """The body in relaxed form (RFC 6376, 3.4.4); each step works on all of it at once, for it is done per mail."""
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def _chosen(head: bytes) -> tuple[tuple[str, ...], bytes]:
    """The names for `h=`, and those headers in relaxed form (RFC 6376, 3.4.2), each with its CRLF."""
    found: dict[bytes, list[bytes]] = {}
    for line in head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n"):
        key, _, text = line.partition(b":")
        found.setdefault(key.strip().lower(), []).append(text)
    if b"from" not in found:
        raise ValueError("a message without From cannot be signed")
    names: list[str] = []
    lines: list[bytes] = []
    for name in SIGNED:
        key = name.lower().encode()
        # Of a header that is there twice the lowest is meant first (RFC 6376, 5.4.2).
        for value in reversed(found.get(key, ())):
            names.append(name)
            lines.append(b"%b:%b\r\n" % (key, _BLANKS.sub(b" ", value).strip(b" ")))
    # Named once more than it is there: a second From that somebody puts in breaks the signature (RFC 6376, 8.15).
    return ("From", *names), b"".join(lines)


def _opening(algorithm: str, domain: str, selector: str, names: tuple[str, ...]) -> tuple[bytes, bytes]:
    """The DKIM-Signature header up to the body's hash, as it is written and in relaxed form."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > _FOLD - 4:
            lines.append("")
        lines[-1] += f"{name}:"
    listed = "\r\n ".join(lines).rstrip(":")
    value = f"v=1; a={algorithm}; c=relaxed/relaxed;\r\n d={domain}; s={selector};\r\n h={listed};\r\n bh="
    relaxed = _BLANKS.sub(b" ", value.replace("\r\n", "").encode())
    return f"DKIM-Signature: {value}".encode(), b"dkim-signature:" + relaxed


def _signed(mails: Iterable[Mail], signer: Signer) -> Iterator[Mail]:
    for mail in mails:
        yield Signed(
            mail.key,
            mail.envelope_from,
            mail.sender,
            mail.recipient,
            mail.subject,
            mail.body,
            mail.headers,
            sign=signer,
        )
