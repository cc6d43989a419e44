"""What providers write down of people: nothing of it stays, neither in our events nor in the requests that are kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from funnel.models import Delivery, HookState, Lead
from funnel.webhooks.stored import process_bodies
from funnel.webhooks.traces import without_traces
from funnel.wiring import Service
from tests.webhooks import samples, signing
from tests.webhooks.conftest import Amazon
from tests.webhooks.steps import DAN, body, events, put, reason_of

LINK, IP, AGENT, PLACE = (
    "https://harbour.example.org/private?x=1",
    "198.51.100.77",
    "Mozilla/5.0 (Canary)",
    "Canarytown",
)
TRACES = (LINK, IP, AGENT, PLACE, "private", "198.51", "Canary")
GEO = {"City": PLACE, "IP": IP, "Coords": "1.0,2.0"}


def opened_and_clicked(adapter: str, key: str) -> list[Any]:
    """An open and a click, with all that the provider's documentation shows in them."""
    to, said = (key, DAN), dict[str, Any]()
    match adapter:
        case "mailgun":
            said = {
                "ip": IP,
                "geolocation": {"city": PLACE},
                "client-info": {"user-agent": AGENT, "bot": ""},
                "url": LINK,
            }
            return [samples.mailgun(name, *to) | said for name in ("opened", "clicked")]
        case "postmark":
            said = {"UserAgent": AGENT, "Geo": GEO, "Client": {"Name": "Canary"}, "OS": {"Name": "Canary"}}
            return [samples.postmark("Open", *to, **said), samples.postmark("Click", *to, OriginalLink=LINK, **said)]
        case "sendgrid":
            said = {"ip": IP, "useragent": AGENT, "url": LINK, "url_offset": {"index": 0}}
            return [[samples.sendgrid("open", *to, **said)], [samples.sendgrid("click", *to, **said)]]
        case "resend":
            click = {"ipAddress": IP, "userAgent": AGENT, "link": LINK, "timestamp": samples.ISO}
            return [samples.resend(name, *to, click=click) for name in ("email.opened", "email.clicked")]
        case "brevo":
            said = {"user_agent": AGENT, "device_used": "Canary", "link": LINK, "mirror_link": LINK, "ip": IP}
            return [samples.brevo(name, *to, **said) for name in ("unique_opened", "click")]
        case "sparkpost":
            said = {"user_agent": AGENT, "user_agent_parsed": {"os_family": "Canary"}, "geo_ip": {"city": PLACE},
                    "ip_address": IP, "target_link_url": LINK, "target_link_name": "private"}  # fmt: skip
            return [samples.sparkpost(name, *to, "track_event", **said) for name in ("initial_open", "click")]
        case "mailjet":
            said = {"ip": IP, "geo": PLACE, "agent": AGENT, "url": LINK}
            return [samples.mailjet(name, *to, **said) for name in ("open", "click")]
        case _:
            said = {"ipAddress": IP, "userAgent": AGENT, "link": LINK, "linkTags": {"x": ["private"]}}
            return [samples.ses(name, *to, **said) for name in ("Open", "Click")]


def left(adapter: str, key: str) -> Any:
    """An unsubscription, which providers write down with the same fields."""
    to, said = (key, DAN), dict[str, Any]()
    match adapter:
        case "mailgun":
            return samples.mailgun("unsubscribed", *to) | {"ip": IP, "client-info": {"user-agent": AGENT}}
        case "sendgrid":
            return [samples.sendgrid("group_unsubscribe", *to, ip=IP, useragent=AGENT, url=LINK)]
        case "sparkpost":
            said = {"user_agent": AGENT, "ip_address": IP, "target_link_url": LINK}
            return samples.sparkpost("link_unsubscribe", *to, "unsubscribe_event", **said)
        case _:
            return samples.mailjet("unsub", *to, ip=IP, geo=PLACE, agent=AGENT)


