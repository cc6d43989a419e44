"""`funnel recount`: prove the figures from what was recorded, and mend them."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from funnel.cli.plan import data_dir_option, json_option
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.tracking.recount import disagreements, recount
from funnel.wiring import Service

_AGREED = "Every figure agrees with the rows, and the rows with what was recorded."


@click.command(epilog="Example: funnel recount --check")
@click.option("--check", is_flag=True, help="Only look. Exit code 1 where something differs.")
@data_dir_option
@json_option
def command(check: bool, data_dir: Path | None, as_json: bool) -> None:
    """Count everything again from the rows and the recorded opens and clicks, and write the figures anew.

    Page views of offers are counted as they happen and are not recorded one by one: they stay.
    """
    service = open_service(settings_with(data_dir=data_dir))
    with closing(service.db):
        said = _look(service) if check else _mend(service)
    wrong = said["differences"]
    if as_json:
        click.echo(json.dumps(said))
    else:
        ending = (
            "These figures differ: run 'funnel recount' to write them anew." if check else "They were written anew."
        )
        click.echo("\n".join([*wrong, ending] if wrong else [_AGREED]))
    if check and wrong:
        sys.exit(1)


def _look(service: Service) -> dict[str, Any]:
    with service.db.read() as session:
        wrong = disagreements(session, service.events_kept_since)
    return {"agrees": not wrong, "differences": wrong}


def _mend(service: Service) -> dict[str, Any]:
    done = recount(service)
    return {
        "agrees": not done.wrong,
        "differences": list(done.wrong),
        "mails_mended": done.mails,
        "lesson_counts": done.lesson_counts,
        "cohort_counts": done.cohort_counts,
    }
