"""`funnel replies`: the mailbox where readers answer, and which letters they answered."""

from __future__ import annotations

import json
from pathlib import Path

import click

from funnel.bounces.waiting_mail import MailboxError
from funnel.cli.plan import data_dir_option, json_option
from funnel.cli.support.formatting import plural
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import CannotStart
from funnel.curriculum.parse.report import printable
from funnel.insight.lessons import LessonReport, sequence_reports
from funnel.models import LessonMeasure
from workers.logs import set_up_logs


@click.group(epilog="Example: funnel replies figures")
def command() -> None:
    """Read the mailbox where readers answer, and say which letters they answered."""


@command.command(epilog="Example: funnel replies read")
@data_dir_option
def read(data_dir: Path | None) -> None:
    """Read what came to FUNNEL_REPLIES_MAILBOX since the last time, and end.

    Nothing in the mailbox is marked, moved or deleted: people find every mail as it came.
    """
    from workers.inbox import open_inbox  # figures need no mailbox

    service = open_service(settings_with(data_dir=data_dir))
    try:
        done = open_inbox(service).read()
    except MailboxError as error:
        raise CannotStart(str(error)) from None
    finally:
        service.db.close()
    said = ", ".join(f"{number} {what}" for what, number in sorted(done.items())) or "nothing new"
    click.echo(f"{said}. Nothing in the mailbox was changed.")


@command.command(epilog="Example: funnel replies watch")
@data_dir_option
def watch(data_dir: Path | None) -> None:
    """Read FUNNEL_REPLIES_MAILBOX once a minute, until it is stopped.

    `funnel up` runs this by itself where it is set.
    """
    from workers.inbox import run_inbox

    service = open_service(settings_with(data_dir=data_dir))
    set_up_logs(service.settings.log_format, "inbox")
    run_inbox(service)


@command.command(epilog="Example: funnel replies figures --json")
@data_dir_option
@json_option
def figures(data_dir: Path | None, as_json: bool) -> None:
    """Say how many readers wrote back to each lesson."""
    service = open_service(settings_with(data_dir=data_dir))
    with service.db.read() as session:
        found = [(report.sequence, lesson) for report in sequence_reports(session) for lesson in report.lessons]
    if as_json:
        lines = [
            {"sequence": sequence, "lesson": lesson.lesson_id, "sent": _sent(lesson), "replied": _replied(lesson)}
            for sequence, lesson in found
        ]
        click.echo(json.dumps(lines, ensure_ascii=False))
        return
    for sequence, lesson in found:
        wrote = f"{_replied(lesson)} wrote back" if _replied(lesson) else "nobody wrote back"
        click.echo(f"{sequence} {lesson.lesson_id}: {wrote}, of {plural(_sent(lesson), 'mail')} sent")
        click.echo(f"    {printable(lesson.subject, 200)}")
    if not found:
        click.echo("Nothing is published yet.")


def _sent(lesson: LessonReport) -> int:
    return lesson.counts[LessonMeasure.ACCEPTED]


def _replied(lesson: LessonReport) -> int:
    return lesson.counts[LessonMeasure.REPLIED]
