"""`funnel rehearse`: the calendar a reader would live, from the folder alone."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from funnel.cli.support.cast import in_language, read_character, with_answers, with_result
from funnel.cli.support.folder import settings_in_folder
from funnel.cli.support.formatting import moment, plural
from funnel.cli.support.naming import unknown
from funnel.cli.support.problems import CannotStart
from funnel.cli.support.rehearsal import Rehearsal
from funnel.clock import open_clock
from funnel.compose.cast import CAST
from funnel.curriculum import (
    Calendar,
    Library,
    ReaderClock,
    Sequence,
    is_zone,
    parse_library,
    read_folder,
    rehearse,
    wall_time,
    zone_names,
)
from funnel.curriculum.parse.report import printable
from funnel.curriculum.questions import asked_questions
from funnel.curriculum.schedule import Step
from funnel.curriculum.schedule.rounds import first_day
from funnel.curriculum.sold import started_in_words
from funnel.curriculum.tag_names import asked_tags
from funnel.settings import Settings

_MORNING = time(9)
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
# \b keeps click from joining the lines.
_WHO = "\b\n" + "\n".join(f"  {who.key}: {who.about}" for who in CAST.values())


@click.command(
    epilog="Example: funnel rehearse anxious-attachment --as fay --from 2027-03-20 --html mails\n\n"
    f"READER is one of the cast:\n\n{_WHO}\n\nor what is known of somebody, with commas, or both: fay,booked.\n\n"
    "\b\n  quiz=anxious  watched=3  booked  replied  slower  discreet  name=Ada\n"
    "  tag=evening  opened=LESSON  clicked=LESSON"
)
@click.argument("sequence")
@click.argument(
    "folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.option("--zone", metavar="PLACE", help="Where the reader lives, such as Australia/Sydney.")
@click.option("--from", "start", metavar="DATE", help="When the reader begins, there: 2027-03-20, or 2027-03-20T21:30.")
@click.option("--as", "reader", metavar="READER", default="ada", show_default=True, help="Who walks it; see below.")
@click.option("--quiz", "region", metavar="REGION", help="What her quiz came to: anxious, in_between, …")
@click.option("--answer", "answers", metavar="NAME=VALUE", multiple=True, help="What she answered: where=ended.")
@click.option("--language", metavar="CODE", help="The language she reads in, such as de; else the practice's own.")
@click.option("--html", "html_dir", metavar="DIR", type=click.Path(path_type=Path), help="Write every mail there.")
@click.option("--json", "as_json", is_flag=True, help="Say it for a program to read.")
def command(
    sequence: str,
    folder: Path | None,
    zone: str | None,
    start: str | None,
    reader: str,
    region: str | None,
    answers: tuple[str, ...],
    language: str | None,
    html_dir: Path | None,
    as_json: bool,
) -> None:
    """Show the calendar a reader would live: each lesson, when, and why not earlier.

    Reads the folder, not what was published; nothing is sent and nothing is changed.
    Without DIR the folder you are in is read, or the one published last; the first line says which.
    Without --from the reader begins now; a date alone means nine in the morning.
    """
    settings = settings_in_folder(folder, to_people=not as_json)
    library = _library(settings.sequences_dir, sequence)
    course = library.sequences[sequence]
    who = in_language(read_character(reader), library.practice, language)
    who = who if region is None else with_result(who, region)
    who = with_answers(who, answers, asked_questions(offer.questions for offer in library.offers.values()))
    place = _place(zone or who.zone or library.practice.zone)
    began = _start(start, place) if start else open_clock(settings.time_lapse, settings.data_dir).now()
    reader_clock, calendar = ReaderClock(place, slower=who.slower), Calendar.of(library.practice)
    steps = rehearse(course, reader_clock, calendar, began, who.facts_in(course))
    rehearsal = Rehearsal(course, who, place, began, steps)
    if as_json:
        click.echo(json.dumps([_as_json(step) for step in steps], ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(rehearsal)))
    if html_dir is not None:
        _write(settings, library, rehearsal, html_dir, quietly=as_json)


def _library(folder: Path, slug: str) -> Library:
    """The folder, as far as this sequence needs it. Raises UsageError or CannotStart."""
    files, unread = read_folder(folder)
    library, problems = parse_library(files)
    if library is not None and slug not in library.sequences:
        raise unknown("sequence", slug, library.sequences)
    wrong = [problem for problem in (*unread, *problems) if problem.severity == "error"]
    # A mistake in another sequence must not stop a rehearsal of this one.
    ours = [problem for problem in wrong if problem.path.startswith((f"{slug}/", "practice.toml"))]
    if library is None or ours:
        errors = plural(len(wrong), "error")
        raise CannotStart(f"{folder} has {errors}; 'funnel check' lists them all. The first: {(ours or wrong)[0]}")
    return library


def _place(zone: str) -> str:
    if is_zone(zone):
        return zone
    raise unknown("time zone", zone, zone_names())


def _start(text: str, zone: str) -> datetime:
    """When the reader begins, in UTC, from a local date, or date and time. Raises UsageError."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        local = None
    if local is None or local.tzinfo is not None or not _FIRST_YEAR <= local.year <= _LAST_YEAR:
        raise click.UsageError(
            f"'{printable(text)}' is no date to begin on: write 2027-03-20, or 2027-03-20T21:30, without an offset."
        )
    alone = "T" not in text and ":" not in text
    return wall_time(local.date(), _MORNING if alone else local.time(), zone)


