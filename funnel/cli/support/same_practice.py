"""Another practice's words never go to this one's readers unasked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from funnel.cli.support.folder import identity
from funnel.cli.support.last_published import Identity, last_published, note_published
from funnel.cli.support.problems import CannotStart
from funnel.publishing.practice_editions import newest
from funnel.settings import Settings, starter
from funnel.wiring import Service


def see_that_same_practice(service: Service) -> None:
    """Raises CannotStart where readers would get another practice than the one published last."""
    other = other_practice(service)
    if other:
        raise CannotStart(f"Nothing was published. {other} If that is what you want, add --replace-practice")


def other_practice(service: Service) -> str:
    """Why the folder of the settings must not simply be published over what was published last; empty where it may."""
    new, last = identity(service.settings.sequences_dir), _last(service)
    if last is None or not last.is_other(new):
        return ""
    return (
        f"Readers get {last.said()} now, and this is {new.said()}, another practice: "
        "its words would go to the readers of the other."
    )


def see_that_same_restored(service: Service, source: Mapping[str, Any]) -> None:
    """Raises CannotStart where an edition of the practice, as `source` says, is another practice's than readers get."""
    now, then = service.library.practice, source.get("practice", {})
    if now.id and str(then.get("id", "")) != now.id:
        raise CannotStart(
            f"Nothing was restored. Readers get {now.name} now, and that edition is another practice, "
            f"{then.get('name') or 'without a name'}. If that is what you want, add --replace-practice"
        )


def note_folder(settings: Settings) -> None:
    """Has the data folder remember that this folder was published. Raises OSError."""
    note_published(settings.data_dir, identity(settings.sequences_dir))


def _last(service: Service) -> Identity | None:
    """What readers get: the database knows its id, from whatever machine it was published; this one knows the folder.

    None where nothing was published yet.
    """
    noted = last_published(service.settings.data_dir)
    with service.db.read() as session:
        edition = newest(session)
    if edition is None:
        return noted
    practice = edition.source["practice"]
    practice_id, name = str(practice.get("id", "")), str(practice["name"])
    if noted is not None and noted.id == practice_id:
        return replace(noted, name=name)
    is_starter = not practice_id and name == identity(starter("sequences").resolve()).name
    return Identity(practice_id, name, "", starter=is_starter)
