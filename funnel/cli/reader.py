"""`funnel reader`: what the practice does for one reader."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from funnel.cli.plan import data_dir_option
from funnel.cli.reader_purchases import bought, refunded
from funnel.cli.reader_tags import show, tag, untag
from funnel.cli.support.changes import sorted_out
from funnel.cli.support.formatting import moment, plural
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import in_a_sentence
from funnel.cli.support.published import sequence_in_use
from funnel.enrolment.standing import standing
from funnel.models import Enrolment, Lead
from funnel.subscription.manual import enrol_by_hand, mark_client, set_quiet_days
from funnel.subscription.taking_up import take_up
from funnel.wiring import Service


@click.group(epilog="Example: funnel reader enrol ada@example.org anxious-attachment")
def command() -> None:
    """Put a reader on a sequence, go on with one that was stopped, tag her, or note what is to be known of her."""


@command.command(epilog="Example: funnel reader enrol ada@example.org anxious-attachment --again")
@click.argument("email")
@click.argument("sequence")
@click.option("--again", is_flag=True, help="Also where she has walked it before: from the beginning.")
@click.option("--agreed", metavar="WORDS", default="", help="How and when she agreed to it; kept as evidence.")
@data_dir_option
def enrol(email: str, sequence: str, again: bool, agreed: str, data_dir: Path | None) -> None:
    """Start SEQUENCE for EMAIL, who has to have agreed to it, and say when its first lesson goes.

    Who agreed on a form or by a link has done so. Where she told you, say how and when with --agreed.
    """
    service = open_service(settings_with(data_dir=data_dir))
    slug = sequence_in_use(service, sequence)
    with in_a_sentence():
        enrolment = enrol_by_hand(service, email, slug, service.clock.now(), again=again, agreed=agreed)
    once_more = f", for the {enrolment.round}. time" if enrolment.round > 1 else ""
    click.echo(f"{email} starts {slug}{once_more}. {_first_lesson(service, enrolment)}")


def _first_lesson(service: Service, enrolment: Enrolment) -> str:
    """When the first lesson is sent, in the reader's time zone, by the rules that send it."""
    now = service.clock.now()
    with service.db.read() as session:
        found = standing(session, service, session.get_one(Lead, enrolment.lead_id), now, slug=enrolment.sequence)
    if found.next is None:
        return "No lesson of it is to be sent."
    if found.next.undated:
        return "It begins together, and no date is set: the first lesson goes once you publish one."
    if found.next.at is None:
        return "It rests at the moment: the first lesson goes when it is resumed."
    if found.next.at <= now:
        return "The first lesson goes at once."
    return f"The first lesson goes on {moment(found.next.at, found.zone)} ({found.zone})."


@command.command(epilog="Example: funnel reader resume ada@example.org anxious-attachment")
@click.argument("email")
@click.argument("sequence")
@data_dir_option
def resume(email: str, sequence: str, data_dir: Path | None) -> None:
    """Go on with SEQUENCE for EMAIL where it was stopped, at the next time a lesson may go to her."""
    service = open_service(settings_with(data_dir=data_dir))
    slug = sequence_in_use(service, sequence)
    with in_a_sentence():
        found = take_up(service, email, slug, service.clock.now())
    when = "once the date of a round is set"
    if found.due_at is not None:
        when = f"on {moment(found.due_at, found.zone)} ({found.zone})"
    click.echo(f"{email} goes on with {slug}: {found.lesson_id} is next, {when}.")


# An argument with a leading minus is a change here, not an unknown option.
@command.command(
    context_settings={"ignore_unknown_options": True}, epilog="Example: funnel reader quiet ada@example.org +2027-02-14"
)
@click.argument("email")
@click.argument("changes", nargs=-1, required=True, metavar="+DATE|-DATE...", type=click.UNPROCESSED)
@data_dir_option
def quiet(email: str, changes: tuple[str, ...], data_dir: Path | None) -> None:
    """Note dates on which EMAIL asked not to hear (+2027-02-14), or take them back (-2027-02-14)."""
    add, remove = sorted_out(changes, date.fromisoformat, "a date: write +2027-02-14 or -2027-02-14")
    service = open_service(settings_with(data_dir=data_dir))
    with in_a_sentence():
        days = set_quiet_days(service, email, add, remove, service.clock.now())
    click.echo(f"{email} hears nothing on {', '.join(map(str, days))}." if days else f"{email} has no quiet days.")


@command.command(epilog="Example: funnel reader client ada@example.org")
@click.argument("email")
@data_dir_option
def client(email: str, data_dir: Path | None) -> None:
    """Note that EMAIL is a client now. Sequences that say 'stop_when: [client]' end for her; others go on."""
    service = open_service(settings_with(data_dir=data_dir))
    with in_a_sentence():
        ended = mark_client(service, email, service.clock.now())
    click.echo(f"{email} is a client now; {plural(ended, 'sequence')} ended kindly.")


command.add_command(bought)
command.add_command(refunded)
command.add_command(tag)
command.add_command(untag)
command.add_command(show)
