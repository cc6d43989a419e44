"""`funnel publish`: what the folder says becomes what readers get."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from funnel.cli.plan import (
    NOTHING_NEW,
    checked,
    data_dir_option,
    folder_argument,
    json_option,
    plans_in_words,
    worth_a_look,
)
from funnel.cli.support.folder import settings_in_folder
from funnel.cli.support.formatting import plural
from funnel.cli.support.loading import open_service
from funnel.cli.support.losses import accept_losses_option, agreed, bonus_option, see_that_losses_accepted
from funnel.cli.support.naming import unknown
from funnel.cli.support.problems import CannotStart
from funnel.cli.support.same_practice import note_folder, see_that_same_practice
from funnel.compose.errors import CompileError
from funnel.curriculum import Library
from funnel.curriculum.plan import PRACTICE
from funnel.publishing.options import PreparedPlan, PublishOptions
from funnel.publishing.publish import PublishRefused, PublishResult, plan, publish
from funnel.wiring import Service


@click.command(epilog="Example: funnel publish my-letters --bonus a-short-walk")
@folder_argument
@data_dir_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@bonus_option
@accept_losses_option
@click.option(
    "--stop",
    multiple=True,
    metavar="SEQUENCE",
    help="Stop who is under way in it, where it is gone from the folder; may be repeated.",
)
@click.option("--replace-practice", is_flag=True, help="Publish also over another practice than this one.")
@json_option
def command(
    folder: Path | None,
    data_dir: Path | None,
    yes: bool,
    bonus: tuple[str, ...],
    accept_losses: bool,
    stop: tuple[str, ...],
    replace_practice: bool,
    as_json: bool,
) -> None:
    """Make what the folder of sequences says count for everybody under way.

    Shows what will happen to readers half-way, and asks; once more where any of them loses a lesson. A lesson that was
    sent stays sent: it is known by its id. Nothing is published while 'funnel check' finds errors. Another practice's
    data is left alone. Without DIR the folder you are in is read, or the one published last; the first line says which.
    """
    settings = settings_in_folder(folder, to_people=not as_json, data_dir=data_dir)
    library, warnings = checked(settings)
    service = open_service(settings)
    _see_that_there_is(library, bonus)
    try:
        drafts = plan(service, library, service.clock.now(), PublishOptions(bonus=bonus, detailed=as_json))
    except PublishRefused as error:
        raise click.UsageError(str(error)) from None
    _see_that_gone(library, drafts, stop)
    if drafts and not replace_practice:
        see_that_same_practice(service)
    if not drafts:
        note_folder(settings)  # it tells what was published, wherever the folder has moved
        click.echo(json.dumps({"plans": [], "published": []}) if as_json else NOTHING_NEW)
        return
    # Text for people is written apart from output for programs.
    click.echo("\n\n".join(filter(None, (plans_in_words(drafts, library), _stopping(stop)))), err=as_json)
    click.echo(f"\n{worth_a_look(warnings)}", nl=False, err=as_json)
    _see_that_allowed(drafts, stop)
    nothing = "Nothing was published."
    if yes and not accept_losses:
        see_that_losses_accepted(drafts, nothing)
    if not agreed(drafts, "Publish it now?", yes=yes, accept=accept_losses, err=as_json):
        click.echo(nothing, err=as_json)
        return
    done = carry_out(service, library, drafts, bonus, stop)
    note_folder(settings)
    click.echo(_as_json(drafts, done) if as_json else "\n".join(_lines(library, done, drafts)))


def carry_out(
    service: Service,
    library: Library,
    drafts: Sequence[PreparedPlan],
    bonus: Iterable[str] = (),
    stop: Iterable[str] = (),
) -> list[PublishResult]:
    """Publishes this folder as planned. Raises CannotStart if somebody else published first, or a lesson cannot be
    made.
    """
    try:
        return publish(
            service,
            library,
            who(),
            service.clock.now(),
            PublishOptions(planned=drafts, stop=frozenset(stop), bonus=frozenset(bonus)),
        )
    except (CompileError, PublishRefused) as error:
        raise CannotStart(f"Nothing was published. {error}") from None


def who() -> str:
    """Who publishes, for the list of editions: this person's login name."""
    try:
        return getpass.getuser()[:120]
    except (OSError, KeyError):  # in a container the user may have no name
        return "funnel publish"


def _see_that_there_is(library: Library, bonus: Iterable[str]) -> None:
    """Raises UsageError, naming the nearest, for a lesson or SEQUENCE/LESSON that does not exist."""
    known = {slug: sequence.places for slug, sequence in library.sequences.items()}
    for name in bonus:
        slug, slash, lesson = name.rpartition("/")
        if slash and slug not in known:
            raise unknown("sequence", slug, known)
        homes = [known[slug]] if slash else list(known.values())
        if not any(lesson in places for places in homes):
            raise unknown("lesson", lesson, (each for places in homes for each in places))


def _see_that_gone(library: Library, drafts: Sequence[PreparedPlan], stop: Iterable[str]) -> None:
    """Raises UsageError, naming the nearest, for a sequence that is still in the folder or never was."""
    sequences = library.sequences
    gone = [draft.plan.slug for draft in drafts if draft.plan.kind == "removed"]
    for slug in stop:
        if slug in sequences:
            raise click.UsageError(
                f"{slug} is in the folder; --stop is for one that is gone. 'funnel sequence pause {slug}' lets it rest."
            )
        if slug not in gone:
            raise unknown("sequence that is gone from the folder", slug, gone)


def _see_that_allowed(drafts: Iterable[PreparedPlan], stop: Iterable[str]) -> None:
    for draft in drafts:
        if draft.plan.refused and draft.plan.slug not in stop:
            raise CannotStart(
                f"Nothing was published: {draft.plan.slug} is gone from the folder while people are under way in it. "
                f"Put it back, or stop them in the same command with --stop {draft.plan.slug}"
            )


def _stopping(stop: Iterable[str]) -> str:
    return "\n".join(f"stop: whoever is under way in {slug} gets no more of it" for slug in stop)


def _lines(library: Library, done: Iterable[PublishResult], drafts: Iterable[PreparedPlan]) -> list[str]:
    lines = []
    for each in done:
        if not each.changed:
            continue
        if each.sequence != PRACTICE and each.sequence not in library.sequences:
            lines.append(f"{each.sequence}: taken out of use; {plural(each.rescheduled, 'reader')} stopped.")
            continue
        lines.append(f"{each.sequence}: edition {each.number} counts from now on.")
    sent = [bonus for draft in drafts for bonus in draft.plan.bonus]
    return lines + [
        f"{bonus.lesson_id}: {'on its way to who was past it' if bonus.people else 'nobody is past it who had it not'}."
        for bonus in sent
    ]


def _as_json(drafts: Iterable[PreparedPlan], done: Iterable[PublishResult]) -> str:
    published = [
        {"sequence": each.sequence, "edition": each.number, "walks_changed": each.rescheduled}
        for each in done
        if each.changed
    ]
    return json.dumps({"plans": [draft.plan.to_json() for draft in drafts], "published": published}, ensure_ascii=False)
