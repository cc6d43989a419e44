"""The service for a command that works on the data of a running one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from funnel.cli.support.folder import find_folder
from funnel.cli.support.folder_lock import announced
from funnel.cli.support.options import changed, settings_with, with_secret_key
from funnel.cli.support.problems import CannotStart
from funnel.db import Database
from funnel.settings import Settings
from funnel.wiring import Service, build_service
from workers.logs import set_up_logs

_FACTS = ("site_url", "redis_url", "time_lapse")


def open_service(settings: Settings | None = None) -> Service:
    """The service for a command that works beside a running one, on the same data.

    Uses the key that `funnel up` keeps, and the addresses of the service that runs on the same folder. Raises
    CannotStart where the database is missing or older than this program. Waits while a `funnel up` is still preparing
    it.
    """
    settings = settings or settings_with()
    if "sequences_dir" not in settings.model_fields_set:
        settings = changed(settings, sequences_dir=find_folder(settings).path)
    set_up_logs(settings.log_format)  # to standard error: a program may read what a command prints
    facts = announced(settings.data_dir)
    if not facts:  # otherwise the running service has prepared it
        _look_at_database(settings)
    if not settings.database_url or (settings.data_dir / "secret-key").is_file():
        settings = with_secret_key(settings)
    found = {name: facts[name] for name in _FACTS if name in facts and name not in settings.model_fields_set}
    return build_service(changed(settings, **found) if found else settings)


@contextmanager
def opened(data_dir: Path | None) -> Iterator[Service]:
    """The service on this data folder, for as long as a command works on it. Raises as `open_service` does."""
    service = open_service(settings_with(data_dir=data_dir))
    try:
        yield service
    finally:
        service.db.close()


def _look_at_database(settings: Settings) -> None:
    from funnel.migrations import pending  # slow to import, and processes that `funnel up` starts do not need it

    where = "of FUNNEL_DATABASE_URL" if settings.database_url else f"in {settings.data_dir}"
    file = make_url(settings.database).database
    if settings.database.startswith("sqlite:") and not (file and Path(file).is_file()):
        raise CannotStart(f"There is no database {where} yet: run 'funnel up', or 'funnel db upgrade' to make one")
    database = Database(settings.database)
    try:
        if pending(database):
            raise CannotStart(f"The database {where} has to be prepared for this version: run 'funnel db upgrade'")
    finally:
        database.close()
