"""One request, judged: each rule with the fact it stands on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from funnel.models import Actor
from funnel.response.actors import judge, judge_burst
from funnel.response.spool import Hit

SENT = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GMAIL_PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
YAHOO_PROXY = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"


def hit(
    kind: str, agent: str, *, after: float = 600, method: str = "GET", headers: dict[str, str] | None = None
) -> Hit:
    return Hit(
        kind=kind,
        delivery_id=1,
        at=SENT + timedelta(seconds=after),
        method=method,
        user_agent=agent,
        headers=headers or {},
    )


@pytest.mark.parametrize(
    ("one", "actor"),
    [
        (hit("open", FIREFOX), Actor.HUMAN),
        (hit("open", "Mozilla/5.0"), Actor.MACHINE),
        (hit("open", GMAIL_PROXY), Actor.HUMAN),
        (hit("open", GMAIL_PREFETCH), Actor.MACHINE),
        (hit("open", YAHOO_PROXY), Actor.HUMAN),
        (hit("open", ""), Actor.MACHINE),
        (hit("click", FIREFOX), Actor.HUMAN),
        (hit("click", FIREFOX, after=1), Actor.MACHINE),
        (hit("click", FIREFOX, method="HEAD"), Actor.MACHINE),
        (hit("open", FIREFOX, headers={"Purpose": "prefetch"}), Actor.MACHINE),
        (hit("click", FIREFOX, headers={"Sec-Purpose": "prefetch;prerender"}), Actor.MACHINE),
        (hit("click", "Barracuda Sentinel (EE)"), Actor.MACHINE),
        (hit("click", "python-requests/2.32.3"), Actor.MACHINE),
        (hit("click", "Java/17.0.2"), Actor.MACHINE),
        (hit("click", "Mozilla/5.0 (Windows NT 6.1) BingPreview/1.0b"), Actor.MACHINE),
    ],
)
def test_each_kind_of_request_is_judged_with_a_reason(one: Hit, actor: Actor) -> None:
    judged, reasons = judge(one, SENT)
    assert judged == actor
    assert all(reasons)


def test_in_a_time_lapse_too_fast_means_the_same_in_a_persons_seconds() -> None:
    hours_later = hit("click", FIREFOX, after=6 * 3600)
    assert judge(hours_later, SENT, lapse=1)[0] == Actor.HUMAN
    assert judge(hours_later, SENT, lapse=80_640)[0] == Actor.MACHINE


def clicks(*pairs: tuple[float, int]) -> list[tuple[datetime, int]]:
    return [(SENT + timedelta(seconds=second), link) for second, link in pairs]


@pytest.mark.parametrize(
    ("pairs", "burst"),
    [
        (((0, 0), (1, 1), (2, 2)), True),
        (((0, 0), (1, 0), (2, 0)), False),  # one link, pressed impatiently
        (((0, 0), (60, 1), (120, 2)), False),  # a person reading
        (((0, 0), (60, 1), (61, 2), (62, 3)), True),  # a person first, and then a scanner
    ],
)
def test_several_links_of_one_mail_within_seconds_are_a_burst(
    pairs: tuple[tuple[float, int], ...], burst: bool
) -> None:
    assert judge_burst(clicks(*pairs)) is burst
