"""`funnel init`: a folder of one's own to write in."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from funnel.cli.problems import CannotStart
from funnel.settings import starter


@click.command(epilog="Example: funnel init my-letters")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Copy the starter sequences into a folder of your own, to make them yours.

    DIR must be new or empty: nothing is ever written over.
    """
    if folder.exists() and not folder.is_dir():
        raise CannotStart(f"{folder} is a file: name a folder that is new or empty")
    if folder.is_dir() and any(folder.iterdir()):
        raise CannotStart(f"{folder} is not empty: name a folder that is new or empty, so that nothing is written over")
    try:
        shutil.copytree(starter("sequences"), folder, dirs_exist_ok=True)
    except OSError as error:
        raise CannotStart(f"{folder} cannot be written ({error.strerror or error}): choose another place") from None
    shown = folder.resolve()
    click.echo(
        f"The starter sequences are in {shown}.\n\n"
        f"Next:\n"
        f"  1. Open {shown / 'practice.toml'} and write down who you are. Every helpline in it needs checking by you.\n"
        f"  2. Read the lessons and make them yours; then run 'funnel check {folder}'.\n"
        f"  3. Start with 'FUNNEL_SEQUENCES_DIR={folder} funnel up'. Nothing is sent to anybody before you say how."
    )
