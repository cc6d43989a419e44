"""`funnel preview`: every lesson as mail, on this machine, while it is being written."""

from __future__ import annotations

import tempfile
import threading
import webbrowser
from pathlib import Path

import click
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from funnel.cli.support.cast import language_given
from funnel.cli.support.folder import settings_in_folder
from funnel.cli.support.ports import claim_port
from funnel.cli.support.problems import CannotStart
from funnel.curriculum import read_folder
from funnel.curriculum.parse.practice import PATH as PRACTICE
from funnel.curriculum.parse.practice import read_practice
from funnel.curriculum.parse.report import Report
from funnel.settings import Settings
from funnel.web.preview import create_preview
from workers.stopping import Stop

HOST = "127.0.0.1"
USUAL_PORT = 8025


class _Quiet(WSGIRequestHandler):
    """Logs failures only, not each request."""

    timeout = 60  # seconds before a silent connection is closed

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


@click.command(epilog="Example: funnel preview my-letters --open")
@click.argument(
    "folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="Where to listen; 0 takes any free port.")
@click.option("--language", metavar="CODE", help="The language readers read in, such as de; else the practice's own.")
@click.option("--open", "opens", is_flag=True, help="Open it in the browser.")
def command(folder: Path | None, port: int | None, language: str | None, opens: bool) -> None:
    """Show every lesson as mail, in the browser, and follow what is saved.

    Without DIR the folder you are in is shown, or the one published last; the first line says which.
    Nothing is sent, and nobody but this machine can open it. Stops with Ctrl-C.
    """
    settings = settings_in_folder(folder)
    spoken = _language(settings.sequences_dir, language)
    with tempfile.TemporaryDirectory(prefix="funnel-preview-") as media:
        _run(start(settings, _port(port), Path(media), spoken), settings, opens)


def _run(server: BaseWSGIServer, settings: Settings, opens: bool) -> None:
    """Serves until it is told to stop."""
    stop = Stop()
    stop.on_signals(patience_seconds=10)
    url = f"http://{HOST}:{server.port}/"
    click.echo(f"It can be seen at {url} and follows what you save. Stop with Ctrl-C.")
    if opens:
        webbrowser.open(url)
    stop.wait()
    stop_server(server)


def start(settings: Settings, port: int, media: Path | None = None, language: str = "") -> BaseWSGIServer:
    """The preview, serving in its own threads. `port` must be free, or 0; the server's `port` is the actual one."""
    app = create_preview(
        settings.sequences_dir, settings.templates_dir, site_url=settings.site_url, media=media, language=language
    )
    server = make_server(HOST, port, app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, args=(0.1,), name="preview", daemon=True).start()
    return server


def stop_server(server: BaseWSGIServer) -> None:
    """Stops serving, and ends pages that wait for a change."""
    server.app.extensions["preview"].close()  # type: ignore[attr-defined]
    server.shutdown()


def _language(folder: Path, language: str | None) -> str:
    """The language that was named, "" for the practice's own. Raises UsageError where nobody is served in it."""
    practice = read_practice(read_folder(folder)[0].get(PRACTICE), Report()) if language is not None else None
    return "" if language is None or practice is None else language_given(language, practice)


def _port(asked: int | None) -> int:
    """The requested port; by default the usual one, or any other if that is taken."""
    if asked is not None:
        return claim_port(HOST, asked)
    try:
        return claim_port(HOST, USUAL_PORT)
    except CannotStart:
        return 0
