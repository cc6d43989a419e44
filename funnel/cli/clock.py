"""`funnel clock`: the process that finds what is due."""

from __future__ import annotations

import click

from funnel.cli.support.before_mail import warn
from funnel.cli.support.loading import open_service
from funnel.tracking.tracking import start_intake
from workers.logs import set_up_logs
from workers.ticker import run_clock


@click.command(epilog="Example: FUNNEL_DATABASE_URL=postgresql://funnel@10.0.0.5/funnel funnel clock")
def command() -> None:
    """Run the clock alone: it finds and enqueues what is due, and takes in the opens and clicks that wait.

    One is enough; a second on another machine does no harm and takes over when the first one dies.
    """
    service = open_service()
    set_up_logs(service.settings.log_format, "clock")
    warn(service)
    start_intake(service, service.hits, keeps_lock=True)
    run_clock(service)
