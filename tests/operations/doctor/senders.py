"""Senders for the checks of the DNS."""

from __future__ import annotations

from typing import Any

from funnel.adapters.dkim import DkimKey, new_key
from funnel.adapters.smtp import Relay
from funnel.operations.doctor.sender import SenderFacts

DOMAIN = "harbour.example.org"
KEY: DkimKey = new_key("funnel1", DOMAIN)


def smtp_sender(**changes: Any) -> SenderFacts:
    """Mail by SMTP at mail.example.org, signed, from `DOMAIN`."""
    facts: dict[str, Any] = {
        "domain": DOMAIN,
        "reply_domain": DOMAIN,
        "envelope": DOMAIN,
        "adapter": "smtp",
        "relay": Relay("mail.example.org", 587, "starttls"),
        "keys": (KEY,),
        "real": True,
    }
    return SenderFacts(**(facts | changes))
