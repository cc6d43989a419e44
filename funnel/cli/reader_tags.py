"""`funnel reader tag`, `untag` and `show`: the words that the practice puts on a reader, and how she stands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from funnel.cli.plan import data_dir_option
from funnel.cli.publish import who
from funnel.cli.support.changes import sorted_out
from funnel.cli.support.formatting import moment
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import in_a_sentence
from funnel.curriculum.parse.report import printable
from funnel.curriculum.tag_names import is_tag
from funnel.insight.people import PersonEnrolment, enrolments_of
from funnel.models import Lead, LeadState, Tagging
from funnel.people.leads import find_lead
from funnel.people.tags import taggings_of
from funnel.subscription.tagging import TagChange, TagWish, set_tags

_WANTED = "a tag: write evening, +evening or -evening, with small letters, digits, hyphens and one colon at most"


# An argument with a leading minus is a change here, not an unknown option.
@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="Example: funnel reader tag ada@example.org evening -group",
)
@click.argument("email")
@click.argument("changes", nargs=-1, required=True, metavar="TAG|-TAG...", type=click.UNPROCESSED)
@click.option("--agreed", metavar="WORDS", default="", help="How and when she agreed to what it starts; kept.")
@data_dir_option
def tag(email: str, changes: tuple[str, ...], agreed: str, data_dir: Path | None) -> None:
    """Put tags on EMAIL (evening) or take them away (-evening). A lesson asks for them: 'evening' in tags.

    A tag starts what says start_on: "tag:evening", at once, for who agreed to that; and ends what says so in stop_when.
    """
    signed = [change if change[:1] in "+-" else f"+{change}" for change in changes]
    add, remove = sorted_out(signed, _named, _WANTED)
    _change(email, TagWish(tuple(add), tuple(remove), who(), agreed), data_dir)


@click.command(epilog="Example: funnel reader untag ada@example.org evening")
@click.argument("email")
@click.argument("tags", nargs=-1, required=True)
@data_dir_option
def untag(email: str, tags: tuple[str, ...], data_dir: Path | None) -> None:
    """Take TAGS off EMAIL. What they started goes on, and what they ended stays ended."""
    _change(email, TagWish(remove=tags, by=who()), data_dir)


def _change(email: str, wish: TagWish, data_dir: Path | None) -> None:
    service = open_service(settings_with(data_dir=data_dir))
    with in_a_sentence():
        change = set_tags(service, email, wish, service.clock.now())
    click.echo("\n".join(change_said(email, change)))


def change_said(email: str, change: TagChange) -> list[str]:
    """What became of her tags, a sentence a line."""
    lines = [f"{email} has the tags {', '.join(change.tags)}." if change.tags else f"{email} has no tags."]
    lines += [f"{slug} begins." for slug in change.began]
    lines += [f"{slug} has ended kindly." for slug in change.ended]
    for slug, why in change.not_begun:
        ask = "; ask her, and then say how and when she did, with --agreed" if "not agreed" in why else ""
        lines.append(f"{slug} does not begin: {why}{ask}.")
    return lines


@click.command(epilog="Example: funnel reader show ada@example.org")
@click.argument("email")
@data_dir_option
def show(email: str, data_dir: Path | None) -> None:
    """Say how EMAIL stands: the tags she has, when each was put on her and by whom, and the sequences she was on."""
    service = open_service(settings_with(data_dir=data_dir))
    zone = service.library.practice.zone
    with in_a_sentence(), service.db.read() as session:
        lead = find_lead(session, email)
        if lead is None or lead.state == LeadState.ERASED:
            raise LookupError(f"nobody signed up as {email}")
        put = taggings_of(session, lead.id)
        enrolments = enrolments_of(session, [lead.id]).get(lead.id, ())
        lines = [f"{email}: {lead.state}. Times are {zone}'s.", *_tag_lines(lead, put, zone)]
    click.echo("\n".join([*lines, *(_sequence_line(each, zone) for each in enrolments)]))


def _tag_lines(lead: Lead, put: list[Tagging], zone: str) -> list[str]:
    def said(at: datetime, by: str) -> str:
        return f"{moment(at, zone)}" + (f" by {printable(by, 80)}" if by else "")

    written = {each.name for each in put if each.taken_at is None}
    lines = [f"  tag {name}" for name in lead.tags if name not in written]
    for each in put:
        ended = f", taken off {said(each.taken_at, each.taken_by)}" if each.taken_at else ""
        lines.append(f"  tag {each.name}, put on {said(each.at, each.put_by)}{ended}")
    return lines


def _sequence_line(each: PersonEnrolment, zone: str) -> str:
    why = f": {each.reason}" if each.reason else ""
    return f"  {each.sequence}, {each.state}{why}, began {moment(each.started_at, zone)} ({each.trigger})"


def _named(text: str) -> str:
    if not is_tag(text):
        raise ValueError(text)
    return text
