"""`funnel worker`: one process that hands mail over."""

from __future__ import annotations

import click

from funnel.cli.support.before_mail import warn
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import look_at_mail
from workers.logs import set_up_logs
from workers.worker import run_worker


@click.command(epilog="Example: FUNNEL_REDIS_URL=redis://10.0.0.5:6379/0 funnel worker")
def command() -> None:
    """Run one worker alone: it takes batches from Redis and hands the mail over.

    Start as many as are wanted, on as many machines. SIGTERM lets it finish what is on the wire, at most 30 seconds.
    """
    service = open_service()
    look_at_mail(service.settings)
    set_up_logs(service.settings.log_format, "worker")
    warn(service)
    run_worker(service)
