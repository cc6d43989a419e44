"""Files in answers: whole, in ranges, unchanged (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

from email import message_from_bytes
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from funnel.web.files import file_response

CONTENT = bytes(range(256)) * 20
SIZE = len(CONTENT)


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CONTENT)
    (tmp_path / "empty.mp4").touch()
    app = Flask("files")

    @app.get("/<name>")
    def answer(name: str) -> Response:
        return file_response(tmp_path / name, "video/mp4", max_age=60)

    return app.test_client()


def fetch(client: FlaskClient, asked: str = "", path: str = "/clip.mp4", **headers: str) -> TestResponse:
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    return client.get(path, headers=given | ({"Range": asked} if asked else {}), buffered=True)


def test_the_whole_file_says_that_it_may_be_asked_for_in_ranges(client: FlaskClient) -> None:
    answer = fetch(client)
    assert (answer.status_code, answer.data, answer.content_length) == (200, CONTENT, SIZE)
    assert (answer.headers["Accept-Ranges"], answer.mimetype) == ("bytes", "video/mp4")
    assert "X-Sendfile" not in answer.headers
    assert client.head("/clip.mp4").headers["Content-Length"] == str(SIZE)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-1", 0, 2),
        ("bytes=0-", 0, SIZE),
        ("bytes=100-199", 100, 200),
        ("bytes=5000-9999999", 5000, SIZE),
        ("bytes=-20", SIZE - 20, SIZE),
        ("bytes=-9999999", 0, SIZE),
        ("bytes=9999999-,0-0", None, None),
        (f"bytes=10-19,{SIZE}-", 10, 20),
    ],
)
def test_one_range_is_answered_exactly(client: FlaskClient, asked: str, start: int | None, stop: int | None) -> None:
    answer = fetch(client, asked)
    if start is None or stop is None:
        assert (answer.status_code, answer.data) == (200, CONTENT)
        return
    assert (answer.status_code, answer.data) == (206, CONTENT[start:stop])
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.content_length == stop - start


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5},9999999-"])
def test_a_range_beyond_the_end_is_refused_with_the_length(client: FlaskClient, asked: str) -> None:
    answer = fetch(client, asked)
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{SIZE}")


@pytest.mark.parametrize("asked", ["bytes=", "bytes=a-b", "lines=1-2", "bytes=5-2", "0-5", "bytes=--1"])
def test_what_is_no_range_of_bytes_is_passed_over(client: FlaskClient, asked: str) -> None:
    assert fetch(client, asked).status_code == 200


def test_several_ranges_come_in_one_answer(client: FlaskClient) -> None:
    answer = fetch(client, "bytes=0-9,100-109,-5")
    assert answer.status_code == 206
    assert answer.content_length == len(answer.data)
    said = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    parts = [part for part in message_from_bytes(said + answer.data).walk() if not part.is_multipart()]
    assert [part.get_payload(decode=True) for part in parts] == [CONTENT[:10], CONTENT[100:110], CONTENT[-5:]]
    assert [part["Content-Range"] for part in parts] == [
        f"bytes 0-9/{SIZE}", f"bytes 100-109/{SIZE}", f"bytes {SIZE - 5}-{SIZE - 1}/{SIZE}",
    ]  # fmt: skip
    assert {part.get_content_type() for part in parts} == {"video/mp4"}


def test_a_request_for_a_great_many_ranges_gets_the_whole_file(client: FlaskClient) -> None:
    answer = fetch(client, "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 1000, 2)))
    assert (answer.status_code, answer.data) == (200, CONTENT)


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    first = fetch(client)
    etag, date = first.headers["ETag"], first.headers["Last-Modified"]
    assert fetch(client, If_None_Match=etag).status_code == 304
    assert fetch(client, If_None_Match=f'"other", W/{etag}').status_code == 304
    assert fetch(client, If_Modified_Since=date).status_code == 304
    assert fetch(client, If_None_Match='"other"').data == CONTENT
    assert fetch(client, "bytes=0-1", If_None_Match=etag).status_code == 304
    refused = fetch(client, If_Match='"other"')
    assert (refused.status_code, refused.data) == (412, b"")


@pytest.mark.parametrize("said", ["etag", "date", "weak", "other", "another date"])
def test_a_range_holds_only_of_the_file_that_the_player_knows(client: FlaskClient, said: str) -> None:
    first = fetch(client)
    etag, date = first.headers["ETag"], first.headers["Last-Modified"]
    known = {"etag": etag, "date": date, "weak": f"W/{etag}", "other": '"x"', "another date": date.replace("20", "19")}
    expected = 206 if said in ("etag", "date") else 200
    assert fetch(client, "bytes=0-1", If_Range=known[said]).status_code == expected


def test_an_empty_file_is_an_empty_answer(client: FlaskClient) -> None:
    assert (fetch(client, path="/empty.mp4").status_code, fetch(client, path="/empty.mp4").data) == (200, b"")
    assert fetch(client, "bytes=0-", path="/empty.mp4").status_code == 416
    assert client.head("/clip.mp4", headers={"Range": "bytes=0-1"}).status_code == 200
