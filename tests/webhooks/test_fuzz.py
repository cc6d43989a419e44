"""Real-looking requests, spoiled in every way: no error but our own, and nothing written that was not verified."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from funnel.models import Delivery, Event, HookBody, HookState
from funnel.settings import load_settings
from funnel.webhooks.events import ProviderEvent
from funnel.webhooks.provider import HookRequest, Refused, TryAgain, Unreadable
from funnel.webhooks.queue import HookQueue
from funnel.webhooks.reading import lower_names
from funnel.webhooks.registry import WEBHOOK_PROVIDERS
from funnel.webhooks.sns import check_certificate_url
from funnel.webhooks.stored import process_bodies, receive
from funnel.wiring import Service
from tests.webhooks import signing
from tests.webhooks.conftest import Amazon
from tests.webhooks.test_gaps import BOUNCES
from tests.webhooks.test_verification import NOW, SIGNED

SEEDED = settings(
    max_examples=80,
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=40),
    st.sampled_from(["", "\0", "\ud800", "x" * 3000, 10**400, -1, 1e300, "9" * 300, [], {}, [[]], [None], {"a": []}]),
    st.sampled_from(["delivered", "opened", "Permanent", "dan@example.org", "1", "2027-01-04T12:00:00Z", "0001-01-01"]),
)


@st.composite
def spoiled(draw: st.DrawFn, value: Any) -> Any:
    """The same value with a few of its leaves or branches replaced, left out or put elsewhere."""
    fate = draw(st.integers(0, 11))
    if fate == 0:
        return draw(ODD)
    if isinstance(value, dict):
        made = {name: draw(spoiled(part)) for name, part in value.items() if draw(st.integers(0, 15))}
        if fate == 1:
            made[draw(st.text(max_size=8))] = draw(ODD)
        return made
    if isinstance(value, list):
        made_list = [draw(spoiled(part)) for part in value]
        return made_list * 3 if fate == 1 else made_list
    return value


def payload_of(adapter: str) -> Any:
    return json.loads(SIGNED[adapter]()[0])


@pytest.mark.parametrize("adapter", WEBHOOK_PROVIDERS)
@SEEDED
@given(data=st.data())
def test_a_parser_gives_events_or_says_that_it_cannot_read(adapter: str, data: st.DataObject) -> None:
    payloads = [payload_of(adapter), *(payload for name, payload, _ in BOUNCES if name == adapter)]
    payload = data.draw(spoiled(data.draw(st.sampled_from(payloads))))
    if adapter == "ses" and isinstance(payload, dict) and "Type" not in payload:
        payload = {"Type": "Notification", "MessageId": "1", "Message": json.dumps(payload)}
    if adapter == "mailgun" and isinstance(payload, dict) and "signature" not in payload:
        payload = {"signature": {"token": "t"}, "event-data": payload}
    body = json.dumps(payload).encode()
    try:
        events = list(WEBHOOK_PROVIDERS[adapter].parse(body, {"svix-id": "msg_1"}))
    except Unreadable:
        return
    assert all(isinstance(event, ProviderEvent) and len(event.reason) <= 500 for event in events)
    assert events == list(WEBHOOK_PROVIDERS[adapter].parse(body, {"svix-id": "msg_1"}))


@pytest.mark.parametrize("adapter", WEBHOOK_PROVIDERS)
@SEEDED
@given(body=st.one_of(st.binary(max_size=300), st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b"9" * 100_000])))
def test_bytes_of_any_kind_are_read_or_not_but_never_fail(adapter: str, body: bytes) -> None:
    try:
        WEBHOOK_PROVIDERS[adapter].parse(body, {})
    except Unreadable:
        return


@pytest.mark.parametrize("adapter", WEBHOOK_PROVIDERS)
@SEEDED
@given(data=st.data())
def test_a_spoiled_request_gets_in_only_if_its_proof_is_whole(
    adapter: str, data: st.DataObject, amazon: Amazon
) -> None:
    body, headers = SIGNED[adapter]()
    in_headers: bool = data.draw(st.booleans())
    if headers and in_headers:
        name = data.draw(st.sampled_from(sorted(headers)))
        headers = headers | {name: data.draw(st.text(max_size=60))}
    else:
        at = data.draw(st.integers(0, len(body) - 1))
        body = body[:at] + data.draw(st.binary(max_size=3)) + body[at + data.draw(st.integers(0, 3)) :]
    genuine = (body, headers) == SIGNED[adapter]()
    request = HookRequest(body, lower_names(headers), load_settings({}, **signing.settings()), NOW)
    try:
        WEBHOOK_PROVIDERS[adapter].verify(request)
    except (Refused, TryAgain):
        assert not genuine
        return
    assert genuine or _proof(adapter, body, headers) == _proof(adapter, *SIGNED[adapter]())
    for url in amazon.asked:  # also for requests that were refused, in which another certificate's name may stand
        check_certificate_url(url)


def _proof(adapter: str, body: bytes, headers: dict[str, str]) -> object:
    """What a signature of this provider covers."""
    if adapter == "mailgun":
        signed = json.loads(body)["signature"]
        return signed["timestamp"], signed["token"], signed["signature"].lower()
    if adapter == "ses":
        message = json.loads(body)
        return [message[name] for name in ("Message", "MessageId", "Timestamp", "TopicArn", "Type", "Signature")]
    if adapter in ("sendgrid", "resend"):
        return body
    return headers


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
@settings(SEEDED, max_examples=25)
@given(data=st.data())
def test_verified_nonsense_is_worked_on_without_an_error(data: st.DataObject, service: Service, dan: Delivery) -> None:
    adapter = data.draw(st.sampled_from(["postmark", "brevo", "sparkpost", "mailjet"]))
    payloads = [payload_of(adapter), *(payload for name, payload, _ in BOUNCES if name == adapter)]
    text = (
        json.dumps(data.draw(st.sampled_from(payloads))).replace('"7"', f'"{dan.id}"').replace('\\"7\\"', f'"{dan.id}"')
    )
    try:
        payload = json.loads(text)
    except ValueError:
        payload = {}
    signed = signing.basic(data.draw(spoiled(payload)))
    number = receive(service, HookQueue(""), adapter, signed[0], lower_names(signed[1]))
    assert number is not None
    process_bodies(service, [number], service.clock.now())
    with service.db.read() as session:
        row = session.get_one(HookBody, number)
        assert row.state == HookState.DONE or (row.error and "mistake" not in row.error and "refused" not in row.error)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(SEEDED, max_examples=40)
@given(adapter=st.sampled_from(sorted(WEBHOOK_PROVIDERS)), body=st.binary(max_size=200), value=st.text(max_size=60))
def test_what_proves_nothing_writes_nothing(
    adapter: str, body: bytes, value: str, service: Service, amazon: Amazon
) -> None:
    headers = {name.lower(): value for name in SIGNED[adapter]()[1]}
    with pytest.raises((Refused, TryAgain)):
        receive(service, HookQueue(""), adapter, body, headers)
    with service.db.read() as session:
        assert session.scalar(select(func.count()).select_from(HookBody)) == 0
        assert session.scalar(select(func.count()).select_from(Event)) == 0
