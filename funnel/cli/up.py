"""`funnel up`: everything, in the foreground."""

from __future__ import annotations

import signal
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from funnel.cli.support.at_work import not_at_work
from funnel.cli.support.before_mail import in_short
from funnel.cli.support.folder import in_folder
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import CannotStart
from funnel.cli.support.running import Running, start_service
from funnel.curriculum.reserved import is_loopback
from workers.logs import set_up_logs
from workers.stopping import Stop

__all__ = ["Running", "command", "start_service"]


@click.command(epilog="Example: funnel up --port 8080 --data-dir ~/letters")
@click.option("--host", metavar="ADDRESS", help="Where to listen; 127.0.0.1 is this machine only.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="Where to listen; 0 takes any free port.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept.")
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", help="How many processes hand mail over.")
@click.option("--browser/--no-browser", default=False, show_default=True, help="Open the dashboard when it is ready.")
def command(host: str | None, port: int | None, data_dir: Path | None, workers: int | None, browser: bool) -> None:
    """Run the whole service on this machine: web, workers, clock, and what they need.

    Whatever is not set up is provided: a key, a database and a Redis in the data folder, and a mail catcher that
    keeps mail instead of sending it. Stops with Ctrl-C; pressed twice, at once.
    """
    settings = settings_with(web_host=host, web_port=port, data_dir=data_dir, workers=workers)
    set_up_logs(settings.log_format, "up")
    stop = Stop()
    stop.on_signals(None, signal.SIGHUP)
    settings = in_folder(settings)
    click.echo(f"Starting; what is kept lies in {settings.data_dir} …")
    try:
        running = start_service(settings, stopping=stop)
    except CannotStart:
        if stop.requested:  # interrupted on purpose: not a failure
            click.echo("Stopped.")
            return
        raise
    click.echo(welcome(running, not_at_work(running, stop), shown=sys.stdout.isatty()))
    if browser:
        webbrowser.open(running.sign_in_url)
    stop.wait()
    click.echo("Stopping: letting what is under way finish. Ctrl-C again ends everything at once.")
    _stop(running, stop)
    click.echo("Stopped.")


def _stop(running: Running, stop: Stop) -> None:
    """Stops in order, and at once on a second signal."""
    done = threading.Thread(target=running.stop, name="stopping")
    done.start()
    while done.is_alive():
        done.join(0.1)
        if stop.signals > 1:
            running.kill()


def welcome(running: Running, missing: Sequence[str] = (), *, shown: bool = True) -> str:
    """The text on the screen when all is ready. `missing` names the processes that have not come up, and why.

    What is not `shown` to somebody but written to a log holds no link that signs in to a public site.
    """
    prepared = running.prepared
    public = not is_loopback(urlsplit(running.site_url).hostname or "")
    lines = ["", f"  Site       {running.site_url}/"]
    if public and not shown:
        lines += [
            f"  Dashboard  {running.site_url}/dashboard",
            "             'funnel user add EMAIL' prints a link that signs in",
        ]
    else:
        lines += [
            f"  Dashboard  {running.sign_in_url}",
            f"             signs {prepared.admin} in, once, within 30 minutes",
        ]
    if running.outbox_dir is not None:
        lines += [f"  Mail       {running.site_url}/outbox", "             is caught here and sent to nobody"]
        if public:
            lines += [
                "             NO MAIL LEAVES THIS PUBLIC SITE: set FUNNEL_MAIL_URL (docs/sending.md).",
                "             Until then it can be read after signing in to the dashboard.",
            ]
    if prepared.published:
        lines += ["", f"  Published for the first time: {', '.join(prepared.published)}."]
    if prepared.other_practice:
        lines += ["", f"  {prepared.other_practice}"]
    elif prepared.unpublished:
        lines += ["", f"  Not published yet: {', '.join(prepared.unpublished)}. See 'funnel publish'."]
    before = in_short(prepared.before_mail, running.settings.real_mail)
    if before:
        lines += ["", *(f"  {line}" for line in before)]
    return "\n".join([*lines, *_alarm(missing), ""])


def _alarm(missing: Sequence[str]) -> list[str]:
    """The last text on the screen, so that nobody overlooks it."""
    if not missing:
        return []
    lines = ["", "  MAIL WAITS: this has not come up. It is started again and again; no mail is lost."]
    return lines + [f"    {line}" for each in missing for line in each.splitlines()]
