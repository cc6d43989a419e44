"""The registry of adapters and the way to open one from a mail URL."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from funnel.adapters.brevo import BREVO_EXAMPLE, brevo_from_url
from funnel.adapters.file import FILE_EXAMPLE, file_from_url
from funnel.adapters.http.urls import parse_key_url
from funnel.adapters.mailgun import MAILGUN_EXAMPLE, mailgun_from_url
from funnel.adapters.mailjet import MAILJET_EXAMPLE, mailjet_from_url
from funnel.adapters.memory import MEMORY_EXAMPLE, memory_from_url
from funnel.adapters.postmark import POSTMARK_EXAMPLE, postmark_from_url
from funnel.adapters.resend import RESEND_EXAMPLE, resend_from_url
from funnel.adapters.sendgrid import SENDGRID_EXAMPLE, sendgrid_from_url
from funnel.adapters.ses import SES_EXAMPLE, ses_from_url
from funnel.adapters.smtp import SMTP_EXAMPLE, SMTPS_EXAMPLE, smtp_from_url
from funnel.adapters.sparkpost import SPARKPOST_EXAMPLE, sparkpost_from_url
from funnel.adapters.url import AdapterUrlError, MailUrl, parse_mail_url
from funnel.mail import Adapter

__all__ = ["ENTRY_POINTS", "REGISTRY", "AdapterUrlError", "MailUrl", "open_adapter"]

Factory = Callable[[MailUrl], Adapter]

ENTRY_POINTS = "funnel.adapters"

REGISTRY: dict[str, Factory] = {
    "smtp": smtp_from_url,
    "smtp+tls": smtp_from_url,
    "ses": ses_from_url,
    "mailgun": mailgun_from_url,
    "postmark": postmark_from_url,
    "sendgrid": sendgrid_from_url,
    "resend": resend_from_url,
    "brevo": brevo_from_url,
    "sparkpost": sparkpost_from_url,
    "mailjet": mailjet_from_url,
    "file": file_from_url,
    "memory": memory_from_url,
}

# Where a key stands in the host's place: its case counts, and it may hold a colon. Each with a right URL to show.
KEYED: dict[str, str] = {
    "ses": SES_EXAMPLE,
    "mailgun": MAILGUN_EXAMPLE,
    "postmark": POSTMARK_EXAMPLE,
    "sendgrid": SENDGRID_EXAMPLE,
    "resend": RESEND_EXAMPLE,
    "brevo": BREVO_EXAMPLE,
    "sparkpost": SPARKPOST_EXAMPLE,
    "mailjet": MAILJET_EXAMPLE,
}

EXAMPLES: dict[str, str] = {
    **KEYED, "smtp": SMTP_EXAMPLE, "smtp+tls": SMTPS_EXAMPLE, "file": FILE_EXAMPLE, "memory": MEMORY_EXAMPLE,
}  # fmt: skip
_MEANT = {"smtps": "smtp+tls", "smtp+ssl": "smtp+tls", "smtp+starttls": "smtp", "maildir": "file"}
_AROUND = "\"' \t\r\n"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")  # RFC 3986, 3.1
_NAME = re.compile(r"[A-Za-z0-9.+_-]{1,32}")


def open_adapter(url: str, **options: str | int | float) -> Adapter:
    """The adapter that a mail URL names, ready to send; nothing is connected before the first mail.

    `options` are the URL's options by name and win over those in its query, for example `connections=16`.
    Raises AdapterUrlError, which names what is wrong and shows a right URL, and never holds the password.
    """
    scheme = _scheme(url)
    factory = _factory(scheme)
    given = {name: str(value) for name, value in options.items()}
    if scheme in KEYED:
        return factory(parse_key_url(url, KEYED[scheme], given))
    return _named(factory(parse_mail_url(url, EXAMPLES.get(scheme, SMTP_EXAMPLE), given)))


def _scheme(url: str) -> str:
    """What stands before `://`, in lower case. Raises AdapterUrlError with the right URL that seems to be meant."""
    scheme, colon, _ = url.partition("://")
    if colon and _SCHEME.fullmatch(scheme):
        return scheme.lower()
    begins = scheme.partition(":")[0].strip(_AROUND).lower()
    example = EXAMPLES.get(begins, SMTP_EXAMPLE)
    if url.strip(_AROUND) != url:
        raise AdapterUrlError("there are quotation marks or spaces around it: leave them out", example)
    if colon:
        raise _unknown(scheme)
    raise AdapterUrlError(f"it does not begin with a scheme such as {example.partition('://')[0]}://", example)


def _named(adapter: Adapter) -> Adapter:
    """The adapter, if its name fits where names are kept. Raises AdapterUrlError."""
    if not _NAME.fullmatch(adapter.name):
        raise AdapterUrlError(
            f"the package that brings it names its adapter {adapter.name[:40]!r}: a name has at most 32 letters, "
            "digits, dots and hyphens",
            SMTP_EXAMPLE,
        )
    return adapter


def _factory(scheme: str) -> Factory:
    """Ours first, so that an installed package cannot quietly take over one of our schemes."""
    if scheme in REGISTRY:
        return REGISTRY[scheme]
    others = entry_points(group=ENTRY_POINTS)
    for entry in others:
        if entry.name == scheme:
            return _loaded(entry)
    raise _unknown(scheme)


def _loaded(entry: EntryPoint) -> Factory:
    """What an installed package says opens its adapter. Raises AdapterUrlError where that cannot be had."""
    try:
        factory: Factory = entry.load()
    except (ImportError, AttributeError) as error:
        words = f"the package that brings {entry.name}:// cannot be loaded ({type(error).__name__}: {error})"
        raise AdapterUrlError(words, SMTP_EXAMPLE) from error
    return factory


def _unknown(scheme: str) -> AdapterUrlError:
    known = sorted({*REGISTRY, *(entry.name for entry in entry_points(group=ENTRY_POINTS))})
    # A scheme that is long or odd may be a pasted secret: it is not repeated.
    said = f"{scheme}://" if scheme.replace("+", "").isalnum() and len(scheme) <= 12 else "its scheme"
    near = difflib.get_close_matches(_MEANT.get(scheme, scheme), known, n=1, cutoff=0.5)
    meant = f"; did you mean {near[0]}://?" if near else ""
    example = EXAMPLES.get(near[0], SMTP_EXAMPLE) if near else SMTP_EXAMPLE
    return AdapterUrlError(f"{said} is not known (known are {', '.join(known)}){meant}", example)
