"""`funnel demo`: the whole service, an audience that acts only over HTTP and SMTP, and what each of them saw."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click

from funnel.cli.support.folder import in_folder
from funnel.cli.support.problems import CannotStart
from funnel.cli.support.running import Running, start_service
from funnel.curriculum import Library
from funnel.demo.audience import FEWEST, Audience, make_audience
from funnel.demo.languages import with_a_second_language
from funnel.demo.progress import ProgressBar
from funnel.demo.ready import wait_until_at_work
from funnel.demo.report import as_json, as_text
from funnel.demo.stage import DemoRun, Interrupted, Performance
from funnel.environment import PREFIX, variables
from funnel.settings import Settings, load_settings
from funnel.wiring import Service, build_service, read_library
from workers.stopping import Stop

# The catcher keeps five thousand mails, and everyone gets up to a dozen.
_MOST = 400
_LOG = "demo.log"
# Everybody comes from this one machine.
_SIGNUP_LIMIT = "100000 per hour"
# The more people, the more of them one round of the clock should find: a batch of one costs as much as one of twenty.
_TICK_SECONDS_EACH = 0.005
_LEAST_TICK_SECONDS, _MOST_TICK_SECONDS = 0.2, 1.0
_INTERRUPTED = 130

__all__ = ["demo"]


@click.command(epilog="Example: funnel demo --people 60 --weeks 8 --seconds 60 --exit --json out.json")
@click.option(
    "--people", type=click.IntRange(FEWEST, _MOST), default=60, show_default=True, metavar="N", help="How many play."
)
@click.option(
    "--weeks", type=click.IntRange(1, 52), default=8, show_default=True, metavar="N", help="How long the story is."
)
@click.option(
    "--seconds", type=click.IntRange(5, 3600), default=60, show_default=True, metavar="N",
    help="How long it takes; give a slow machine more.",
)  # fmt: skip
@click.option("--exit", "leave", is_flag=True, help="Stop at the end instead of keeping the dashboard up.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the figures there.",
)
@click.option("--seed", type=int, metavar="N", help="The same audience as last time; chosen and shown where not given.")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="An empty folder to use, and to keep.",
)
@click.option("--keep", is_flag=True, help="Keep the folder, with database, mail and logs.")
def demo(
    people: int,
    weeks: int,
    seconds: int,
    leave: bool,
    json_file: Path | None,
    seed: int | None,
    data_dir: Path | None,
    keep: bool,
) -> None:
    """Play an audience through the whole course in about a minute, and check that everything agrees.

    Runs in a folder of its own, sends nothing to anybody, and ends with 0 only if what the service recorded is what
    the mailboxes received.
    """
    os.umask(0o077)
    stop = Stop()
    stop.on_signals()
    seed = random.SystemRandom().randrange(10_000) if seed is None else seed
    with _folder(data_dir, keep) as folder:
        settings = with_a_second_language(in_folder(_settings(folder, people, weeks, seconds)))
        library = read_library(settings)
        audience = _audience(settings, library, people, weeks, seed)
        click.echo(f"Starting the service in {folder} (seed {seed}) …")
        with _service(settings, library, audience, stop) as (running, service):
            performance = _perform(running, service, audience, stop, timedelta(weeks=weeks))
            if performance is None:
                click.echo("Stopping.")
                sys.exit(_INTERRUPTED)
            _report(performance, json_file, kept=keep or data_dir is not None)
            if not leave:
                _stay(running, stop)
    sys.exit(1 if performance.disagreements else 0)


def _settings(folder: Path, people: int, weeks: int, seconds: int) -> Settings:
    """Settings of its own: of the variables set here, only where sequences and templates lie is taken over."""
    said = variables()
    taken = {name: said[name] for name in (f"{PREFIX}SEQUENCES_DIR", f"{PREFIX}TEMPLATES_DIR") if name in said}
    return load_settings(
        taken,
        data_dir=folder,
        web_port=0,
        time_lapse=f"{weeks * 7}d/{seconds}s",
        tick_seconds=min(_MOST_TICK_SECONDS, max(_LEAST_TICK_SECONDS, _TICK_SECONDS_EACH * people)),
        signup_limit=_SIGNUP_LIMIT,
    )


def _audience(settings: Settings, library: Library, people: int, weeks: int, seed: int) -> Audience:
    try:
        return make_audience(people, [each for each in library.offers.values() if not each.paid], weeks, seed)
    except ValueError as error:
        raise CannotStart(f"There is nothing to play in {settings.sequences_dir}: {error}") from None


def _perform(
    running: Running, service: Service, audience: Audience, stop: Stop, lasts: timedelta
) -> Performance | None:
    """The performance; None where it was called off."""
    begins = service.clock.now()
    outbox = running.outbox_dir
    progress = ProgressBar(
        sys.stdout, begins, begins + lasts, lambda: f"{len(list(outbox.glob('*.eml'))) if outbox else 0} mails"
    )
    try:
        return DemoRun(running, service, audience, stop, progress).perform(lasts)
    except Interrupted:
        return None
    finally:
        progress.close()


def _report(performance: Performance, json_file: Path | None, kept: bool) -> None:
    disagreements = performance.disagreements
    told = performance.evidence, disagreements, performance.seconds, performance.slowest
    click.echo(as_text(*told))
    if disagreements and not kept:
        click.echo("  Run it again with --keep to look at the database, the mail and the logs.")
    if json_file is not None:
        figures = json.dumps(as_json(*told), indent=2, ensure_ascii=False)
        json_file.write_text(figures + "\n", encoding="utf-8")


def _stay(running: Running, stop: Stop) -> None:
    click.echo(f"\n  Site       {running.site_url}/")
    click.echo(f"  Dashboard  {running.sign_in_url}")
    click.echo("             works once, within 30 minutes")
    click.echo(f"  Mail       {running.site_url}/outbox")
    click.echo("\n  Ctrl-C ends it.")
    stop.wait()
    click.echo("Stopping.")


@contextmanager
def _service(settings: Settings, library: Library, audience: Audience, stop: Stop) -> Iterator[tuple[Running, Service]]:
    """The service running, and a reader of its rows; stopped whatever happens."""
    refusing = [person.email for person in audience.people if person.refuses]
    running = start_service(settings, quiet_log=settings.data_dir / _LOG, refuse=refusing, stopping=stop)
    try:
        service = build_service(running.settings, library)
        try:
            wait_until_at_work(running, stop)
            yield running, service
        finally:
            service.db.close()
    finally:
        _end(running, stop)


def _end(running: Running, stop: Stop) -> None:
    """Stops all in order, and at once when one more signal comes."""
    before = stop.signals
    stopping = threading.Thread(target=running.stop, name="stopping")
    stopping.start()
    while stopping.is_alive():
        stopping.join(0.1)
        if stop.signals > before:
            running.kill()


@contextmanager
def _folder(given: Path | None, keep: bool) -> Iterator[Path]:
    """The folder given, if it is empty, or a new one, removed at the end unless it is to be kept."""
    if given is not None:
        if given.exists() and any(given.iterdir()):
            raise CannotStart(
                f"{given} is not empty: give --data-dir an empty folder, so that nothing of yours is touched"
            )
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
        return
    made = Path(tempfile.mkdtemp(prefix="funnel-demo-"))
    try:
        yield made
    finally:
        if keep:
            click.echo(f"Kept in {made}")
        else:
            shutil.rmtree(made)