def taken_in(service: Service, adapter: str, payload: Any, number: int) -> bytes:
    now = service.clock.now()
    signed = {
        "mailgun": lambda: signing.mailgun(payload, now, token=str(number) * 50),
        "sendgrid": lambda: signing.sendgrid(payload, now),
        "resend": lambda: signing.resend(payload, now, number=f"msg_{number}"),
        "ses": lambda: signing.sns(payload, number=f"sns-{number}"),
    }
    stored = put(service, adapter, signed[adapter]() if adapter in signed else signing.basic(payload))
    assert any(trace.encode() in body(service, stored).body for trace in TRACES)
    process_bodies(service, [stored], now)
    kept = body(service, stored)
    assert kept.state == HookState.DONE, kept.error
    return kept.body


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("measured", ["full", "none"])
@pytest.mark.parametrize(
    "adapter", ["mailgun", "postmark", "sendgrid", "resend", "brevo", "sparkpost", "mailjet", "ses"]
)
def test_nothing_of_a_persons_program_place_or_links_stays(
    service: Service, dan: Delivery, amazon: Amazon, adapter: str, measured: str
) -> None:
    with service.db.write() as session:
        session.get_one(Lead, dan.lead_id).tracking = measured
    for number, payload in enumerate(opened_and_clicked(adapter, str(dan.id))):
        kept = taken_in(service, adapter, payload, number)
        assert not [trace for trace in (*TRACES, DAN) if trace.encode() in kept]
    found = events(service)
    assert sorted(event.kind for event in found) == (["clicked", "opened"] if measured == "full" else [])
    assert not [trace for trace in TRACES for event in found if trace in str((event.raw, event.reasons))]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("adapter", ["mailgun", "sendgrid", "sparkpost", "mailjet"])
def test_nor_does_it_where_she_leaves_at_the_provider(service: Service, dan: Delivery, adapter: str) -> None:
    kept = taken_in(service, adapter, left(adapter, str(dan.id)), 1)
    assert not [trace for trace in TRACES if trace.encode() in kept]
    assert DAN.encode() in kept  # what it was about can still be looked up, and is found when she is erased
    with service.db.read() as session:
        assert session.get_one(Lead, dan.lead_id).state == "left"


def test_of_a_batch_what_is_no_trace_stays_as_it_was(service: Service, dan: Delivery) -> None:
    key = str(dan.id)
    bounce = samples.sendgrid("bounce", key, DAN, type="bounce", reason="550 5.1.1 user unknown", status="5.1.1")
    batch = [samples.sendgrid("click", key, DAN, url=LINK, ip=IP), bounce]
    kept = json.loads(taken_in(service, "sendgrid", batch, 1))
    assert kept == [{"event": "click"}, bounce]
    assert reason_of(service) == "bounced"


@pytest.mark.parametrize(
    "whole",
    [
        b"",
        b"\xff{",
        b"null",
        b'{"event": "delivered", "email": "dan@example.org"}',
        json.dumps(samples.ses_bounce("7", DAN)).encode(),
        signing.sns(samples.ses_bounce("7", DAN))[0],
    ],
)
def test_a_body_without_traces_is_kept_byte_for_byte(whole: bytes) -> None:
    assert without_traces(whole) == whole


def test_the_content_of_too_deep_a_body_is_not_kept() -> None:
    deep = b'{"a":' * 900 + b'{"ip":"198.51.100.77"}' + b"}" * 900
    assert IP.encode() not in without_traces(deep)
    assert b"deep" not in without_traces(b'{"event": "open", "x": "{\\"deep\\": 1}"}')


def test_odd_text_comes_through() -> None:
    odd = json.dumps({"event": "bounce", "reason": "\ud83d\ude00 \udc80", "n": 1e300, "ip": IP}).encode()
    assert json.loads(without_traces(odd)) == {"event": "bounce", "reason": "\U0001f600 \udc80", "n": 1e300}
