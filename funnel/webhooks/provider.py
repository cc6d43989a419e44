"""What a provider's file offers: a check of the request, and a reading of its body."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from funnel.settings import Settings
from funnel.webhooks.events import ProviderEvent


class Refused(Exception):
    """This request is not taken. The text says why, for our log; the sender learns nothing but the status."""


class NotConfigured(Refused):
    """The setting without which nothing of this provider can be believed is empty."""

    def __init__(self, setting: str) -> None:
        super().__init__(f"{setting} is not set")


class Unreadable(ValueError):
    """A verified body that is not what this provider sends."""


class TryAgain(Exception):
    """Whether the request is genuine cannot be told at this moment; the provider should send it again."""


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One request as it came in: header names in lower case; `now` is machine time, for providers know no other."""

    body: bytes
    headers: Mapping[str, str]
    settings: Settings
    now: datetime


@dataclass(frozen=True, slots=True)
class Verified:
    """The request is genuine. `keep` is what the parser needs of its headers; `once` may be used a single time."""

    keep: dict[str, str] = field(default_factory=dict)
    once: str = ""


def _nothing_to_do(body: bytes, topic: str) -> None:
    return None


@dataclass(frozen=True)
class WebhookProvider:
    """`verify` raises Refused or TryAgain; `parse` raises Unreadable and is pure; `answer` does what a body asks for.

    `answer` may use the network and raise OSError; `topic` is the only one it may speak for.
    """

    verify: Callable[[HookRequest], Verified]
    parse: Callable[[bytes, Mapping[str, str]], Sequence[ProviderEvent]]
    answer: Callable[[bytes, str], None] = _nothing_to_do
