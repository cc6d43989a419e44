"""The whole service as one thing to start, watch and stop: for `funnel up` and for the demonstration."""

from __future__ import annotations

import http.client
import os
import site
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import funnel
from funnel.cli.support.folder_lock import FolderLock
from funnel.cli.support.options import changed, look_at_mail, with_secret_key
from funnel.cli.support.ports import claim_port, free_port, reachable
from funnel.cli.support.problems import CannotStart
from funnel.environment import for_child, without_secrets
from funnel.settings import Settings
from workers.child import Child
from workers.loglines import LogLines
from workers.redis_server import NoRedis, PrivateRedis, private_redis
from workers.stopping import DRAIN_SECONDS
from workers.supervisor import ChildFailed, Supervisor

if TYPE_CHECKING:
    from funnel.cli.support.prepare import Prepared

_OUTBOX = "outbox"


@dataclass
class Running:
    """A service in the background. `settings` are its processes' settings; `deaths` says which died, and how."""

    settings: Settings
    prepared: Prepared
    supervisor: Supervisor
    deaths: list[str]
    _undo: list[Callable[[], None]] = field(default_factory=list)

    @property
    def site_url(self) -> str:
        return self.settings.site_url

    @property
    def outbox_dir(self) -> Path | None:
        """The folder of caught mail, one `.eml` each; None where mail is really sent."""
        return self.settings.data_dir / _OUTBOX if self.settings.outbox else None

    @property
    def sign_in_url(self) -> str:
        """A link that opens the dashboard once, within half an hour of machine time."""
        return self.prepared.sign_in

    @property
    def workers(self) -> list[str]:
        """The names of the processes that send mail."""
        return _worker_names(self.settings)

    def alive(self) -> bool:
        """Whether every process is running."""
        return self.supervisor.alive()

    def stop(self) -> None:
        """Stops everything in order and returns when nothing is left; a second call does nothing."""
        undo_all(self._undo)

    def kill(self) -> None:
        """Kills everything at once; a `stop` that is waiting then returns."""
        self.supervisor.kill()


def start_service(
    settings: Settings,
    *,
    quiet_log: Path | None = None,
    refuse: Sequence[str] = (),
    stopping: Callable[[], bool] = lambda: False,
) -> Running:
    """Starts everything and returns when the site answers.

    What is not configured is provided: key, database, Redis, mail catcher. Logs go to standard output, or to the file
    `quiet_log`. `refuse` are addresses whose mail the catcher refuses. Raises CannotStart, with nothing left running,
    and SettingsError where a setting is wrong.
    """
    undo: list[Callable[[], None]] = []
    try:
        return _start(settings, undo, quiet_log, refuse, stopping)
    except (ChildFailed, NoRedis) as error:
        undo_all(undo)
        raise CannotStart(str(error)) from None
    except BaseException:
        undo_all(undo)
        raise


def _start(
    settings: Settings,
    undo: list[Callable[[], None]],
    quiet_log: Path | None,
    refuse: Sequence[str],
    stopping: Callable[[], bool],
) -> Running:
    """The steps of `start_service`; each puts what undoes it on `undo`."""
    lock = FolderLock(settings.data_dir)
    lock.take()
    undo.append(lock.release)
    settings = _with_addresses(with_secret_key(settings))
    settings, redis = _with_redis(settings)
    if redis is not None:
        undo.append(redis.close)
    settings, catches = _with_mail(settings)
    deaths: list[str] = []
    log = LogLines(_stream(quiet_log, undo), as_json=settings.log_format == "json")
    supervisor = Supervisor(_groups(settings, redis, catches, refuse), log, on_fall=deaths.append)
    if redis is not None:
        log.write("redis", redis.told())
    supervisor.begin()
    undo.append(supervisor.stop)
    # Imported while the web server starts, which waits for the announcement before it opens anything.
    from funnel.cli.support.prepare import prepare_service

    prepared = prepare_service(settings, lambda: lock.announce(**_facts(settings, redis)))
    supervisor.wait_until_ready(stopping)
    return Running(settings, prepared, supervisor, deaths, undo)


