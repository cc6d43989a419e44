"""`funnel words`: brings a language's catalogue up to date with the texts that readers see."""

from __future__ import annotations

from pathlib import Path

import click

from funnel.cli.support.formatting import plural
from funnel.cli.support.naming import unknown
from funnel.cli.support.problems import CannotStart
from funnel.curriculum.languages import likely_language, read_language
from funnel.language import known_catalogues
from funnel.language.catalogues import OURS
from funnel.settings import load_settings

_CODE = Path(__file__).parents[1]


@click.command(epilog="Example: funnel words fr --into templates/words")
@click.argument("language", required=False, metavar="[CODE]")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Where the catalogue lies; else that of the program itself.",
)  # fmt: skip
def command(language: str | None, into: Path | None) -> None:
    """Bring the catalogue of a language up to date, or begin it: CODE.po, for any editor of such files.

    Every text that readers see stands in it. What was translated stays; a text that is like an earlier one comes with
    its translation marked fuzzy, and counts only once that mark is gone. Without CODE all catalogues that there are.
    Nothing has to be compiled. docs/translating.md says the rest.
    """
    # Babel's extractor takes a while to load.
    from babel.messages.pofile import PoFileError

    from funnel.language.extracting import update

    codes = [_known(language)] if language else known_catalogues()
    for code in codes:
        try:
            done = update(code, into or OURS, _CODE, load_settings().templates_dir)
        except OSError as error:
            raise CannotStart(
                f"{into or OURS} cannot be written to ({error.strerror}): name a folder with --into"
            ) from None
        except PoFileError as error:
            raise CannotStart(f"{code}.po is no catalogue: {error}") from None
        missing = f"{done.missing} without a translation" if done.missing else "all translated"
        click.echo(f"{done.path}: {plural(done.texts, 'text')}, {missing}")


def _known(text: str) -> str:
    found = read_language(text)
    if found is None:
        raise unknown("language", text, [likely] if (likely := likely_language(text)) else known_catalogues())
    return found
