"""Keeps another practice's texts from this one's readers, unless somebody agrees."""

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
    """Why the settings' folder must not simply be published over what was published last; empty where it may."""
    new, last = identity(service.settings.sequences_dir), _last(service)
    if last is None or not last.is_other(new):
        return ""
    return (
        f"Readers get {last.said()} now, and this is {new.said()}, another practice: "
        "its words would go to the readers of the other."
    )


def see_that_same_restored(service: Service, source: Mapping[str, Any]) -> None:
    """Raises CannotStart where `source`, an edition of the practice, is of another practice than readers get."""
    now, then = service.library.practice, source.get("practice", {})
    if now.id and str(then.get("id", "")) != now.id:
        raise CannotStart(
            f"Nothing was restored. Readers get {now.name} now, and that edition is another practice, "
            f"{then.get('name') or 'without a name'}. If that is what you want, add --replace-practice"
        )


def note_folder(settings: Settings) -> None:
    """Records in the data folder that this folder was published. Raises OSError."""
    note_published(settings.data_dir, identity(settings.sequences_dir))


def _last(service: Service) -> Identity | None:
    """What readers get: the database knows its id, wherever it was published from; this machine knows the folder.

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
