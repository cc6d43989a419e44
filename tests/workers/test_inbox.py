"""The process that looks into the practice's inbox: what it needs, and that it ends when it is told to."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from funnel.settings import SettingsError
from funnel.wiring import Service
from workers.inbox import open_inbox, run_inbox
from workers.stopping import Stop

MAILBOX = "imaps://hello@mail.example.org/INBOX"
Make = Callable[..., Service]


def test_without_a_mailbox_it_says_which_setting_is_missing(service: Service) -> None:
    with pytest.raises(SettingsError, match="FUNNEL_REPLIES_MAILBOX is not set"):
        open_inbox(service)


def test_a_grant_that_is_none_is_told_without_showing_it(make_service: Make, time: object) -> None:
    grant = json.dumps({"token_url": "http://login.example.org", "client_id": "c", "refresh_token": "r3fresh"})
    with pytest.raises(SettingsError, match="FUNNEL_REPLIES_OAUTH is wrong: token_url") as error:
        open_inbox(make_service(replies_mailbox=MAILBOX, replies_oauth=grant))
    assert "r3fresh" not in str(error.value)


def test_an_absent_inbox_is_retried_until_told_to_stop(make_service: Make, time: object) -> None:
    tried: list[float] = []

    class Asked(Stop):
        def wait(self, seconds: float | None = None) -> bool:
            tried.append(seconds or 0.0)
            if len(tried) == 3:
                self.request()
            return self.requested

    run_inbox(make_service(replies_mailbox="imaps://hello@localhost:1/INBOX", replies_password="x"), Asked())
    assert tried == [0.5, 1.0, 2.0]
