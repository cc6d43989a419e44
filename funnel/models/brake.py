"""Mailbox providers whose mail rests because too many addresses there were called dead, and whom they serve."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base

RESTING_REASON = "mail to {provider} rests: too many addresses there were called dead"
"""`Delivery.reason` of mail that waits for it."""


class BrakeScope(StrEnum):
    """Whose mail was counted. What strangers type must not stop readers' mail."""

    READERS = "readers"  # who has confirmed
    STRANGERS = "strangers"  # who never has


class BrakeDecision(StrEnum):
    OPEN = ""  # nobody has decided yet
    OURS = "ours"  # the fault was ours: nobody is given up for it
    DEAD = "dead"  # the addresses are dead


class ProviderRest(Base):
    """A mailbox provider at which no address is given up, and of readers no lesson sent, until a person decides.

    Its row stays afterwards: what was sent before the decision counts no more. All times but one are story time.
    """

    __tablename__ = "provider_rest"

    provider: Mapped[str] = mapped_column(String(253), primary_key=True)  # `funnel.people.providers`
    scope: Mapped[str] = mapped_column(String(9), primary_key=True)
    begins: Mapped[datetime]  # when the first mail of the wave was sent
    since: Mapped[datetime]
    machine_since: Mapped[datetime]  # machine time
    decision: Mapped[str] = mapped_column(String(8), default=BrakeDecision.OPEN)
    decided_by: Mapped[str] = mapped_column(String(254), default="")
    decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # everything that follows from the decision is done


class MailDomain(Base):
    """Who serves the mail of a domain, by its MX records.

    Of the domain only a keyed digest is kept, as it may be a person's name.
    """

    __tablename__ = "mail_domain"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    provider: Mapped[str] = mapped_column(String(253), default="")  # "": nobody but the domain itself
    looked_up_at: Mapped[datetime] = mapped_column(index=True)  # machine time; the oldest is looked up again
