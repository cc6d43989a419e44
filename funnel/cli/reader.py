"""`funnel reader`: what the practice does for one reader."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import click

from funnel.cli.loading import open_service
from funnel.cli.options import settings_with
from funnel.cli.plan import data_dir_option
from funnel.cli.problems import CannotStart
from funnel.cli.published import sequence_in_use
from funnel.cli.saying import count, sentence_of
from funnel.curriculum.parse.fields import is_slug
from funnel.curriculum.parse.report import printable
from funnel.journey.by_hand import enrol_by_hand, mark_client, set_quiet_days, set_tags


@click.group(epilog="Example: funnel reader enrol ada@example.org anxious-attachment")
def command() -> None:
    """Put a reader on a sequence, tag her, or note her quiet days or that she is a client now."""


@command.command(epilog="Example: funnel reader enrol ada@example.org anxious-attachment --again")
@click.argument("email")
@click.argument("sequence")
@click.option("--again", is_flag=True, help="Also where she has walked it before: from the beginning.")
@data_dir_option
def enrol(email: str, sequence: str, again: bool, data_dir: Path | None) -> None:
    """Start SEQUENCE for EMAIL, who has to have confirmed. The first lesson goes at once."""
    service = open_service(settings_with(data_dir=data_dir))
    slug = sequence_in_use(service, sequence)
    try:
        enrolment = enrol_by_hand(service, email, slug, service.clock.now(), again=again)
    except LookupError as error:
        raise CannotStart(sentence_of(error)) from None
    once_more = f", for the {enrolment.round}. time" if enrolment.round > 1 else ""
    click.echo(f"{email} starts {slug}{once_more}.")


# What begins with a minus is a tag here, and no option that is not known.
@command.command(
    context_settings={"ignore_unknown_options": True},
    epilog="Example: funnel reader tag ada@example.org +evening -group",
)
@click.argument("email")
@click.argument("changes", nargs=-1, required=True, metavar="+TAG|-TAG...", type=click.UNPROCESSED)
@data_dir_option
def tag(email: str, changes: tuple[str, ...], data_dir: Path | None) -> None:
    """Put tags on EMAIL (+evening) or take them away (-evening). A lesson asks for them: 'evening' in tags."""
    add, remove = _tags(changes, "+"), _tags(changes, "-")
    service = open_service(settings_with(data_dir=data_dir))
    try:
        tags = set_tags(service, email, add, remove)
    except LookupError as error:
        raise CannotStart(sentence_of(error)) from None
    click.echo(f"{email} has the tags {', '.join(tags)}." if tags else f"{email} has no tags.")


@command.command(
    context_settings={"ignore_unknown_options": True},
    epilog="Example: funnel reader quiet ada@example.org +2027-02-14",
)
@click.argument("email")
@click.argument("changes", nargs=-1, required=True, metavar="+DATE|-DATE...", type=click.UNPROCESSED)
@data_dir_option
def quiet(email: str, changes: tuple[str, ...], data_dir: Path | None) -> None:
    """Note dates on which EMAIL asked not to hear (+2027-02-14), or take them back (-2027-02-14)."""
    add, remove = _dates(changes, "+"), _dates(changes, "-")
    service = open_service(settings_with(data_dir=data_dir))
    try:
        days = set_quiet_days(service, email, add, remove, service.clock.now())
    except LookupError as error:
        raise CannotStart(sentence_of(error)) from None
    click.echo(f"{email} hears nothing on {', '.join(map(str, days))}." if days else f"{email} has no quiet days.")


@command.command(epilog="Example: funnel reader client ada@example.org")
@click.argument("email")
@data_dir_option
def client(email: str, data_dir: Path | None) -> None:
    """Note that EMAIL is a client now. Sequences that say 'stop_when: [client]' end for her; others go on."""
    service = open_service(settings_with(data_dir=data_dir))
    try:
        ended = mark_client(service, email, service.clock.now())
    except LookupError as error:
        raise CannotStart(sentence_of(error)) from None
    click.echo(f"{email} is a client now; {count(ended, 'sequence')} ended kindly.")


def _dates(changes: Iterable[str], sign: str) -> list[date]:
    """The dates after this sign. Raises UsageError for what has no sign, or is no date."""
    found = []
    for change in changes:
        try:
            day = date.fromisoformat(change[1:])
        except ValueError:
            day = None
        if change[:1] not in ("+", "-") or day is None:
            raise click.UsageError(f"'{printable(change)}' is no change of a date: write +2027-02-14 or -2027-02-14.")
        if change[0] == sign:
            found.append(day)
    return found


def _tags(changes: Iterable[str], sign: str) -> list[str]:
    """The tags after this sign. Raises UsageError for what has no sign, or cannot be a tag."""
    found = []
    for change in changes:
        if change[:1] not in ("+", "-") or not is_slug(change[1:]):
            raise click.UsageError(
                f"'{printable(change)}' is no change of a tag: write +evening or -evening, with small letters, "
                "digits and hyphens."
            )
        if change[0] == sign:
            found.append(change[1:])
    return found
