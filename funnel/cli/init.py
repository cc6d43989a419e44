"""`funnel init`: a folder of one's own to write in."""

from __future__ import annotations

import json
import re
import secrets
import shlex
import shutil
import sys
from pathlib import Path

import click

from funnel.cli.support.problems import CannotStart
from funnel.settings import starter

_LONGEST_NAME = 100
_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # base32: no characters that look alike
_ID_LENGTH = 12


@click.command(epilog='Example: funnel init my-letters --name "Ada Quay"')
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="What your practice is called; asked for where a person can answer.")
def command(folder: Path, name: str | None) -> None:
    """Copy the starter sequences into a folder of your own, to make them yours.

    DIR must be new or empty: nothing is ever written over.
    """
    if folder.exists() and not folder.is_dir():
        raise CannotStart(f"{folder} is a file: name a folder that is new or empty")
    if folder.is_dir() and any(folder.iterdir()):
        raise CannotStart(f"{folder} is not empty: name a folder that is new or empty, so that nothing is written over")
    if name is None and sys.stdin.isatty():
        name = click.prompt("What is your practice called? (Enter: decide later)", default="", show_default=False)
    name = _checked_name(name or "")
    try:
        shutil.copytree(starter("sequences"), folder, dirs_exist_ok=True)
        practice = folder / "practice.toml"
        practice.write_text(_made_yours(practice.read_text(encoding="utf-8"), name), encoding="utf-8")
    except OSError as error:
        raise CannotStart(f"{folder} cannot be written ({error.strerror or error}): choose another place") from None
    click.echo(_what_next(folder, name))


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise click.BadParameter(f"A name is one line of at most {_LONGEST_NAME} characters.", param_hint="--name")
    return name


def _made_yours(text: str, name: str) -> str:
    """practice.toml with an id of its own, which distinguishes its data from others', and with the name."""
    tables = text.index("\n[")  # further down, `name` is a helpline's
    top, below = text[:tables], text[tables:]
    if name:
        top = re.sub(r"^(name|sender) = .*$", lambda found: f"{found[1]} = {_toml(name)}", top, flags=re.MULTILINE)
    practice_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
    above = "# Which practice this is, whatever it is called and wherever its folder lies. Leave it as it is."
    return re.sub(r"^name = ", f'{above}\nid = "{practice_id}"\n\nname = ', top, count=1, flags=re.MULTILINE) + below


def _toml(text: str) -> str:
    # A JSON string is a TOML basic string, as long as it has no surrogates.
    return json.dumps(text, ensure_ascii=False)


def _what_next(folder: Path, name: str) -> str:
    shown = folder.resolve()
    who = "" if name else "your name, "
    return (
        f"Your own folder is {shown}.\n\n"
        f"Next:\n"
        f"  1. cd {shlex.quote(str(folder))}\n"
        f"     In this folder every command knows which one you mean.\n"
        f"  2. Open practice.toml: {who}your addresses and your own helplines belong there.\n"
        f"  3. Make the lessons yours. 'funnel check' finds mistakes, 'funnel preview' shows them as mail.\n"
        f"  4. 'funnel up' runs it all on this machine; 'funnel publish' lets readers have what you changed.\n\n"
        f"Nothing is sent to anybody before you say how mail leaves."
    )
