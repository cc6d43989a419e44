"""A request as WSGI sees it, and an answer as the server is handed it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from funnel.web.front.bodies import NO_BODY, WholeBody
from funnel.web.front.bridge import environment, run
from tests.web.front.test_bodies import Request, Sent

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Repeated(Sent):
    """Headers of which some were sent twice."""

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        addresses = [("x-forwarded-for", f"192.0.2.{number}") for number in (1, 2)]
        return [("cookie", "a=1"), ("cookie", "b=2"), *addresses]


def test_the_environment_says_what_was_asked_and_by_whom() -> None:
    request = Request(path="/é", query_string="q=%20é", client="[2001:db8::1]:4000", server="[::1]:8000")
    found = environment(request, NO_BODY)
    assert found["PATH_INFO"].encode("latin-1").decode() == "/é"
    assert found["QUERY_STRING"].encode("latin-1").decode() == "q=%20é"
    assert (found["REMOTE_ADDR"], found["SERVER_NAME"], found["SERVER_PORT"]) == ("2001:db8::1", "::1", "8000")
    assert "CONTENT_LENGTH" not in found


def test_repeated_headers_are_joined() -> None:
    found = environment(Request(headers=Repeated()), NO_BODY)
    assert found["HTTP_COOKIE"] == "a=1; b=2"
    assert found["HTTP_X_FORWARDED_FOR"] == "192.0.2.1,192.0.2.2"


def test_an_underscore_cannot_pass_for_what_a_proxy_says() -> None:
    found = environment(Request(headers=Sent({"x_forwarded_for": "192.0.2.1", "content_length": "5"})), NO_BODY)
    assert not {"HTTP_X_FORWARDED_FOR", "HTTP_CONTENT_LENGTH", "CONTENT_LENGTH"} & found.keys()


def test_chunks_arrive_as_one_body_with_a_length() -> None:
    sent = Sent({"transfer-encoding": "chunked", "content-type": "text/plain"})
    found = environment(Request(headers=sent), WholeBody(b"abc", 3))
    assert (found["CONTENT_LENGTH"], found["CONTENT_TYPE"], found["wsgi.input"].read()) == ("3", "text/plain", b"abc")
    assert "HTTP_TRANSFER_ENCODING" not in found


def test_nothing_of_the_process_s_own_environment_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNNEL_SECRET_KEY", "canary")
    assert not os.environ.keys() & environment(Request(), NO_BODY).keys()


def test_an_answer_is_whole_and_what_made_it_is_closed() -> None:
    closed = []

    class Pieces(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def app(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("201 Created", [("X", "y")])(b"a")
        return Pieces([b"b", b"c"])

    answer = run(app, environment(Request(), NO_BODY))
    assert (answer.status, answer.headers, answer.body, closed) == (201, [("X", "y")], b"abc", [True])
