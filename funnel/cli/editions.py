"""`funnel editions`, `show`, `diff` and `restore`: what was published, and going back to it."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import click

from funnel.cli.plan import checked, data_dir_option, json_option, plans_in_words
from funnel.cli.publish import who
from funnel.cli.support.folder import settings_in_folder
from funnel.cli.support.formatting import moment, plural
from funnel.cli.support.loading import open_service
from funnel.cli.support.losses import accept_losses_option, agreed, bonus_option, see_that_losses_accepted
from funnel.cli.support.naming import split_edition, unknown
from funnel.cli.support.options import settings_with
from funnel.cli.support.practice_parts import practice_parts
from funnel.cli.support.problems import CannotStart
from funnel.cli.support.published import compiled_lesson, editions_of, find_edition, find_lesson
from funnel.cli.support.rendering import example
from funnel.cli.support.same_practice import see_that_same_restored
from funnel.cli.support.source import lesson_source, sequence_source
from funnel.curriculum import Sequence, practice_source
from funnel.curriculum.plan import PRACTICE
from funnel.publishing.history import sequence_at
from funnel.publishing.options import PublishOptions
from funnel.publishing.practice_editions import EditionInfo, practice_at
from funnel.publishing.publish import PublishRefused
from funnel.publishing.restoring import plan_restore
from funnel.publishing.restoring import restore as restore_editions
from funnel.wiring import Service


@click.command(epilog="Example: funnel editions anxious-attachment")
@click.argument("sequence")
@data_dir_option
@json_option
def editions(sequence: str, data_dir: Path | None, as_json: bool) -> None:
    """List everything that was ever published of SEQUENCE, oldest first.

    'practice' stands for the practice itself: practice.toml, offers, pages and files.
    """
    service = open_service(settings_with(data_dir=data_dir))
    found = editions_of(service, sequence)
    if as_json:
        click.echo(json.dumps([_as_json(edition) for edition in found], ensure_ascii=False))
        return
    zone = service.library.practice.zone
    for edition in found:
        now = "  counts now" if edition.current else ""
        lessons = f"{plural(edition.lessons, 'lesson')}  " if edition.lessons else ""
        at = moment(edition.published_at, zone)
        click.echo(f"{sequence}@{edition.number}  {at}  {lessons}by {edition.published_by}{now}")
    if not any(edition.current for edition in found):
        click.echo("None of them counts now: the sequence was taken out of use.")


@click.command(epilog="Example: funnel show anxious-attachment@2 name-the-alarm --source")
@click.argument("edition", metavar="SEQUENCE[@N]")
@click.argument("lesson")
@click.option("--text", "form", flag_value="text", default="text", help="As a mail without pictures (the default).")
@click.option("--html", "form", flag_value="html", help="As a mail, to be looked at in a browser.")
@click.option("--source", "form", flag_value="source", help="As it was written.")
@data_dir_option
def show(edition: str, lesson: str, form: str, data_dir: Path | None) -> None:
    """Show LESSON as an edition of SEQUENCE holds it; without @N as readers get it now.

    Of the practice itself, 'practice', LESSON is the name of a file, such as offers/ebook.md. The mail is filled for a
    reader named Ada, and its links open nothing. What one reader was sent is shown by 'funnel ledger'.
    """
    service = open_service(settings_with(data_dir=data_dir))
    slug, info = find_edition(service, edition)
    if slug == PRACTICE:
        parts = _practice_parts(service, info.number)
        if lesson not in parts:
            raise unknown(f"file in {slug}@{info.number}", lesson, parts)
        click.echo(parts[lesson], nl=False)
        return
    found = find_lesson(service, slug, info.number, lesson)
    if form == "source":
        click.echo(lesson_source(found), nl=False)
        return
    compiled = compiled_lesson(service, slug, info.number, lesson)
    assert compiled is not None  # noqa: S101 - published together with the lesson that was just found
    mail = example(compiled, service.settings.site_url, service.clock.now())
    if form == "html":
        click.echo(mail.html)
        return
    subjects = "\n".join(f"Subject: {subject}" for subject in found.subjects)
    click.echo(f"{subjects}\n\n{mail.text}")


@click.command(epilog="Example: funnel diff anxious-attachment@1 anxious-attachment@2")
@click.argument("old", metavar="SEQUENCE@N")
@click.argument("new", required=False, metavar="[SEQUENCE@M]")
@data_dir_option
def diff(old: str, new: str | None, data_dir: Path | None) -> None:
    """Compare two editions, lesson by lesson; without a second one, with what the folder says now.

    'practice' stands for the practice itself, which is compared file by file.
    """
    service = open_service(settings_with(data_dir=data_dir) if new else settings_in_folder(None, data_dir=data_dir))
    slug = split_edition(old)[0]
    if new is not None and (split_edition(new)[0] == PRACTICE) != (slug == PRACTICE):
        raise click.UsageError("A sequence and the practice itself have nothing in common to compare.")
    before_name, before = _edition(service, old)
    after_name, after = _folder(service, slug) if new is None else _edition(service, new)
    names = dict.fromkeys([*after, *before])
    texts = [(name, before.get(name, ""), after.get(name, "")) for name in names]
    lines = [line for text in texts for line in _compared(before_name, after_name, *text)]
    click.echo("\n".join(lines) if lines else f"{before_name} and {after_name} say the same.")


@click.command(epilog="Example: funnel restore anxious-attachment@2")
@click.argument("editions", metavar="SEQUENCE@N…", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--replace-practice", is_flag=True, help="Also where that edition is another practice's.")
@bonus_option
@accept_losses_option
@data_dir_option
def restore(
    editions: tuple[str, ...],
    yes: bool,
    replace_practice: bool,
    bonus: tuple[str, ...],
    accept_losses: bool,
    data_dir: Path | None,
) -> None:
    """Make an older edition count again, as a new one; readers half-way keep their place.

    Shows what will happen to them, and asks; once more where any of them loses a lesson. The folder is left alone.
    Editions that need one another, as a letter needs its pictures in the practice's, are named together.
    """
    service = open_service(settings_with(data_dir=data_dir))
    wanted = dict(_to_restore(service, edition) for edition in editions)
    names = " and ".join(f"{slug}@{number}" for slug, number in wanted.items())
    try:
        drafts = plan_restore(service, wanted, service.clock.now(), bonus=bonus)
    except PublishRefused as error:
        raise click.UsageError(str(error)) from None
    if not drafts:
        click.echo(f"Readers already get what {names} says; there is nothing to restore.")
        return
    if PRACTICE in wanted and not replace_practice:
        see_that_same_restored(service, practice_at(service, wanted[PRACTICE]) or {})
    click.echo(f"{plans_in_words(drafts)}\n")
    question, nothing = f"Restore {names} now?", "Nothing was restored."
    if yes and not accept_losses:
        see_that_losses_accepted(drafts, nothing)
    if not agreed(drafts, question, yes=yes, accept=accept_losses):
        click.echo(nothing)
        return
    try:
        now = service.clock.now()
        done = restore_editions(service, wanted, who(), now, PublishOptions(planned=drafts, bonus=bonus))
    except PublishRefused as error:
        raise CannotStart(f"Nothing was restored. {error}") from None
    for each in done:
        click.echo(
            f"{each.sequence}: edition {each.number} counts from now on, and says what edition "
            f"{wanted[each.sequence]} said."
        )
    click.echo(
        f"The folder is as it was: 'funnel diff {done[0].sequence}@{done[0].number}' shows how it differs, and "
        "'funnel publish' would make that count again."
    )


def _to_restore(service: Service, edition: str) -> tuple[str, int]:
    """The edition to restore, and its number. Raises UsageError."""
    if split_edition(edition)[1] is None:
        raise click.UsageError(f"Say which one: 'funnel editions {edition}' lists them, {edition}@1 is the first.")
    slug, info = find_edition(service, edition)
    return slug, info.number


def _as_json(edition: EditionInfo) -> dict[str, object]:
    return {
        "edition": edition.number,
        "published_at": edition.published_at.isoformat(),
        "published_by": edition.published_by,
        "lessons": edition.lessons,
        "current": edition.current,
    }


def _edition(service: Service, text: str) -> tuple[str, dict[str, str]]:
    """An edition's title and parts: the texts to compare, by name."""
    slug, info = find_edition(service, text)
    if slug == PRACTICE:
        return f"{slug}@{info.number}", _practice_parts(service, info.number)
    sequence = sequence_at(service, slug, info.number)
    assert sequence is not None  # noqa: S101 - just found
    return f"{slug}@{info.number}", _sequence_parts(sequence)


