"""`funnel check`: what is wrong in the folder, before a reader finds it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from funnel.cli.options import settings_with
from funnel.curriculum import Library, Problem, check_library, read_folder


@click.command(epilog="Example: funnel check my-letters")
@click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Say it for a program to read.")
def command(folder: Path | None, as_json: bool) -> None:
    """Look for mistakes in the folder of sequences.

    Without DIR the folder of FUNNEL_SEQUENCES_DIR is read. Exit code 1 where something must be mended; what is only
    worth a second look does not count.
    """
    folder = folder or settings_with().sequences_dir
    files, unread = read_folder(folder)
    library, found = check_library(files)
    problems = [*unread, *found]
    errors = sum(problem.severity == "error" for problem in problems)
    if as_json:
        summary = {"errors": errors, "warnings": len(problems) - errors}
        click.echo(json.dumps({**summary, "problems": [problem.to_json() for problem in problems]}, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(_line(folder, problem))
        click.echo(_summary(folder, library, errors, len(problems) - errors))
    sys.exit(1 if errors else 0)


def _line(folder: Path, problem: Problem) -> str:
    """A line that an editor can jump to."""
    kind = "error  " if problem.severity == "error" else "look at"
    return f"{kind}  {folder / problem.path}:{problem.line}:{problem.column}  {problem.message}\n         {problem.fix}"


def _summary(folder: Path, library: Library | None, errors: int, warnings: int) -> str:
    if errors:
        looks = f", and {_count(warnings, 'thing')} worth a second look" if warnings else ""
        return f"\n{_count(errors, 'error')} to mend in {folder}{looks}."
    assert library is not None  # noqa: S101 - without errors there always is one
    lessons = sum(len(sequence.lessons) for sequence in library.sequences.values())
    holds = f"{_count(len(library.sequences), 'sequence')} with {_count(lessons, 'lesson')}, " + _count(
        len(library.offers), "offer"
    )
    if warnings:
        return f"\nNothing to mend in {folder} ({holds}); {_count(warnings, 'thing')} worth a second look."
    return f"All is well in {folder}: {holds}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
