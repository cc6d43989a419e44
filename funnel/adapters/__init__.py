"""The registry of adapters and the way to open one from a mail URL."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from importlib.metadata import entry_points

from funnel.adapters.file import file_from_url
from funnel.adapters.memory import memory_from_url
from funnel.adapters.smtp import SMTP_EXAMPLE, smtp_from_url
from funnel.adapters.url import AdapterUrlError, MailUrl, parse_mail_url
from funnel.mail import Adapter

__all__ = ["ENTRY_POINTS", "REGISTRY", "AdapterUrlError", "MailUrl", "open_adapter"]

Factory = Callable[[MailUrl], Adapter]

ENTRY_POINTS = "funnel.adapters"

REGISTRY: dict[str, Factory] = {
    "smtp": smtp_from_url,
    "smtp+tls": smtp_from_url,
    "file": file_from_url,
    "memory": memory_from_url,
}


def open_adapter(url: str, **options: str | int | float) -> Adapter:
    """The adapter that a mail URL names, ready to send; nothing is connected before the first mail.

    `options` are the URL's options by name and win over those in its query, for example `connections=16`.
    Raises AdapterUrlError, which names what is wrong and shows a right URL, and never holds the password.
    """
    scheme, colon, _ = url.partition("://")
    if not colon:
        raise AdapterUrlError("it does not begin with a scheme such as smtp://", SMTP_EXAMPLE)
    factory = _factory(scheme.lower())
    return factory(parse_mail_url(url, SMTP_EXAMPLE, {name: str(value) for name, value in options.items()}))


def _factory(scheme: str) -> Factory:
    """Ours first, so that an installed package cannot quietly take over one of our schemes."""
    if scheme in REGISTRY:
        return REGISTRY[scheme]
    others = entry_points(group=ENTRY_POINTS)
    for entry in others:
        if entry.name == scheme:
            factory: Factory = entry.load()
            return factory
    known = sorted({*REGISTRY, *(entry.name for entry in others)})
    # A scheme that is long or odd may be a pasted secret: it is not repeated.
    said = f"{scheme}://" if scheme.replace("+", "").isalnum() and len(scheme) <= 12 else "its scheme"
    near = difflib.get_close_matches(scheme, known, n=1, cutoff=0.5)
    meant = f"; did you mean {near[0]}://?" if near else ""
    raise AdapterUrlError(f"{said} is not known (known are {', '.join(known)}){meant}", SMTP_EXAMPLE)
