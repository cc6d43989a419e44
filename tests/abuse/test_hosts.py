"""A name that an attacker points at this machine (DNS rebinding) opens no page of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from funnel.curriculum.reserved import is_loopback
from funnel.web.app import create_app
from funnel.web.hosts import host_name
from funnel.wiring import Service
from tests.web.conftest import on_one_database

PUBLIC, LOCAL = "https://letters.example.org", "http://127.0.0.1:8000"
PAGES = (
    "/",
    "/offers/ebook",
    "/sign-in",
    "/dashboard/",
    "/o/x.gif",
    "/c/x",
    "/static/site.css",
    "/nowhere",
    "/healthz",
)


@on_one_database
@pytest.mark.parametrize("site", [PUBLIC, LOCAL, f"{PUBLIC}/letters"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "", "[", "a b"]
)
def test_no_page_answers_to_another_host(make_service: Callable[..., Service], site: str, host: str) -> None:
    client = create_app(make_service(site_url=site)).test_client()
    for path in PAGES:
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 421, path
        assert host == "" or host not in answer.text
        assert not answer.headers.getlist("Set-Cookie")


@on_one_database
@pytest.mark.parametrize("host", ["letters.example.org", "LETTERS.example.org:443", "letters.example.org."])
def test_the_site_answers_to_its_own_name_however_written(make_service: Callable[..., Service], host: str) -> None:
    client = create_app(make_service(site_url=PUBLIC)).test_client()
    assert client.get("/", headers={"Host": host}).status_code == 200


@on_one_database
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:3000", "[::1]:8000", "127.0.0.2", "mine.localhost"])
def test_a_local_site_answers_to_every_name_of_the_machine(make_service: Callable[..., Service], host: str) -> None:
    client = create_app(make_service(site_url=LOCAL)).test_client()
    assert client.get("/", headers={"Host": host}).status_code == 200


@on_one_database
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8000", "10.1.2.3:8000", "[fd00::1]"])
def test_a_public_sites_health_check_may_be_asked_by_address(make_service: Callable[..., Service], host: str) -> None:
    client = create_app(make_service(site_url=PUBLIC)).test_client()
    assert client.get("/healthz", headers={"Host": host}).status_code == 200
    assert client.get("/", headers={"Host": host}).status_code == 421


@on_one_database
@pytest.mark.parametrize(
    ("host", "peer", "headers"),
    [
        ("letters.example.org", "127.0.0.1", {}),
        ("10.1.2.3", "10.1.2.9", {}),
        ("127.0.0.1", "203.0.113.7", {}),
        ("127.0.0.1", "127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}),
    ],
)
def test_a_stranger_is_told_only_whether_all_is_well(
    make_service: Callable[..., Service], host: str, peer: str, headers: dict[str, str]
) -> None:
    client = create_app(make_service(site_url=PUBLIC)).test_client()
    answer = client.get("/healthz", headers={"Host": host, **headers}, environ_base={"REMOTE_ADDR": peer})
    assert answer.get_json() == {"ok": False}
    assert client.get("/healthz", base_url="http://127.0.0.1").get_json().keys() > {"ok", "workers"}


def test_names_of_loopback_are_known_without_the_dns() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost", "a.localhost")))
    assert not any(map(is_loopback, ("", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org", "192.0.2.1")))
    assert [host_name(host) for host in ("A.example.org:80", "[::1]:8000", "[", "a@b.example.org")][:3] == [
        "a.example.org", "::1", "",
    ]  # fmt: skip