def _lines(rehearsal: Rehearsal) -> list[str]:
    sequence, who, place, steps = rehearsal.sequence, rehearsal.who, rehearsal.zone, rehearsal.steps
    width = max(len(step.lesson.id) for step in steps) if steps else 0
    sent = sum(not step.passed_over for step in steps)
    whom = f"{who.first_name or 'a reader without a name'} in {place}"
    lines = [f"{sequence.slug}, for {whom}, who begins on {moment(rehearsal.began, place)}", ""]
    if who.facts.booked and "booked" in sequence.stop_when:
        lines += ["Who has booked gets no more of this sequence (stop_when); what follows is for who books later.", ""]
    if who.facts.replied and "replied" in sequence.stop_when:
        lines += [
            "Who has answered gets no more of this sequence (stop_when); what follows is for who answers later.",
            "",
        ]
    lines += _by_tags(sequence, who.facts.tags)
    if sequence.rounds and first_day(sequence, _day(rehearsal.began, place)) is None:
        lines += ["No round can be joined then; this is the calendar of one that would begin on that day.", ""]
    for step in steps:
        when = "passed over" if step.passed_over else moment(step.due.at, step.due.zone)
        utc = "" if step.passed_over else f"{step.due.at:%Y-%m-%d %H:%M} UTC"
        lines.append(f"  {step.lesson.id:<{width}}  {when:<21}  {utc}".rstrip())
        if step.reason:
            lines.append(f"  {'':<{width}}  {step.reason}")
    last = [step.due.at for step in steps if not step.passed_over]
    # The first and the last day count, as on every page that tells how many mails come over how many days.
    first = last[0] if sequence.rounds and last else rehearsal.began
    days = (_day(last[-1], place) - _day(first, place)).days + 1 if last else 0
    return [*lines, "", f"{plural(sent, 'mail')} over {plural(days, 'day')}. Nothing was sent."]


def _by_tags(sequence: Sequence, tags: frozenset[str]) -> list[str]:
    """What is to be known of tags: whether one starts it, and one of hers would end it."""
    starting = started_in_words(sequence.start_on)
    ending = [name for name in asked_tags(sequence.stop_when) if name in tags]
    lines = []
    if starting:
        lines += [f"It starts {starting}.", ""]
    if ending:
        lines += [
            f"Who is given the tag {' or '.join(ending)} gets no more of this sequence (stop_when); what follows is "
            "for who is given it later.",
            "",
        ]
    return lines


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _as_json(step: Step) -> dict[str, Any]:
    return {
        "lesson": step.lesson.id,
        "subjects": list(step.lesson.subjects),
        "local": step.due.local.isoformat(timespec="minutes"),
        "zone": step.due.zone,
        "utc": step.due.at.isoformat(timespec="minutes"),
        "passed_over": step.passed_over,
        "reason": step.reason,
    }


def _write(settings: Settings, library: Library, rehearsal: Rehearsal, folder: Path, *, quietly: bool) -> None:
    from funnel.cli.support.rendering import (
        write_mails,  # as slow to import as all the rest, and rarely asked for
    )

    written = write_mails(settings, library, rehearsal, folder)
    click.echo(f"{plural(written, 'mail')} written to {folder}, each as .html and .txt.", err=quietly)
