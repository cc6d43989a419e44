"""`funnel catcher`: keeps mail instead of sending it."""

from __future__ import annotations

import click

from funnel.cli.support.options import settings_with
from funnel.clock import open_clock
from workers.catcher import Catcher, CaughtMailFolder
from workers.logs import set_up_logs
from workers.stopping import Stop


@click.command(epilog="Example: funnel catcher --port 1025")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="Where to listen on 127.0.0.1.")
@click.option("--refuse", multiple=True, metavar="ADDRESS", help="Refuse mail to it (* is any); may be repeated.")
def command(port: int | None, refuse: tuple[str, ...]) -> None:
    """Run the mail catcher alone: what the service sends is kept in a folder, and goes no further."""
    settings = settings_with(outbox_port=port)
    set_up_logs(settings.log_format, "catcher")
    clock = open_clock(settings.time_lapse, settings.data_dir)
    stop = Stop()
    stop.on_signals(patience_seconds=10)
    folder = CaughtMailFolder(settings.data_dir / "outbox", clock.now)
    catcher = Catcher(folder, "127.0.0.1", settings.outbox_port, refuse=refuse)
    catcher.start()
    stop.wait()
    catcher.stop()
