"""Requests, judged: one scenario for each published fact, alone and with what came around them."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from funnel.models import Actor
from funnel.tracking.actors import Seen, judge_alone, judge_mail
from funnel.tracking.rules import RULES, SINGLE
from tests.tracking.hits import (
    APPLE_MAIL,
    APPLE_PRIVACY,
    CHROME,
    FIREFOX,
    GMAIL_PREFETCH,
    GMAIL_PROXY,
    OFFICE,
    OUTLOOK,
    SENT,
    YAHOO_PROXY,
    clicked,
    opened,
)

HUMAN, MACHINE, UNKNOWN = Actor.HUMAN, Actor.MACHINE, Actor.UNKNOWN


@pytest.mark.parametrize(
    ("one", "actor", "rule"),
    [
        (opened(FIREFOX), HUMAN, "browser-opens"),
        (opened(FIREFOX, Accept="image/avif,image/webp,*/*;q=0.5"), HUMAN, "browser-opens"),
        (opened(APPLE_MAIL, Accept="image/*"), HUMAN, "browser-opens"),
        (opened(OUTLOOK, Accept="*/*"), HUMAN, "mail-program"),
        (opened(GMAIL_PROXY), HUMAN, "mailbox-proxy"),
        (opened(YAHOO_PROXY), HUMAN, "mailbox-proxy"),
        (opened("FastmailUA/1.0"), HUMAN, "mailbox-proxy"),
        (opened(APPLE_PRIVACY), MACHINE, "apple-privacy"),
        (opened(GMAIL_PREFETCH), MACHINE, "gmail-prefetch"),
        (opened(""), MACHINE, "no-agent"),
        (opened(FIREFOX, method="HEAD"), MACHINE, "head"),
        (opened(FIREFOX, Purpose="prefetch"), MACHINE, "prefetch:purpose"),
        (opened("Slack-ImgProxy (+https://api.slack.com/robots)"), MACHINE, "preview"),
        (opened("python-requests/2.32.3"), MACHINE, "tool"),
        (clicked(), HUMAN, "browser-clicks"),
        (clicked(agent="Mozilla/5.0 (Linux; Android 14; CUBOT X30) Chrome/142.0.0.0 Mobile"), HUMAN, "browser-clicks"),
        (clicked(Sec_Fetch_Mode="navigate"), HUMAN, "browser-clicks"),
        (clicked(method="HEAD"), MACHINE, "head"),
        (clicked(Sec_Purpose="prefetch;prerender"), MACHINE, "prefetch:sec-purpose"),
        (clicked(X_Moz="prefetch"), MACHINE, "prefetch:x-moz"),
        (clicked(agent="Barracuda Sentinel (EE)"), MACHINE, "scanner"),
        (clicked(agent="macOS/13.4 (22F66) dataaccessd/1.0"), MACHINE, "scanner"),
        (clicked(agent="Python/3.9 aiohttp/3.8.1"), MACHINE, "tool"),
        (clicked(agent="Java/17.0.2"), MACHINE, "tool"),
        (clicked(agent="lua-resty-http/0.10 (Lua) ngx_lua/10019"), MACHINE, "tool"),
        (clicked(agent="Mozilla/5.0 (Windows NT 6.1) BingPreview/1.0b"), MACHINE, "preview"),
        (clicked(agent="Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"), MACHINE, "preview"),
        (clicked(agent="Snap URL Preview Service; bot; snapchat"), MACHINE, "preview"),
        (clicked(agent="Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), MACHINE, "bot"),
        (clicked(after=1), MACHINE, "too-fast"),
        (clicked(after=-3), MACHINE, "too-fast"),  # pressed while the mailbox was still taking the mail
        (clicked(after=-7200), HUMAN, "browser-clicks"),  # somebody noted the hand-over by hand, later
    ],
)
def test_each_kind_of_request_is_judged_by_the_rule_for_it(one: Seen, actor: Actor, rule: str) -> None:
    judged = judge_alone(one, SENT)
    assert (judged.actor, judged.name) == (actor, rule)


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (opened("Shortwave Image Fetcher"), "unknown-proxy"),
        (opened("RamblerMail/6.0 (incompatible; ImageProxy/6.0)"), "unknown-proxy"),
        (opened("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)"), "old-browser"),
        (opened("Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/41.0.2228.0 Safari/537.36"), "old-browser"),
        (opened(CHROME, Accept="*/*"), "not-a-picture"),
        (clicked(Sec_Fetch_Mode="no-cors"), "not-a-visit"),
        (clicked(agent=OUTLOOK), "program-clicks"),
        (clicked(agent="Something/1.0"), "nothing-known"),
        (clicked(agent=APPLE_PRIVACY), "nothing-known"),
    ],
)
def test_where_the_evidence_is_thin_nobody_is_named(one: Seen, rule: str) -> None:
    judged = judge_alone(one, SENT)
    assert (judged.actor, judged.name) == (UNKNOWN, rule)


def test_every_rule_has_a_name_of_its_own_a_reason_and_a_source() -> None:
    assert [name for name, n in Counter(rule.name for rule in RULES).items() if n > 1] == []
    assert all(rule.reason and rule.source for rule in RULES)
    assert SINGLE[-1].actor == UNKNOWN


def test_in_a_time_lapse_too_fast_is_measured_in_real_seconds() -> None:
    hours_later = clicked(after=6 * 3600)
    assert judge_alone(hours_later, SENT, lapse=1).actor == HUMAN
    assert judge_alone(hours_later, SENT, lapse=80_640).actor == MACHINE


def verdicts(*seen: Seen, links: int | None = None, signs: tuple[float, ...] = ()) -> list[str]:
    times = [SENT + timedelta(seconds=second) for second in signs]
    return [rule.name for rule in judge_mail(seen, SENT, links=links, signs=times)]


@pytest.mark.parametrize(
    ("pairs", "judged"),
    [
        (((600, 0), (601, 1), (602, 2)), "MMM"),  # began innocently, judged whole
        (((600, 0), (601, 0), (602, 0)), "HHH"),  # one link, pressed impatiently
        (((600, 0), (660, 1), (720, 2)), "HHH"),  # a person reading
        (((600, 0), (660, 1), (661, 2), (662, 3)), "HMMM"),  # a person first, and then a scanner
        (((600, 0), (601, 1), (602, 2), (90_000, 1)), "MMMH"),  # a scanner, and a person the next day
        (((600, 0), (603, 1), (606, 2), (609, 3)), "HHHH"),  # never three within five seconds
    ],
)
def test_several_links_of_one_mail_within_seconds_are_a_burst(
    pairs: tuple[tuple[float, int], ...], judged: str
) -> None:
    rules = judge_mail([clicked(link, after) for after, link in pairs], SENT, links=9)
    assert "".join(rule.actor[0].upper() for rule in rules) == judged


def test_both_links_of_a_mail_with_two_within_seconds_are_all() -> None:
    both = (clicked(0, 600), clicked(1, 603))
    assert verdicts(*both, links=2) == ["every-link", "every-link"]
    assert verdicts(*both, links=5) == ["browser-clicks", "browser-clicks"]
    assert verdicts(clicked(0, 600), links=1) == ["browser-clicks"]


def test_a_scanner_that_clicks_has_not_opened_the_mail_either() -> None:
    scanner = [clicked(n, 600 + n, CHROME, network=OFFICE) for n in range(3)]
    same, another = opened(CHROME, 599, network=OFFICE), opened(FIREFOX, 599, network=OFFICE)
    proxy = opened(GMAIL_PROXY, 600, network=OFFICE)
    assert verdicts(same, another, proxy, *scanner)[:3] == ["alongside", "browser-opens", "mailbox-proxy"]


def test_a_button_pressed_later_makes_the_last_click_a_persons() -> None:
    burst = [clicked(n, 600 + n) for n in range(4)]
    assert verdicts(*burst, signs=(700,)) == ["several-links"] * 3 + ["sign-of-life"]
    assert verdicts(*burst, signs=(600 + 3600,)) == ["several-links"] * 4  # too long afterwards
    assert verdicts(*burst, signs=(500,)) == ["several-links"] * 4  # before
    assert verdicts(clicked(after=1), signs=(60,)) == ["sign-of-life"]


def test_a_sign_of_life_does_not_clear_a_self_named_machine() -> None:
    person, scanner = clicked(0, 600), clicked(1, 610, "Barracuda Sentinel (EE)")
    assert verdicts(person, scanner, signs=(650,)) == ["sign-of-life", "scanner"]
    assert verdicts(clicked(0, 600, method="HEAD"), signs=(650,)) == ["head"]
    apple, thin = opened(APPLE_PRIVACY, 600), opened("Shortwave Image Fetcher", 600)
    assert verdicts(apple, thin, signs=(650,)) == ["apple-privacy", "sign-of-life"]


def test_a_crowd_is_a_machine_but_for_shared_proxies() -> None:
    assert verdicts(clicked(shared=True)) == ["crowd"]
    assert verdicts(clicked(shared=True), signs=(660,)) == ["sign-of-life"]
    gmail = Seen("open", SENT, agent=GMAIL_PROXY, shared=True)
    assert verdicts(gmail) == ["mailbox-proxy"]


def test_the_order_in_which_hits_came_in_does_not_matter() -> None:
    chance = random.Random(5)
    seen = [clicked(chance.randrange(6), chance.uniform(0, 40)) for _ in range(30)]
    seen += [opened(after=chance.uniform(0, 40)) for _ in range(10)]
    expected = dict(zip(seen_keys(seen), verdicts(*seen, links=6, signs=(30,)), strict=True))
    for _ in range(5):
        chance.shuffle(seen)
        again = dict(zip(seen_keys(seen), verdicts(*seen, links=6, signs=(30,)), strict=True))
        assert {key: kind(name) for key, name in again.items()} == {key: kind(name) for key, name in expected.items()}


def seen_keys(seen: list[Seen]) -> list[tuple[str, float, int | None]]:
    return [(one.kind, one.at.timestamp(), one.link) for one in seen]


def kind(name: str) -> str:
    return next(rule.actor for rule in RULES if rule.name == name)


def test_a_flood_on_one_mail_is_judged_in_a_moment() -> None:
    flood = [clicked(n % 7, 600 + n / 1000) for n in range(20_000)]
    assert {rule.actor for rule in judge_mail(flood, SENT, links=7)} == {MACHINE}
