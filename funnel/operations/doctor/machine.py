"""What is on this machine and beside it: settings, disk, database, queue, workers and clock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from redis import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from funnel.insight.status import CLOCK, clock_runs, heartbeats
from funnel.migrations import pending
from funnel.operations.doctor.findings import Finding, fine, not_tried, warned, wrong
from funnel.queue import open_redis
from funnel.wiring import Service

_LITTLE, _TOO_LITTLE = 2 * 1024**3, 200 * 1024**2  # bytes free


def check_settings(service: Service) -> Finding:
    """The settings were read, or nobody would be here: what in them keeps readers from being served well."""
    settings, check = service.settings, "Settings"
    if not settings.real_mail:
        return warned(
            check, "Mail is caught and sent to nobody.", "Set FUNNEL_MAIL_URL once you want to write to real people."
        )
    if not settings.site_url.startswith("https://"):
        return wrong(
            check, f"FUNNEL_SITE_URL is {settings.site_url}: links can be read on their way.", "Begin it with https://."
        )
    with service.db.read() as session:
        problems = service.real_mail.problems(session, service.library, service.clock.now())
    things = sum(problem.severity == "error" for problem in problems)
    if things:
        return wrong(
            check,
            f"Readers get no mail yet: {things} {'thing' if things == 1 else 'things'} the starter made up "
            f"{'is' if things == 1 else 'are'} still there.",
            "'funnel check' lists them; mend them and publish.",
        )
    return fine(check, "They can be read, and nothing made up is left in the practice.")


def check_disk(service: Service) -> Finding:
    """Whether the data folder can be written and has room."""
    folder, check = service.settings.data_dir, "Disk"
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return wrong(check, f"{folder} cannot be written.", "Give it to the user that runs the service.")
    free = shutil.disk_usage(folder).free
    said = f"{free / 1024**3:.1f} GB are free where {folder} is."
    if free < _TOO_LITTLE:
        return wrong(check, said, "Make room now: when the disk is full no sign-up can be kept.")
    if free < _LITTLE:
        return warned(check, said, "Make room, or take a larger disk.")
    return fine(check, said)


def check_database(service: Service) -> Finding:
    """Whether it answers and is prepared for this version."""
    check, kind = "Database", "PostgreSQL" if service.settings.database.startswith("postgresql") else "SQLite"
    try:
        with service.db.read() as session:
            session.execute(select(1))
        behind = pending(service.db)
    except SQLAlchemyError as error:
        return wrong(
            check,
            f"{kind} does not answer ({type(error).__name__}).",
            "See that it runs and that FUNNEL_DATABASE_URL is right.",
        )
    if behind:
        return wrong(check, f"{kind} is not prepared for this version.", "Run 'funnel db upgrade'.")
    return fine(check, f"{kind} answers and is prepared for this version.")


def check_redis(service: Service) -> Finding:
    """Whether the queue answers, and throws nothing away by itself."""
    check, url = "Redis", service.settings.redis_url
    if not url:
        return not_tried(check, "FUNNEL_REDIS_URL is not set, and no 'funnel up' runs here on the same data")
    try:
        with open_redis(url) as client:
            client.ping()
            policy = str(client.info("memory").get("maxmemory_policy", ""))
    except RedisError as error:
        return wrong(
            check,
            f"Redis does not answer ({type(error).__name__}); mail waits in the database.",
            "See that it runs and that FUNNEL_REDIS_URL is right.",
        )
    if policy not in ("", "noeviction"):
        return warned(
            check,
            f"Redis may throw batches away by itself ({policy}); they are queued again, but late.",
            "Set maxmemory-policy noeviction.",
        )
    return fine(check, "Redis answers.")


def check_processes(service: Service) -> list[Finding]:
    """Whether somebody hands mail over, and somebody finds what is due."""
    with service.db.read() as session:
        ticked = heartbeats(session, service.clock.machine_now()).get(CLOCK)
    workers = service.queue.workers()
    if workers is None:
        handing = not_tried("Workers", "Redis was not asked")
    elif workers == 0:
        handing = wrong("Workers", "No worker runs, so no mail leaves.", "Start 'funnel up' or 'funnel worker'.")
    else:
        handing = fine("Workers", f"{workers} at work.")
    if clock_runs(ticked):
        return [handing, fine("Clock", f"It was seen {ticked or 0:.0f} s ago.")]
    seen = "never ran" if ticked is None else f"was last seen {ticked / 60:.0f} minutes ago"
    return [handing, wrong("Clock", f"It {seen}, so no lesson becomes due.", "Start 'funnel up' or 'funnel clock'.")]


def check_backups(service: Service) -> Finding:
    """No program can see from here whether copies are kept elsewhere: says what must be among them."""
    what = "the SQLite file" if service.settings.database.startswith("sqlite") else "the PostgreSQL database"
    keys = [name for name in ("secret-key", "data.key") if (service.settings.data_dir / name).is_file()]
    return not_tried(
        "Backups",
        "copies are made outside the service, where it cannot see them",
        f"See that a recent one exists of {_listed([what, *keys])}: docs/operating.md says how.",
    )


def _listed(things: Sequence[str]) -> str:
    return things[0] if len(things) == 1 else ", ".join(things[:-1]) + " and, kept apart, " + things[-1]
