"""The service itself: who may sign in, which processes are alive, which channels are closed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key
from funnel.models.named import NamedInTokens


class AdminRole(StrEnum):
    """What somebody who signs in may do; `web/dashboard/permissions.py` says which pages that is."""

    ADMIN = "admin"  # everything, and says who else gets in
    PRACTITIONER = "practitioner"  # the practice's work, people and mails among it
    VIEWER = "viewer"  # figures in which nobody can be recognised
    NOBODY = "nobody"  # was removed: the row stays for what names it, without an address


class AdminUser(Base):
    __tablename__ = "admin_user"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16), default=AdminRole.ADMIN)  # an AdminRole
    created_at: Mapped[datetime]


class SignIn(NamedInTokens, Base):
    """A sign-in link: works once."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    admin_id: Mapped[int] = mapped_column(ForeignKey("admin_user.id"))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AdminSession(Base):
    """A browser that an admin signed in with; signing out deletes it. The digest is of the token in its cookie."""

    __tablename__ = "admin_session"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    admin_id: Mapped[int] = mapped_column(ForeignKey("admin_user.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]  # machine time


class Heartbeat(Base):
    """A process's last sign that it is alive: `at` in story time, `machine_at` in machine time."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime]
    machine_at: Mapped[datetime]


class ChannelState(Base):
    """A channel or lane that rests, why (the provider's words), and until when (machine time; None: until fixed)."""

    __tablename__ = "channel_state"

    adapter: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(String(500), default="")
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class ChannelResume(Base):
    """When somebody last ended a channel's rest by hand, in machine time: what failed before counts no more."""

    __tablename__ = "channel_resume"

    adapter: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]
