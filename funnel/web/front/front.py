"""The front: takes a request from granian, and hands it to the pages when it is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from funnel.web.front.at_once import AT_ONCE, NeedsThread
from funnel.web.front.bodies import NO_BODY, BodyReader, CutOff, TooBusy, TooSlow, WholeBody, has_body
from funnel.web.front.bridge import Answer, environment, run
from funnel.web.front.limits import LIMITS, FrontLimits
from funnel.web.front.rsgi import RsgiExchange, Scope
from funnel.web.front.threads import THREADS, Threads

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)


class Front:
    """RSGI: a WSGI app behind it runs in a few threads, each taken only while a page is made.

    1. The whole body is read, with a deadline and a bound.
    2. What `at_once` says of a path may be answered from memory, without a thread.
    3. Otherwise the next free thread runs the app, and hands the whole answer to granian.

    Granian's own threads send it, and read files while they do, however slowly they are taken.
    """

    def __init__(
        self,
        app: WSGIApplication,
        at_once: Callable[[str], bool] = lambda _path: False,
        limits: FrontLimits = LIMITS,
    ) -> None:
        self._app, self._at_once = app, at_once
        self._bodies = BodyReader(limits)
        self._threads = Threads(THREADS)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._threads.start()

    async def __rsgi__(self, scope: Scope, proto: RsgiExchange) -> None:
        body = NO_BODY
        if has_body(scope):
            try:
                body = await self._bodies.read(scope, proto)
            except (TooSlow, CutOff, TooBusy) as error:
                _refused(error).send(proto)
                return
        try:
            await self._answer(scope, proto, body)
        finally:
            self._bodies.release(body)

    async def _answer(self, scope: Scope, proto: RsgiExchange, body: WholeBody) -> None:
        environ = environment(scope, body)
        if body is NO_BODY and self._at_once(scope.path):
            try:
                # A copy, for the layers in front of the app change what they are given.
                answer = self._run({**environ, AT_ONCE: True})
            except NeedsThread:
                pass
            else:
                answer.send(proto)
                return
        done: asyncio.Future[None] = self._loop.create_future()

        def work() -> None:
            try:
                self._run(environ).send(proto)
            except Exception as error:
                # Where nothing was handed over, granian says 500. The thread has others to serve.
                log.exception("an answer could not be handed over", error=type(error).__name__)
            finally:
                self._loop.call_soon_threadsafe(_finish, done)

        self._threads.put(work)
        await done

    def _run(self, environ: WSGIEnvironment) -> Answer:
        try:
            return run(self._app, environ)
        except NeedsThread:
            raise
        except Exception as error:
            # Flask answers for its own errors; this is one of a layer in front of it. The address holds a token.
            log.exception("a request could not be answered", error=type(error).__name__)
            return _plain(500, "Something went wrong on our side. Please try again later.")


def _finish(done: asyncio.Future[None]) -> None:
    if not done.done():  # as it is where granian called the request off meanwhile
        done.set_result(None)


def _refused(error: TooSlow | CutOff | TooBusy) -> Answer:
    log.debug("a request was not whole", error=type(error).__name__)
    if isinstance(error, TooSlow):
        return _plain(408, "This took too long to arrive. Please send it again.")
    if isinstance(error, CutOff):
        return _plain(400, "This did not arrive whole. Please send it again.")
    return _plain(503, "A lot is arriving at once. Please send it again in a minute.", ("Retry-After", "60"))


def _plain(status: int, text: str, *more: tuple[str, str]) -> Answer:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"), ("Connection", "close")]
    return Answer(status, [*headers, *more], f"{text}\n".encode())
