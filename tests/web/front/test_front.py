"""The front takes a thread only while a page is made, and whatever a page does, the thread serves the next."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from funnel.web.front.at_once import AT_ONCE, NeedsThread
from funnel.web.front.front import Front
from funnel.web.front.threads import THREADS
from tests.web.front.test_bodies import Request, Sent

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass
class RsgiExchange(Request):
    """A request, and what it was answered; `breaks` says that the answer cannot be handed over."""

    breaks: bool = False
    answered: list[tuple[int, bytes]] = field(default_factory=list)

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        if self.breaks:
            raise ValueError("a header that is none")
        self.answered.append((status, body))


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Says which thread it ran in; `/needs` needs one, and `/breaks` breaks."""
    if environ["PATH_INFO"] == "/breaks":
        raise RuntimeError("a layer broke")
    if environ["PATH_INFO"] == "/needs" and AT_ONCE in environ:
        raise NeedsThread
    start_response("200 OK", [])
    return [threading.current_thread().name.encode()]


def in_front(steps: Callable[[Front], object], *, at_once: bool = False) -> None:
    """Runs the steps, a coroutine function of the front, on a loop of its own."""
    front = Front(app, lambda _: at_once)

    async def run() -> None:
        front.__rsgi_init__(asyncio.get_running_loop())
        await asyncio.wait_for(steps(front), 10)  # type: ignore[arg-type]

    asyncio.run(run())


def test_a_prepared_answer_takes_no_thread_and_others_take_one() -> None:
    known, needs, posted = (
        RsgiExchange(path="/known"),
        RsgiExchange(path="/needs"),
        RsgiExchange(path="/known", parts=[b"x"]),
    )
    posted.headers = Sent({"content-length": "1"})

    async def steps(front: Front) -> None:
        for exchange in (known, needs, posted):
            await front.__rsgi__(exchange, exchange)

    in_front(steps, at_once=True)
    assert known.answered == [(200, b"MainThread")]
    assert [answer[0][1][:6] for answer in (needs.answered, posted.answered)] == [b"pages-", b"pages-"]


def test_whatever_goes_wrong_in_a_thread_it_serves_the_next() -> None:
    bad = [RsgiExchange(path="/breaks") for _ in range(THREADS)] + [RsgiExchange(breaks=True) for _ in range(THREADS)]
    good = RsgiExchange()

    async def steps(front: Front) -> None:
        for exchange in (*bad, good):
            await front.__rsgi__(exchange, exchange)

    in_front(steps)
    assert [[status for status, _ in exchange.answered] for exchange in bad] == [[500]] * THREADS + [[]] * THREADS
    assert good.answered[0][0] == 200


def test_a_request_that_is_called_off_disturbs_nobody() -> None:
    problems: list[object] = []

    async def steps(front: Front) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        gone = RsgiExchange()
        asked = asyncio.create_task(front.__rsgi__(gone, gone))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        for _ in range(THREADS):
            after = RsgiExchange()
            await front.__rsgi__(after, after)
            assert after.answered
        assert gone.answered

    in_front(steps)
    assert problems == []
