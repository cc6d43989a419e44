from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

import funnel.adapters.ses
from funnel.adapters import open_adapter
from funnel.mail import Adapter
from tests.adapters.providers.apis import APIS, Api
from tests.adapters.providers.server import Handler, ProviderServer

Start = Callable[..., ProviderServer]
Connect = Callable[..., Adapter]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers that end with the test."""
    with ExitStack() as stack:

        def begin(handler: Handler, **options: Any) -> ProviderServer:
            return stack.enter_context(ProviderServer(handler, **options))

        yield begin


def signed_by_nobody(region: str) -> Callable[[str, bytes, Mapping[str, str]], Mapping[str, str]]:
    """In the place of boto3's signature, which test_ses_signature.py looks at: boto3 is not everywhere installed."""
    return lambda url, body, headers: {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE"}


@pytest.fixture(params=APIS, ids=lambda api: str(api.scheme))
def api(request: pytest.FixtureRequest) -> Api:
    """Each of the eight."""
    made: Api = request.param()
    return made


@pytest.fixture
def unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(funnel.adapters.ses, "signer", signed_by_nobody)


@pytest.fixture
def connect(start: Start, unsigned: None) -> Iterator[Connect]:
    """Opens the adapter for an API of `apis` behind a server of its own, patient for two seconds."""
    with ExitStack() as stack:

        def begin(api: Api, server: ProviderServer | None = None, **options: str | int | float) -> Adapter:
            given: dict[str, str | int | float] = {"timeout": 2} | options
            served = server or start(api)
            adapter = open_adapter(f"{api.url}endpoint={served.url}", **given)
            stack.callback(adapter.close)
            return adapter

        yield begin
