"""Who may sign in to the dashboard, and how: by a link that works once, or with a password of one's own.

Sign-ins live on machine time: in a demonstration half an hour of story time passes in the blink of an eye.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from funnel.curriculum.addresses import email_key
from funnel.db import find
from funnel.db.upsert import insert
from funnel.deliveries.making import new_sign_in_mail
from funnel.links import Links, Purpose, RowRef
from funnel.models import AdminRole, AdminSession, AdminUser, SignIn

SESSION_LIFE = timedelta(days=31)
PASSWORD_SHORTEST = 12
PASSWORD_LONGEST = 256  # enough for any pass phrase; hashing more would be wasted work


class PasswordError(ValueError):
    """What is wrong with a password, as a sentence for whoever chose it."""


def add_admin(session: Session, email: str, now: datetime, role: AdminRole = AdminRole.ADMIN) -> AdminUser:
    """Whoever signs in with this address, made with this role if nobody does.

    `email` must be an address `read_address` gave.
    """
    session.execute(
        insert(session, AdminUser)
        .values(email=email_key(email), created_at=now, role=role.value)
        .on_conflict_do_nothing(index_elements=["email"])
    )
    return session.scalars(select(AdminUser).where(AdminUser.email == email_key(email))).one()


def find_admin(session: Session, email: str) -> AdminUser | None:
    return session.scalar(select(AdminUser).where(AdminUser.email == email_key(email.strip())))


def make_sign_in(session: Session, admin_id: int, now: datetime) -> SignIn:
    """A new sign-in of this admin; `now` is machine time. Its link is `sign_in_url`."""
    sign_in = SignIn(admin_id=admin_id, created_at=now.replace(microsecond=0))
    session.add(sign_in)
    session.flush()
    return sign_in


def sign_in_url(links: Links, sign_in: SignIn) -> str:
    """The one-time address that opens the dashboard: secret, so it goes to the admin and nowhere else."""
    return links.dated_to(Purpose.SIGN_IN, sign_in.ref, sign_in.created_at)


def mail_sign_in(session: Session, email: str, machine_now: datetime, now: datetime) -> int | None:
    """Creates a sign-in mail. Returns the delivery's id; None if nobody with this address may sign in."""
    admin = find_admin(session, email)
    if admin is None:
        return None
    sign_in = make_sign_in(session, admin.id, machine_now)
    delivery = new_sign_in_mail(admin.id, sign_in.id, now)
    session.add(delivery)
    session.flush()
    return delivery.id


def is_unused(session: Session, ref: RowRef) -> bool:
    """Whether nobody has signed in with this yet. Changes nothing."""
    sign_in = find(session, SignIn, ref)
    return sign_in is not None and sign_in.used_at is None


def use_sign_in(session: Session, ref: RowRef, now: datetime) -> AdminUser | None:
    """Uses up a sign-in at `now` (machine time). Returns whose it is; None if it was used before or does not exist.

    One conditional UPDATE decides, so that of two browsers at the same moment one gets in. How old the link may be is
    the token's own matter: it carries the time at which it was asked for.
    """
    admin_id = session.scalar(
        update(SignIn)
        .where(SignIn.id == ref.number, SignIn.nonce.is_not_distinct_from(ref.nonce), SignIn.used_at.is_(None))
        .values(used_at=now)
        .returning(SignIn.admin_id)
    )
    return None if admin_id is None else session.get(AdminUser, admin_id)


def begin_session(session: Session, admin_id: int, now: datetime) -> str:
    """Signs a browser in at `now` (machine time); gives back the token that its cookie carries."""
    session.execute(delete(AdminSession).where(AdminSession.started_at <= now - SESSION_LIFE))
    token = secrets.token_urlsafe(32)
    session.add(AdminSession(digest=_digest(token), admin_id=admin_id, started_at=now))
    return token


def admin_of_session(session: Session, token: str, now: datetime) -> AdminUser | None:
    """Who is signed in with this token at `now` (machine time); None after signing out, and after 31 days."""
    return session.scalar(
        select(AdminUser)
        .join(AdminSession, AdminSession.admin_id == AdminUser.id)
        .where(AdminSession.digest == _digest(token), AdminSession.started_at > now - SESSION_LIFE)
    )


def end_session(session: Session, token: str) -> None:
    """Signs this one browser out: whoever copied its cookie is out as well."""
    session.execute(delete(AdminSession).where(AdminSession.digest == _digest(token)))


def set_password(session: Session, admin: AdminUser, password: str, now: datetime) -> None:
    """Keeps the password's argon2id hash and signs every browser out. Raises PasswordError with what to change."""
    if len(password) < PASSWORD_SHORTEST:
        raise PasswordError(f"Please use at least {PASSWORD_SHORTEST} characters; a few unrelated words work well.")
    if len(password) > PASSWORD_LONGEST:
        raise PasswordError(f"Please use at most {PASSWORD_LONGEST} characters.")
    admin.password_hash = _hasher().hash(password)
    sign_out_everywhere(session, admin, now)


def verify_password(admin: AdminUser | None, password: str) -> bool:
    """Whether this is the admin's password. Takes just as long if there is no such admin or no password."""
    known = admin.password_hash if admin is not None else None
    try:
        right = _hasher().verify(known or _nobodys_hash(), password[:PASSWORD_LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return right and known is not None


def sign_out_everywhere(session: Session, admin: AdminUser, now: datetime) -> None:
    """Ends every session of this admin, and the links that were mailed and not used yet. `now` is machine time."""
    session.execute(delete(AdminSession).where(AdminSession.admin_id == admin.id))
    session.execute(update(SignIn).where(SignIn.admin_id == admin.id, SignIn.used_at.is_(None)).values(used_at=now))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with the parameters of RFC 9106, section 4, second choice


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")
