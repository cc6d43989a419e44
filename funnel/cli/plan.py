"""`funnel plan`: what publishing would do, and nothing done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from funnel.cli.support.folder import settings_in_folder
from funnel.cli.support.formatting import plural
from funnel.cli.support.loading import open_service
from funnel.cli.support.problems import CannotStart
from funnel.cli.support.published import lessons_in_use
from funnel.cli.support.same_practice import other_practice
from funnel.compose.folder import examine
from funnel.curriculum import Library, render_plan, untranslated_in_words
from funnel.publishing.options import PreparedPlan, PublishOptions
from funnel.publishing.publish import plan
from funnel.settings import Settings
from funnel.wiring import media_folder

NOTHING_NEW = "Readers already get what the folder says; there is nothing to publish."

folder_argument = click.argument(
    "folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
data_dir_option = click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Say it for a program to read.")


@click.command(epilog="Example: funnel plan my-letters")
@folder_argument
@data_dir_option
@json_option
def command(folder: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """Say what 'funnel publish' would do to every reader half-way, and do nothing.

    With --json it also says of each reader what she gets when, and what she loses. Without DIR the folder you are in
    is read, or the one published last; the first line says which. Exit code 0 also where nothing would change.
    """
    settings = settings_in_folder(folder, to_people=not as_json, data_dir=data_dir)
    library, warnings = checked(settings)
    service = open_service(settings)
    drafts = plan(service, library, service.clock.now(), PublishOptions(detailed=as_json))
    if drafts and (other := other_practice(service)):
        click.echo(f"'funnel publish' will refuse: {other}\n", err=as_json)
    if as_json:
        click.echo(json.dumps([draft.plan.to_json() for draft in drafts], ensure_ascii=False))
        return
    if not drafts:
        click.echo(NOTHING_NEW)
        return
    click.echo(plans_in_words(drafts, library))
    click.echo(f"\n{worth_a_look(warnings)}Nothing has been changed. 'funnel publish' makes it count.")


def plans_in_words(drafts: Sequence[PreparedPlan], library: Library | None = None) -> str:
    """All plans in plain words, with a blank line between them; then what of a library lacks a language it offers."""
    plans = [render_plan(draft.plan) for draft in drafts]
    lacking = untranslated_in_words(library) if library is not None else ""
    return "\n\n".join(filter(None, (*plans, lacking)))


def checked(settings: Settings) -> tuple[Library, int]:
    """The whole folder and its number of warnings. Raises CannotStart where it has errors."""
    folder = settings.sequences_dir
    library, problems = examine(
        folder, settings.templates_dir, settings.site_url, lessons_in_use(settings), media_folder(settings)
    )
    errors = [problem for problem in problems if problem.severity == "error"]
    if library is None or errors:
        raise CannotStart(
            f"{folder} has {plural(len(errors), 'error')} to mend first; 'funnel check' lists them all. "
            f"The first: {errors[0]}"
        )
    return library, len(problems)


def worth_a_look(warnings: int) -> str:
    """One line about the check's warnings, with its line end; empty where there are none."""
    if not warnings:
        return ""
    verb = "is" if warnings == 1 else "are"
    return f"{plural(warnings, 'thing')} {verb} worth a second look: 'funnel check' lists them.\n"
