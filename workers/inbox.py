"""The process that looks into the practice's inbox, once a minute."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from funnel.bounces.imap import ImapMailbox
from funnel.bounces.inbox import Inbox
from funnel.bounces.oauth import read_grant
from funnel.bounces.waiting_mail import MailboxError
from funnel.settings import Settings, SettingsError
from funnel.wiring import Service
from workers.backoff import Backoff
from workers.stopping import Stop

_LOOK_SECONDS = 60.0

log = structlog.get_logger(__name__)


def open_inbox(service: Service) -> Inbox:
    """Raises SettingsError where FUNNEL_REPLIES_MAILBOX is not set. Nothing is opened yet."""
    settings = service.settings
    if not settings.replies_mailbox:
        raise SettingsError("FUNNEL_REPLIES_MAILBOX is not set: say where answers arrive, imaps://user@host/INBOX")
    return Inbox(service, _opener(settings))


def run_inbox(service: Service, stop: Stop | None = None, look_seconds: float = _LOOK_SECONDS) -> None:
    """Reads the inbox until SIGTERM or SIGINT; one that is away is tried again, longer and longer apart."""
    inbox = open_inbox(service)
    if stop is None:
        stop = Stop()
        stop.on_signals(patience_seconds=10)
    waits = Backoff("The inbox", stop)
    while not stop.requested:
        try:
            done = inbox.read()
        except (MailboxError, SQLAlchemyError, OSError) as error:
            waits.after(error)
            continue
        waits.over()
        if done:
            log.info("the inbox was read", **done)
        stop.wait(look_seconds)
    log.info("the inbox is read no more")


def _opener(settings: Settings) -> Callable[[], ImapMailbox]:
    grant = settings.replies_oauth.get_secret_value()
    try:
        tokens = read_grant(grant) if grant else None
    except ValueError as error:
        raise SettingsError(f"FUNNEL_REPLIES_OAUTH is wrong: {error}. See docs/settings.md") from None
    password = settings.replies_password.get_secret_value()

    def opened() -> ImapMailbox:
        return ImapMailbox(settings.replies_mailbox, password, token=tokens.current if tokens else None)

    return opened
