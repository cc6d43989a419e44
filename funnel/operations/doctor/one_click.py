"""A real lesson to oneself: whether it can be left with one click (RFC 8058), and whether it is accepted."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

from sqlalchemy import select

from funnel.adapters import open_adapter
from funnel.adapters.dkim import SIGNED, SIGNED_HERE, signer_from, signing
from funnel.compose import FillError, fill_lesson
from funnel.compose.cast import CAST
from funnel.links import Links
from funnel.mail import Mail, OutcomeKind
from funnel.models import EditionLesson
from funnel.operations.doctor.findings import Finding, fine, not_tried, shown, warned, wrong
from funnel.settings import Settings
from funnel.wiring import Service

_ONE_CLICK = "List-Unsubscribe=One-Click"
_MARK = "[Test] "
_SECONDS = 20


def own_mail(service: Service, address: str = "") -> Mail | None:
    """The lesson published last, as a reader gets it; None where none was published, or it cannot be filled.

    Its links are signed with a key that is forgotten at once: they open nothing, whoever presses them.
    """
    newest = select(EditionLesson.id).order_by(EditionLesson.id.desc()).limit(1)
    with service.db.read() as session:
        number = session.scalar(newest)
        compiled = None if number is None else service.editions.compiled(session, number)
    if compiled is None:
        return None
    settings = service.settings
    links = Links(settings.site_url, (secrets.token_hex(32),), settings.bounce_address)
    try:
        mail = fill_lesson(compiled, CAST["ada"].reader("none", address), links, service.clock.now())
    except FillError:
        return None
    return replace(mail, key=f"doctor-{secrets.token_hex(8)}", subject=_MARK + mail.subject)


def check_one_click(service: Service) -> Finding:
    """The headers of a real lesson, made and not sent."""
    check, mail = "One-click", own_mail(service)
    if mail is None:
        return not_tried(check, "no lesson was published yet")
    headers = {name.lower(): value for name, value in mail.headers}
    leads = re.match(r"<(https?)://[^>\s]+>", headers.get("list-unsubscribe", ""))
    if leads is None or headers.get("list-unsubscribe-post") != _ONE_CLICK:
        return wrong(check, "A lesson has no headers for unsubscribing with one click.", "This is a fault of ours.")
    if leads[1] != "https":
        return (warned if not service.settings.real_mail else wrong)(
            check, "The link for unsubscribing is not https, so mailboxes show no button.", "Mend FUNNEL_SITE_URL."
        )
    covered = {"List-Unsubscribe", "List-Unsubscribe-Post"} <= set(SIGNED)
    if not covered:
        return wrong(check, "The headers are not under the signature.", "This is a fault of ours.")
    return fine(check, "A lesson has both headers, and our signature would cover them.")


def send_to_me(service: Service, address: str) -> Finding:
    """Hands one marked lesson over to the provider, for this address and nobody else. Nothing is recorded.

    Raises AdapterUrlError or DkimKeyError where a setting is wrong.
    """
    check, settings = "Mail to me", service.settings
    if not settings.real_mail:
        return not_tried(check, "mail is caught and sent to nobody")
    mail = own_mail(service, address)
    if mail is None:
        return not_tried(check, "no lesson was published yet, or the address cannot be written to")
    outcome, signed = _handed_over(settings, mail)
    if outcome[0] is not OutcomeKind.ACCEPTED:
        return wrong(check, f"It was not accepted: {shown(outcome[1]) or outcome[0].value}", "See the other checks.")
    look = "Open its headers there: spf, dkim and dmarc should say pass"
    more = (
        "" if signed else ", and h= of the provider's signature should name List-Unsubscribe and List-Unsubscribe-Post"
    )
    return fine(check, f"It was accepted and is on its way to {address}.", f"{look}{more}.")


def _handed_over(settings: Settings, mail: Mail) -> tuple[tuple[OutcomeKind, str], bool]:
    """What the provider said, in kind and words, and whether the mail was signed here."""
    signer = signer_from(settings.dkim_key.get_secret_value(), settings.dkim_selector, settings.dkim_domain)
    url = settings.course_mail_url or settings.mail_url
    bounded = {"timeout": _SECONDS, "final_timeout": _SECONDS} if url.startswith("smtp") else {}
    inner = open_adapter(url, **bounded)
    adapter = signing(inner, signer)
    try:
        outcome = dict(adapter.send([mail]))[mail.key]
    finally:
        adapter.close()
    return (outcome.kind, outcome.detail), signer is not None and inner.name in SIGNED_HERE
