"""All checks together: each ends, nothing is changed, and no mail goes but the one that was asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from funnel.links import Purpose
from funnel.models import Base, HookBody
from funnel.operations.doctor import Finding, Health, Outside, look_around, machine, send_to_me, worst
from funnel.operations.doctor.one_click import own_mail
from funnel.wiring import Service
from tests.adapters.scripted_server import ScriptedServer

from .name_server import SILENT, NameServer, Zone, txt

Make = Callable[..., Service]
DOMAIN = "harbour.example.org"
ZONE: Zone = {
    (DOMAIN, "TXT"): txt("v=spf1 mx -all"),
    (DOMAIN, "MX"): [f"10 mx.{DOMAIN}."],
    (f"mx.{DOMAIN}", "A"): ["192.0.2.1"],
    (f"_dmarc.{DOMAIN}", "TXT"): txt("v=DMARC1; p=none; rua=mailto:dmarc@example.org"),
}


def by_check(findings: list[Finding]) -> dict[str, Finding]:
    return {each.check: each for each in findings}


def world(server: NameServer) -> Outside:
    return Outside(server.names, time_source="http://127.0.0.1:1/", ask_reserved=True)


def rows(service: Service) -> dict[str, int]:
    with service.db.read() as session:
        counted = {
            table.name: session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables
        }
    return {name: number or 0 for name, number in counted.items()}


def test_a_service_that_sends_is_looked_at_from_all_sides(make_service: Make) -> None:
    with ScriptedServer() as mail, NameServer(ZONE) as server:
        service = make_service(
            mail_url=f"smtp://127.0.0.1:{mail.port}?helo=mx.{DOMAIN}", site_url="https://127.0.0.1:1"
        )
        before = rows(service)
        found = by_check(look_around(service, world(server)))
        assert rows(service) == before
        assert mail.mails == []
    health = {name: each.health for name, each in found.items()}
    assert health["Mail server"] is Health.OK, found["Mail server"].says
    assert health["Database"] is Health.OK
    assert health["SPF"] is Health.OK, found["SPF"].says
    assert health["DMARC"] is Health.OK
    assert health["DKIM"] is Health.WARN
    assert health["One-click"] is Health.OK
    assert health["Reverse DNS"] is Health.BAD  # the address has no name
    assert health["Clock"] is Health.BAD  # it never ran
    assert health["Settings"] is Health.BAD  # the starter's practice is made up
    assert worst(found.values()) is Health.BAD
    json.dumps([each.to_json() for each in found.values()])


def test_caught_mail_leaves_the_dns_in_peace(make_service: Make) -> None:
    with NameServer(ZONE) as server:
        found = by_check(look_around(make_service(), world(server)))
        assert server.asked == []
    assert {found[name].health for name in ("SPF", "DKIM", "DMARC", "MX", "Mail server")} == {Health.NOT_TRIED}


def test_an_example_domain_is_asked_about_nowhere(make_service: Make) -> None:
    with NameServer(ZONE) as server:
        service = make_service(mail_url="smtp://127.0.0.1:1")
        found = by_check(look_around(service, replace(world(server), ask_reserved=False)))
        assert server.asked == []
    assert "kept for examples" in found["SPF"].says


def test_silent_name_servers_end_in_time_and_in_sentences(make_service: Make) -> None:
    zone = {(name, kind): SILENT for name in (DOMAIN, f"_dmarc.{DOMAIN}") for kind in ("TXT", "MX", "A", "AAAA")}
    began = time.monotonic()
    with NameServer(zone) as server:
        found = by_check(look_around(make_service(mail_url="smtp://127.0.0.1:1"), world(server)))
    assert time.monotonic() - began < 20
    assert found["SPF"].health is Health.NOT_TRIED
    assert "no name server answered" in found["SPF"].says
    assert found["Mail server"].health is Health.BAD


def test_a_check_that_breaks_hides_no_other(make_service: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Finding:
        raise ZeroDivisionError

    monkeypatch.setattr(machine, "check_disk", broken)
    with NameServer({}) as server:
        found = by_check(look_around(make_service(), world(server)))
    assert "ZeroDivisionError" in found["Disk"].says
    assert found["Database"].health is Health.OK


def test_a_wrong_mail_address_is_one_finding(make_service: Make) -> None:
    with NameServer({}) as server:
        found = by_check(look_around(make_service(mail_url="smpt://mail.example.org"), world(server)))
    assert found["Mail server"].health is Health.BAD
    assert "did you mean smtp" in found["Mail server"].says


def test_one_marked_lesson_goes_to_who_asked_for_it(make_service: Make) -> None:
    with ScriptedServer() as mail:
        service = make_service(mail_url=f"smtp://127.0.0.1:{mail.port}")
        before = rows(service)
        found = send_to_me(service, "ada@example.org")
        assert found.health is Health.OK, found.says
        assert rows(service) == before
        (content,) = mail.mails
    assert b"[Test]" in content
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in content
    assert b"To: ada@example.org" in content


def test_links_of_that_lesson_open_nothing(make_service: Make) -> None:
    service = make_service()
    mail = own_mail(service, "ada@example.org")
    assert mail is not None
    url = dict(mail.headers)["List-Unsubscribe"].split(">")[0].lstrip("<")
    assert url.startswith("https://letters.example.org/")
    assert service.links.open(Purpose.UNSUBSCRIBE, url.rpartition("/")[2]) is None


@pytest.mark.parametrize(("key", "heard", "health"), [("", False, "bad"), ("u:p", False, "warn"), ("u:p", True, "ok")])
def test_webhooks_are_set_up_and_were_heard(make_service: Make, key: str, heard: bool, health: str) -> None:
    service = make_service(mail_url="postmark://token", hook_password=key)
    if heard:
        with service.db.write() as session:
            session.add(HookBody(adapter="postmark", received_at=service.clock.now(), body=b"{}"))
    with NameServer(ZONE) as server:
        found = by_check(look_around(service, world(server)))
    assert found["Webhooks"].health.value == health