def _facts(settings: Settings, redis: PrivateRedis | None) -> dict[str, str]:
    """What other commands on this folder need to find the service. An external Redis may have a password."""
    facts = {"site_url": settings.site_url, "time_lapse": settings.time_lapse}
    if settings.outbox:
        facts["outbox_url"] = settings.mail_url
    if redis is not None:
        facts["redis_url"] = redis.url
    return {name: value for name, value in facts.items() if value}


def undo_all(steps: list[Callable[[], None]]) -> None:
    while steps:
        steps.pop()()


def _with_addresses(settings: Settings) -> Settings:
    """The settings with a free port, and a matching site address where none was set."""
    port = claim_port(settings.web_host, settings.web_port)
    settings = changed(settings, web_port=port)
    if "site_url" in settings.model_fields_set:
        return settings
    return changed(settings, site_url=f"http://{reachable(settings.web_host)}:{port}")


def _with_redis(settings: Settings) -> tuple[Settings, PrivateRedis | None]:
    if settings.redis_url:
        return settings, None
    redis = private_redis(settings.data_dir, without_secrets())
    return changed(settings, redis_url=redis.url), redis


def _with_mail(settings: Settings) -> tuple[Settings, bool]:
    """The settings with the catcher's address where no provider is configured, and whether the catcher is needed.

    Then everything is caught, lessons with an adapter of their own too.
    """
    if settings.mail_url:
        look_at_mail(settings)
        return settings, False
    port = settings.outbox_port or free_port("127.0.0.1")
    url = f"smtp://127.0.0.1:{port}?tls=none"
    caught = {"mail_url": url, "course_mail_url": "", "course_mail_pace": ""}
    return changed(settings, **caught, outbox=True, outbox_port=port), True


def _stream(quiet_log: Path | None, undo: list[Callable[[], None]]) -> TextIO:
    if quiet_log is None:
        return sys.stdout
    stream = quiet_log.open("a", encoding="utf-8")
    undo.append(stream.close)
    return stream


def _groups(settings: Settings, redis: PrivateRedis | None, catches: bool, refuse: Sequence[str]) -> list[list[Child]]:
    """The web server, Redis and the catcher first, so that a page answers soon; then the processes that send mail.

    Stop order: web server, clock, workers, catcher, Redis. So nothing is asked of a process that has gone.
    """
    environment, told = _handed_over(settings)

    def ours(name: str, stop_stage: int, stop_seconds: float, *arguments: str) -> Child:
        # -P: a folder named `funnel` in the current directory must not be taken for this one.
        command = (sys.executable, "-P", "-m", "funnel", *arguments)
        return Child(name, command, environment, told=told, stop_stage=stop_stage, stop_seconds=stop_seconds)

    workers = [ours(name, 3, DRAIN_SECONDS + 2, "worker") for name in _worker_names(settings)]
    refused = [part for address in refuse for part in ("--refuse", address)]
    catcher = replace(
        ours("catcher", 4, 10, "catcher", *refused), ready=lambda: listens("127.0.0.1", settings.outbox_port)
    )
    web = replace(ours("web", 1, 15, "web"), ready=lambda: web_answers(settings.web_host, settings.web_port))
    first = [web]
    first += [replace(redis.child, stop_stage=5)] if redis else []
    first += [catcher] if catches else []
    takes_back = [ours("bounces", 2, 12, "bounces", "lmtp")] if settings.lmtp else []
    takes_back += [ours("inbox", 2, 12, "replies", "watch")] if settings.replies_mailbox else []
    return [first, [*workers, ours("clock", 2, 10, "clock"), *takes_back]]


def _worker_names(settings: Settings) -> list[str]:
    return ["worker"] if settings.workers == 1 else [f"worker-{number + 1}" for number in range(settings.workers)]


def web_answers(host: str, port: int) -> bool:
    """Whether the web server answers a request, with any status."""
    connection = http.client.HTTPConnection(reachable(host).strip("[]"), port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def listens(host: str, port: int) -> bool:
    """Whether anything accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def _handed_over(settings: Settings) -> tuple[dict[str, str], bytes]:
    """A child's environment, which is this process's without anything secret, and what it is told instead."""
    environment, told = for_child(settings.environment())
    root = str(Path(funnel.__file__).resolve().parent.parent)
    if root not in site.getsitepackages():  # run from a checkout that is not installed
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    return environment | {"PYTHONUNBUFFERED": "1"}, told
