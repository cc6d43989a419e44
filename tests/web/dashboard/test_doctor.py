"""The doctor's page: nothing is asked before somebody presses, and what was found is shown as it is."""

from __future__ import annotations

import pytest

from funnel.operations.doctor import DnsRecord, Finding, Health
from funnel.web.dashboard import doctor
from funnel.wiring import Service

from .conftest import OWNER, Browser, text_of

RECORD = DnsRecord("harbour.example.org", "TXT", "v=spf1 <b>mx</b> ~all")
FOUND = [
    Finding("Disk", Health.OK, "12 GB are free."),
    Finding("SPF", Health.BAD, "There is <script>none</script>.", "Put this into the DNS.", (RECORD,)),
]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the page asked for, in order; nothing is really asked."""
    asked: list[str] = []

    def look_around(*_: object, **__: object) -> list[Finding]:
        asked.append("look")
        return FOUND

    def send_to_me(_: Service, address: str) -> Finding:
        asked.append(address)
        return Finding("Mail to me", Health.OK, "It was accepted.")

    monkeypatch.setattr(doctor, "look_around", look_around)
    monkeypatch.setattr(doctor, "send_to_me", send_to_me)
    return asked


def test_opening_the_page_asks_nothing(signed_in: Browser, looks: list[str]) -> None:
    assert "Look now" in text_of(signed_in.get("/dashboard/doctor"))
    assert looks == []


def test_what_was_found_is_shown_worst_first_and_escaped(signed_in: Browser, looks: list[str]) -> None:
    answer = signed_in.send("/dashboard/doctor", "/dashboard/doctor")
    page = answer.get_data(as_text=True)
    assert looks == ["look"]
    assert "<script>none" not in page
    assert "<code>v=spf1 &lt;b&gt;mx&lt;/b&gt; ~all</code>" in page
    assert text_of(answer).index("SPF") < text_of(answer).index("Disk")


def test_the_mail_goes_to_who_is_signed_in_only(signed_in: Browser, looks: list[str]) -> None:
    answer = signed_in.send("/dashboard/doctor", "/dashboard/doctor/mail", address="ben@example.org")
    assert "It was accepted." in text_of(answer)
    assert looks == [OWNER]


def test_a_second_look_at_the_same_time_waits(signed_in: Browser, looks: list[str]) -> None:
    with doctor._looking:
        assert "Somebody is looking" in text_of(signed_in.send("/dashboard/doctor", "/dashboard/doctor"))
    assert looks == []


def test_no_stranger_and_no_other_site_can_press_it(browser: Browser, signed_in: Browser, looks: list[str]) -> None:
    assert signed_in.post("/dashboard/doctor").status_code == 400
    assert Browser(browser.client.application.test_client()).get("/dashboard/doctor").status_code == 303
    assert looks == []
