"""Whether mail gets through the door: the mail server takes our sign-in, and what is told back is listened to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from funnel.adapters.smtp.replies import ConnectionLost
from funnel.adapters.smtp.sign_in import try_to_sign_in
from funnel.mail import OutcomeKind
from funnel.models import HookBody
from funnel.operations.doctor.findings import Finding, fine, not_tried, shown, warned, wrong
from funnel.operations.doctor.sender import SenderFacts
from funnel.settings import Settings
from funnel.webhooks.registry import WEBHOOK_PROVIDERS
from funnel.wiring import Service

SECONDS = 5.0  # for each step of the conversation
_LOOKED_AT = 1000  # of the newest reports
_KEYS = {"mailgun": "hook_mailgun_key", "sendgrid": "hook_sendgrid_key", "resend": "hook_resend_secret"}
_KEYS |= {"ses": "hook_ses_topic"}


def check_sign_in(sender: SenderFacts, seconds: float = SECONDS) -> Finding:
    """Connects, encrypts and signs in as mail would, and sends nothing."""
    check = "Mail server"
    if not sender.real:
        return not_tried(check, "mail is caught and sent to nobody")
    if sender.relay is None:
        return not_tried(
            check, f"{sender.adapter} is asked with each mail; a key is not tried without one", "Use --send-to-me."
        )
    place = f"{sender.relay.host} port {sender.relay.port}"
    try:
        try_to_sign_in(sender.relay, seconds)
    except ConnectionLost as loss:
        advice = (
            "Look at FUNNEL_MAIL_URL: user, password, port, and tls=."
            if loss.kind is OutcomeKind.AUTH_CONFIG
            else "See that this machine may connect there, and try again later."
        )
        return wrong(check, f"{place} does not take mail from us: {shown(loss.words)}", advice)
    how = "without encryption" if sender.relay.tls == "none" else "encrypted"
    signed = "and signed in" if sender.relay.user else "without signing in"
    return fine(check, f"{place} was reached, {how} {signed}. Nothing was sent.")


def check_webhooks(service: Service, sender: SenderFacts, now: datetime) -> Finding:
    """Whether the provider can tell what came of mails, and when it last did. `now` is story time."""
    check, name = "Webhooks", sender.adapter
    if not sender.real or name not in WEBHOOK_PROVIDERS:
        why = "mail is caught and sent to nobody" if not sender.real else "a mail server sends bounces as mail"
        return not_tried(check, why)
    variable = _KEYS.get(name, "hook_password")
    if not _is_set(service.settings, variable):
        return wrong(
            check,
            f"FUNNEL_{variable.upper()} is not set, so what {name} tells of bounces and complaints is not taken.",
            f"Add {service.settings.site_url}/hooks/{name} on its pages and set the variable; see docs/webhooks.md.",
        )
    heard = _last_heard(service).get(name)
    if heard is None:
        return warned(
            check,
            f"{name} has told nothing lately.",
            f"See on its pages that events go to {service.settings.site_url}/hooks/{name}.",
        )
    hours = (now - heard).total_seconds() / 3600
    return fine(check, f"{name} was last heard {f'{hours / 24:.0f} days' if hours > 48 else f'{hours:.0f} hours'} ago.")


def _is_set(settings: Settings, variable: str) -> bool:
    value = getattr(settings, variable)
    return bool(value if isinstance(value, str) else value.get_secret_value())


def _last_heard(service: Service) -> dict[str, datetime]:
    """By adapter, when it last told something, among the newest reports: asked by the primary key."""
    newest = select(HookBody.adapter, HookBody.received_at).order_by(HookBody.id.desc()).limit(_LOOKED_AT).subquery()
    with service.db.read() as session:
        query = select(newest.c.adapter, func.max(newest.c.received_at)).group_by(newest.c.adapter)
        return dict(session.execute(query).all())
