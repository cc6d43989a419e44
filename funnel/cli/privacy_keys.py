"""`funnel privacy rotate-key`: a new key for what is encrypted in the database."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from funnel.cli.plan import data_dir_option
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import CannotStart
from funnel.data_keys import DataKeyError
from funnel.privacy.keys import Rotated, RotationError, rotate


@click.command("rotate-key", epilog="Example: funnel privacy rotate-key")
@data_dir_option
def rotate_key(data_dir: Path | None) -> None:
    """Encrypt what readers wrote with a new key, and take the old one away.

    May be run beside a running service, and again after it was interrupted. Where FUNNEL_DATA_KEY is set, put a new key
    in front of the old one there, start all processes again, run this, and then take the old one out.
    """
    service = open_service(settings_with(data_dir=data_dir))
    with closing(service.db):
        try:
            done = rotate(service.db)
        except (RotationError, DataKeyError) as error:
            raise CannotStart(str(error)) from None
    click.echo(_told(done, bool(service.settings.data_key.get_secret_value())))


def _told(done: Rotated, is_given: bool) -> str:
    lines = [f"Fields encrypted with the newest key: {done.fields}."]
    if done.unreadable:
        lines.append(f"Fields that cannot be read, for their key is not here: {done.unreadable}.")
    if is_given:
        lines.append("All keys but the first may be taken out of FUNNEL_DATA_KEY now.")
    elif done.dropped:
        lines.append("The old key is gone. Make a new backup of the key, apart from the database's.")
    else:
        lines = ["Nothing is encrypted yet, so there is no key to change."]
    return "\n".join(lines)
