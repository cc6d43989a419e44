"""The process that takes in mail that comes back: an LMTP server, and beside it a thread that reads what it kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from funnel.bounces.spool import BounceSpool, read_spool
from funnel.links import Links
from funnel.settings import SettingsError
from funnel.wiring import Service
from workers.backoff import Backoff
from workers.lmtp import LmtpServer
from workers.stopping import Stop

_LOOK_SECONDS = 2.0

log = structlog.get_logger(__name__)


def run_returned(service: Service, stop: Stop | None = None, listening: Callable[[int], None] | None = None) -> None:
    """Takes mail that comes back until SIGTERM or SIGINT. `listening` hears the port, 0 for a socket on disk.

    While the database is away mail is taken and waits on disk. Raises SettingsError where FUNNEL_LMTP is not
    set, and OSError where it cannot listen.
    """
    settings = service.settings
    if not settings.lmtp:
        raise SettingsError("FUNNEL_LMTP is not set: say where to listen, for example 127.0.0.1:2424")
    if stop is None:
        stop = Stop()
        stop.on_signals(patience_seconds=10)
    spool = BounceSpool(settings.data_dir / "bounces")
    spool.open()
    news = threading.Event()
    reading = threading.Thread(target=_read, args=(service, spool, stop, news), name="bounces", daemon=True)
    reading.start()
    server = LmtpServer(spool, wanted(service.links), news.set)
    asyncio.run(_serve(server, settings.lmtp, stop, listening))
    news.set()
    reading.join(timeout=5)
    log.info("mail that comes back is taken no more")


def wanted(links: Links) -> Callable[[str], bool]:
    """Whether an address is the bounce address, plain or with a token that we signed. Asks no database."""
    ours, _, domain = links.bounce_address.casefold().partition("@")
    open_token = links.open_message_id

    def wants(address: str) -> bool:
        local, _, at = address.casefold().rpartition("@")
        name, plus, token = local.partition("+")
        return at == domain and name == ours and (not plus or open_token(token) is not None)

    return wants


async def _serve(server: LmtpServer, where: str, stop: Stop, listening: Callable[[int], None] | None) -> None:
    await server.start(where)
    log.info("mail that comes back is taken", at=where)
    if listening is not None:
        name = server.sockets[0].getsockname()
        listening(name[1] if isinstance(name, tuple) else 0)
    await asyncio.to_thread(stop.wait)
    await server.close()


def _read(service: Service, spool: BounceSpool, stop: Stop, news: threading.Event) -> None:
    """Reads what waits, also what an earlier run left; what cannot be recorded now is tried again."""
    waits = Backoff("The database", stop)
    while not stop.requested:
        news.clear()
        try:
            done = read_spool(service, spool)
        except (SQLAlchemyError, OSError) as error:
            waits.after(error)
            continue
        except Exception as error:
            log.exception("mail that came back waits on disk: a mistake of ours")
            waits.after(error)
            continue
        waits.over()
        if done:
            log.info("mail that came back was read", **done)
        news.wait(_LOOK_SECONDS)
