"""What the practice's pages say of the service itself: only what is in force, from practice.toml and the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from flask import render_template, request
from markupsafe import Markup

from funnel.adapters import KEYED, AdapterUrlError
from funnel.adapters.smtp import SMTP_EXAMPLE
from funnel.adapters.url import parse_mail_url
from funnel.curriculum.countries import country_code, country_of_zone, own_first
from funnel.curriculum.names import IN_FORCE
from funnel.curriculum.practice import Helpline
from funnel.curriculum.sessions import SessionList
from funnel.language import _
from funnel.privacy.periods import KINDS, spoken_days
from funnel.settings import Settings
from funnel.web.context import current_service

_PROVIDERS = {
    "ses": "Amazon SES", "mailgun": "Mailgun", "postmark": "Postmark", "sendgrid": "Twilio SendGrid",
    "resend": "Resend", "brevo": "Brevo", "sparkpost": "SparkPost", "mailjet": "Mailjet",
}  # fmt: skip


class HasCountry(Protocol):
    """Whatever is listed by country."""

    @property
    def country(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Senders:
    """Through whom mail leaves: names of providers, hosts of mail servers. None of them: no mail leaves at all."""

    names: tuple[str, ...]
    own_files: bool  # it is written into a folder here


def in_force(name: str) -> Markup:
    """One of `IN_FORCE` as HTML for a page. Raises KeyError for any other name."""
    made = _PARTS[name]()
    return Markup(render_template("pages/_in_force.html", part=name.partition(".")[2], **made))  # noqa: S704 - escaped there


def helplines_here() -> list[tuple[Helpline, bool]]:
    """All helplines, those of the visitor's likely country first and marked so.

    A page that nobody has to sign in for knows no time zone: what the browser says of its language has to do
    ("de-AT" names Austria), and then where the practice is.
    """
    practice = current_service().library.practice
    return own_first(practice.helplines, likely_country(practice.helplines), *practice.spoken)


def likely_country(lines: Iterable[HasCountry]) -> str:
    """The code of the visitor's likely country, of those that one of these is in; "" where it is none of them."""
    practice = current_service().library.practice
    there = {country_code(line.country, *practice.spoken) for line in lines}
    said = (tag.partition("-")[2].rpartition("-")[2].upper() for tag in request.accept_languages.values())
    codes = [code for code in said if len(code) == 2 and code.isalpha()]
    codes.append(country_of_zone(practice.zone))
    return next((code for code in codes if code and code in there), "")


def senders(settings: Settings) -> Senders:
    """Through whom mail leaves, never with a user, a password or a key."""
    if settings.outbox:
        return Senders((), own_files=False)
    urls = [url for url in (settings.mail_url, settings.course_mail_url) if url]
    schemes = [url.partition("://")[0].lower() for url in urls]
    names = (_name(scheme, url) for scheme, url in zip(schemes, urls, strict=True))
    return Senders(tuple(dict.fromkeys(filter(None, names))), own_files="file" in schemes)


def _name(scheme: str, url: str) -> str:
    if scheme in KEYED:
        return _PROVIDERS.get(scheme, scheme)
    if scheme in ("file", "memory"):
        return ""
    try:
        return parse_mail_url(url, SMTP_EXAMPLE).host
    except AdapterUrlError:
        return ""


def _kept() -> dict[str, object]:
    settings = current_service().settings
    return {
        "kinds": [(_(kind.shown), spoken_days(kind.days(settings))) for kind in KINDS],
        "signup_limit": settings.signup_limit,
    }


_PARTS: dict[str, Callable[[], dict[str, object]]] = {
    "in_force.contact": dict,
    "in_force.kept": _kept,
    "in_force.measured": dict,
    "in_force.senders": lambda: {"senders": senders(current_service().settings)},
    "in_force.helplines": dict,
    "in_force.sessions": lambda: {
        "sessions": (current_service().library.sessions or SessionList()).sessions,
        "source": f"pages/{(request.view_args or {}).get('slug', '')}",
    },
    "in_force.help": lambda: {"finding": current_service().library.help},
}
if set(_PARTS) != set(IN_FORCE):
    raise LookupError("a part of a page has a name and no text, or a text and no name")
