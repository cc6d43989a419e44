"""The one wiring function: builds everything a process needs and hands it out. Opens nothing by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import structlog

from funnel.channel.channel import configured_channel
from funnel.channel.real_mail import RealMail
from funnel.clock import open_clock
from funnel.context import Context
from funnel.curriculum import Library, check_library, read_folder
from funnel.data_keys import DataKeys
from funnel.db import Database
from funnel.editions import Editions
from funnel.editions.files import FileStore
from funnel.editions.in_force import InForce
from funnel.links import Links
from funnel.queue import DeliveryQueue
from funnel.settings import Settings, SettingsError, load_settings
from funnel.tracking.spool import HitSpool

_SERVED = ("offers/", "pages/", "assets/")  # every other folder is a sequence

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Service(Context):
    """A process of the service: the journey's tools, and where hits wait."""

    hits: HitSpool


def build_service(settings: Settings | None = None, library: Library | None = None) -> Service:
    """Everything wired together. Raises SettingsError that says what to mend.

    What readers get is what was published. Where nothing was yet, it is `library`, or the folder, read when needed.
    """
    settings = settings or load_settings()
    db, editions = Database(settings.database, data_keys(settings)), Editions()
    unpublished = partial(serving_library, settings) if library is None else lambda: library
    return Service(
        settings=settings,
        clock=open_clock(settings.time_lapse, settings.data_dir),
        db=db,
        links=Links(settings.site_url, tuple(settings.secret_keys), settings.bounce_address, _stops_by(settings)),
        in_force=InForce(db, editions, settings.templates_dir, unpublished),
        files=FileStore(db, media_folder(settings)),
        queue=DeliveryQueue(settings.redis_url),
        editions=editions,
        channel=configured_channel(db, settings),
        real_mail=RealMail(settings.real_mail, settings.shown_addresses, editions),
        hits=HitSpool(settings.data_dir / "hits"),
    )


def _stops_by(settings: Settings) -> Literal["", "bounces", "answers"]:
    if settings.lmtp:  # what comes there is read by nobody else
        return "bounces"
    return "answers" if settings.replies_mailbox else ""


def data_keys(settings: Settings) -> DataKeys:
    """The keys of the encrypted columns: FUNNEL_DATA_KEY, else `data.key` in the data folder."""
    return DataKeys(settings.data_dir / "data.key", settings.data_key.get_secret_value())


def media_folder(settings: Settings) -> Path:
    """Where this machine has its copies of the files that readers get, and of those that are made to be published."""
    return settings.data_dir / "media"


def serving_library(settings: Settings) -> Library:
    """What the folder says, for where the practice was never published.

    A mistake in a lesson keeps nobody from being served: with errors in the sequences alone, the library has none of
    them. Raises SettingsError for any other error.
    """
    try:
        return read_library(settings)
    except SettingsError as error:
        files, _ = read_folder(settings.sequences_dir)
        served = {path: text for path, text in files.items() if "/" not in path or path.startswith(_SERVED)}
        library, problems = check_library(served)
        if library is None or any(problem.severity == "error" for problem in problems):
            raise
        log.warning("the sequences have errors; readers go on getting what was published", first=str(error))
        from funnel.compose.making import make_files  # see below

        made, unmade = make_files(settings.sequences_dir, library, media_folder(settings))
        if unmade:
            raise
        return replace(library, files=made)


def read_library(settings: Settings, *, keep: bool = True) -> Library:
    """The practice's whole folder. Raises SettingsError where it has errors: `funnel check` lists them all.

    To be published, its files are kept as they are made; without `keep` nothing is written.
    """
    # What makes pictures and PDFs takes 15 MB, and no process needs it that only serves or sends.
    from funnel.compose.folder import examine

    into = media_folder(settings) if keep else None
    library, problems = examine(settings.sequences_dir, settings.templates_dir, settings.site_url, into=into)
    errors = [problem for problem in problems if problem.severity == "error"]
    if library is None or errors:
        first = f" The first: {errors[0]}" if errors else ""
        raise SettingsError(
            f"{settings.sequences_dir} has {len(errors)} {'error' if len(errors) == 1 else 'errors'} to mend first; "
            f"'funnel check' lists them all.{first}"
        )
    return library
