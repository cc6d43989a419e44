"""Who of the practice may do what: roles given, changed and taken. One admin always stays."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.models import AdminRole, AdminUser
from funnel.people.admins import sign_out_everywhere


class LastAdminError(ValueError):
    """Nobody would be left who can let others in. Its text is a sentence that says what to do first."""

    def __init__(self) -> None:
        super().__init__("Somebody has to stay who can let others in. Make somebody else an admin first.")


def all_users(session: Session) -> list[AdminUser]:
    """Everybody who may sign in, those longest first."""
    query = select(AdminUser).where(AdminUser.role != AdminRole.NOBODY).order_by(AdminUser.id)
    return list(session.scalars(query))


def change_role(session: Session, user: AdminUser, role: AdminRole) -> None:
    """What they may do from their next click on. Raises LastAdminError if no admin would be left."""
    if role is not AdminRole.ADMIN:
        _keep_an_admin(session, user)
    user.role = role.value


def remove_user(session: Session, user: AdminUser, now: datetime) -> None:
    """Lets them in no more and forgets their address; `now` is machine time. Raises LastAdminError.

    The row stays, for the mails that were sent to it name it.
    """
    _keep_an_admin(session, user)
    sign_out_everywhere(session, user, now)
    user.role, user.password_hash, user.email = AdminRole.NOBODY.value, None, f"removed-{user.id}"


def _keep_an_admin(session: Session, user: AdminUser) -> None:
    # All of them are locked, in one order: two admins who remove each other at the same moment take turns.
    admins = select(AdminUser).where(AdminUser.role == AdminRole.ADMIN).order_by(AdminUser.id)
    found = session.scalars(admins.with_for_update().execution_options(populate_existing=True)).all()
    if [each.id for each in found] == [user.id]:
        raise LastAdminError
