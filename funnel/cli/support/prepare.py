"""What has to exist before the first visitor: the schema, something published, somebody who may sign in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from funnel.cli.support.problems import CannotStart
from funnel.cli.support.same_practice import note_folder, other_practice
from funnel.compose.errors import CompileError
from funnel.curriculum import Problem
from funnel.migrations import upgrade
from funnel.models import AdminRole, AdminUser, Edition
from funnel.people.admins import add_admin, make_sign_in, sign_in_url
from funnel.publishing.practice_editions import adopt_practice, is_from_before
from funnel.publishing.publish import publish, unpublished
from funnel.settings import Settings
from funnel.wiring import Service, build_service, read_library, serving_library


@dataclass(frozen=True)
class Prepared:
    """What `prepare_service` found or made. The link `sign_in` works once.

    `other_practice` is set where the folder is not that of the practice readers get. `before_mail` lists what still
    prevents mail to real people, and what is worth a look first.
    """

    sign_in: str
    admin: str
    published: tuple[str, ...]
    unpublished: tuple[str, ...]
    other_practice: str = ""
    before_mail: tuple[Problem, ...] = ()


def prepare_service(settings: Settings, migrated: Callable[[], None] = lambda: None) -> Prepared:
    """Migrates, and says so; then does what `furnish` does. Raises CannotStart and SettingsError."""
    service = build_service(settings)
    try:
        upgrade(service.db)
        migrated()
        return furnish(service)
    finally:
        service.db.close()


def furnish(service: Service) -> Prepared:
    """Publishes the sequences, the first time only; makes the first admin and a sign-in link.

    Later starts publish nothing by themselves: an edit reaches readers only when somebody publishes it.
    """
    now = service.clock.now()
    with service.db.read() as session:
        first_time = session.scalar(select(Edition.id).limit(1)) is None
    if first_time:
        published = _publish(service, now)
        note_folder(service.settings)
        waiting: tuple[str, ...] = ()
    else:
        folder = serving_library(service.settings)
        if is_from_before(service.db):
            adopt_practice(service.db, service.files, folder, now)
            service.in_force.refresh(at_once=True)
            note_folder(service.settings)
        published, waiting = (), tuple(unpublished(service, folder))
    with service.db.write() as session:
        admin = session.scalar(
            select(AdminUser).where(AdminUser.role == AdminRole.ADMIN).order_by(AdminUser.id).limit(1)
        )
        if admin is None:
            admin = add_admin(session, service.library.practice.reply_to, now)
        link = sign_in_url(service.links, make_sign_in(session, admin.id, service.clock.machine_now()))
        address = admin.email
        before = service.real_mail.problems(session, service.library, now)
    return Prepared(link, address, published, waiting, other_practice(service), before)


def _publish(service: Service, now: datetime) -> tuple[str, ...]:
    try:
        return tuple(one.sequence for one in publish(service, read_library(service.settings), "funnel up", now))
    except CompileError as error:
        raise CannotStart(f"The sequences cannot be published. {error}") from None
