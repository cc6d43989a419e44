"""Questions to name servers that answer rightly, wrongly or not at all."""

from __future__ import annotations

import time

import pytest

from funnel.operations.doctor.names import NameTrouble

from .name_server import GARBAGE, SERVFAIL, SILENT, NameServer, txt


def test_a_long_text_comes_whole_over_tcp() -> None:
    with NameServer({("long.example.org", "TXT"): txt("v=" + "x" * 60_000)}) as server:
        assert server.names.texts("long.example.org") == ["v=" + "x" * 60_000]
        assert len(server.asked) == 2  # over UDP, then over TCP


def test_what_does_not_exist_is_an_empty_answer() -> None:
    with NameServer({("here.example.org", "TXT"): txt("x")}) as server:
        assert server.names.texts("gone.example.org") == []
        assert server.names.addresses("here.example.org") == []


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ({("x.example.org", "TXT"): SERVFAIL}, "SERVFAIL"),
        ({("x.example.org", "TXT"): SILENT}, "within 1 s"),
        ({("x.example.org", "TXT"): GARBAGE}, "x.example.org"),
    ],
)
def test_trouble_ends_in_a_sentence_within_seconds(zone: dict[tuple[str, str], str], words: str) -> None:
    began = time.monotonic()
    with NameServer(zone) as server, pytest.raises(NameTrouble, match=words):
        server.names.texts("x.example.org")
    assert time.monotonic() - began < 5


def test_an_impossible_name_ends_in_a_sentence() -> None:
    with NameServer({}) as server, pytest.raises(NameTrouble, match="cannot be used"):
        server.names.texts("a" * 70 + ".example.org")


def test_a_circle_of_aliases_ends() -> None:
    circle = {("x.example.org", "CNAME"): ["y.example.org."], ("y.example.org", "CNAME"): ["x.example.org."]}
    with NameServer(circle) as server, pytest.raises(NameTrouble, match=r"failed at x\.example\.org"):
        server.names.addresses("x.example.org")