def _folder(service: Service, slug: str) -> tuple[str, dict[str, str]]:
    library, _ = checked(service.settings)
    if slug == PRACTICE:
        return f"{slug} in the folder", practice_parts(practice_source(library))
    sequence = library.sequences.get(slug)
    if sequence is None:
        raise click.UsageError(f"{slug} is not in the folder: name two editions, {slug}@1 {slug}@2.")
    return f"{slug} in the folder", _sequence_parts(sequence)


def _practice_parts(service: Service, number: int) -> dict[str, str]:
    source = practice_at(service, number)
    assert source is not None  # noqa: S101 - just found
    return practice_parts(source)


def _sequence_parts(sequence: Sequence) -> dict[str, str]:
    """The settings, the order and each lesson."""
    lessons = {lesson.id: lesson_source(lesson) for lesson in sequence.lessons}
    return {"sequence.md": sequence_source(sequence), "order of lessons": _order(sequence), **lessons}


def _order(sequence: Sequence) -> str:
    return "".join(f"{lesson.id} ({lesson.on or f'day {sequence.days[lesson.id]}'})\n" for lesson in sequence.lessons)


def _compared(before_name: str, after_name: str, part: str, before: str, after: str) -> list[str]:
    names = (f"{before_name}  {part}", f"{after_name}  {part}")
    return list(difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm=""))
