"""`funnel check`: what is wrong in the folder, before a reader finds it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from funnel.cli.support.before_mail import HEADING, line, look
from funnel.cli.support.folder import settings_in_folder
from funnel.cli.support.formatting import plural
from funnel.clock import Clock
from funnel.compose.folder import examine
from funnel.curriculum import Library, Problem, local_date, read_folder, texts_in
from funnel.curriculum.lint.dates import dates_gone_by
from funnel.curriculum.lint.notes import notes_on
from funnel.settings import Settings


@click.command(epilog="Example: funnel check my-letters")
@click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept.")
@click.option("--json", "as_json", is_flag=True, help="Say it for a program to read.")
def command(folder: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """Look for mistakes in the folder of sequences.

    Without DIR the folder you are in is read, or the one published last; the first line says which.
    Changes nothing. Exit code 1 where something must be mended; what is only worth a second look does not count. What
    has to be done before mail goes to real people is listed by itself; it must be mended once FUNNEL_MAIL_URL is a
    real one.
    """
    settings = settings_in_folder(folder, to_people=not as_json, data_dir=data_dir)
    folder = folder or settings.sequences_dir
    library, problems = examine(folder, settings.templates_dir, settings.site_url, _lessons_in_use(settings))
    if library is not None:
        problems += dates_gone_by(library, local_date(Clock().now(), library.practice.zone))
    before = _before_mail(folder, library, settings)
    shown = Path() if folder == Path.cwd() else folder
    errors = [problem for problem in problems if problem.severity == "error"]
    warnings = [problem for problem in problems if problem.severity == "warning"]
    notes = [] if library is None else notes_on(library, {problem.path for problem in errors})
    to_mend = len(errors)
    if settings.real_mail:
        to_mend += sum(problem.severity == "error" for problem in before)
    if as_json:
        said = {
            "errors": to_mend,
            "warnings": len(warnings),
            "problems": [problem.to_json() for problem in problems],
            "notes": notes,
            "real_mail": settings.real_mail,
            "before_real_mail": [problem.to_json() for problem in before],
        }
        click.echo(json.dumps(said, ensure_ascii=False))
    else:
        _list("To mend:", shown, errors)
        _list("Worth a second look:", shown, warnings)
        _list(HEADING, shown, before)
        if notes:
            click.echo("\n".join(["Good to know:", *notes, ""]))
        click.echo(_summary(folder, library, to_mend, len(warnings)))
    sys.exit(1 if to_mend else 0)


def _before_mail(folder: Path, library: Library | None, settings: Settings) -> list[Problem]:
    """What prevents mail to real people, as far as the folder can be read."""
    zone = "UTC" if library is None else library.practice.zone
    return look(texts_in(read_folder(folder)[0]), settings, local_date(Clock().now(), zone))


def _lessons_in_use(settings: Settings) -> dict[str, set[str]]:
    """The lessons readers get now, to notice removed ones. A folder can be checked without a database too."""
    if not settings.database_url and not (settings.data_dir / "funnel.sqlite3").is_file():
        return {}
    from sqlalchemy.exc import SQLAlchemyError  # slower to import than most folders are to check

    from funnel.cli.support.published import lessons_in_use

    try:
        return lessons_in_use(settings)
    except SQLAlchemyError:
        click.echo("The database could not be asked which lessons were published; all else is checked.", err=True)
        return {}


def _list(heading: str, folder: Path, problems: Iterable[Problem]) -> None:
    """One line each, beginning with a place that an editor can jump to."""
    lines = [line(problem, folder) for problem in problems]
    if lines:
        click.echo("\n".join([heading, *lines, ""]))


def _summary(folder: Path, library: Library | None, errors: int, warnings: int) -> str:
    looks = plural(warnings, "thing") + " worth a second look"
    if errors:
        return f"{plural(errors, 'error')} to mend in {folder}{f', and {looks}' if warnings else ''}."
    assert library is not None  # noqa: S101 - without errors there always is one
    lessons = sum(len(sequence.lessons) for sequence in library.sequences.values())
    holds = ", ".join(
        (
            f"{plural(len(library.sequences), 'sequence')} with {plural(lessons, 'lesson')}",
            plural(len(library.offers), "offer"),
        )
    )
    if warnings:
        return f"Nothing to mend in {folder} ({holds}); {looks}."
    return f"All is well in {folder}: {holds}."
