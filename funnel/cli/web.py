"""`funnel web`: the web server."""

from __future__ import annotations

import click

from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.cli.support.ports import claim_port
from funnel.cli.support.web_server import load, serve
from workers.logs import set_up_logs


@click.command(epilog="Example: funnel web --host 0.0.0.0 --port 8000")
@click.option("--host", metavar="ADDRESS", help="Where to listen; 127.0.0.1 is this machine only.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="Where to listen.")
def command(host: str | None, port: int | None) -> None:
    """Run the web server alone: pages, dashboard, opens and clicks."""
    settings = settings_with(web_host=host, web_port=port)
    set_up_logs(settings.log_format, "web")
    claim_port(settings.web_host, settings.web_port)
    load()
    # Opened once here, so that a wrong setting or an old database is one sentence and not one for each process; and so
    # that those serve with what was found for it: the key that is kept, the Redis of a `funnel up` on the same data.
    service = open_service(settings)
    service.db.close()
    serve(service.settings)
