"""Machines that name themselves, and the people's programs that look like them. From the named pages, in one table."""

from __future__ import annotations

import time

import pytest

from funnel.models import Actor
from funnel.tracking.actors import judge_alone
from funnel.tracking.rule import Agent
from funnel.tracking.rules import SINGLE
from tests.tracking.hits import SENT, clicked, opened

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_CHROME = f"{_WEBKIT} Chrome/146.0.0.0 Safari/537.36"
_WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME}"
_ANDROID = f"Mozilla/5.0 (Linux; Android 14; {{}}) {_WEBKIT} Chrome/146.0.0.0 Mobile Safari/537.36"

# (user agent, where it is documented)
MACHINES = [
    ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", "Microsoft, link previews"),
    (f"Mozilla/5.0 (en-us) {_WEBKIT[:-1]}; Google Web Preview) Version/3.1 Safari/525.13", "Google, crawlers"),
    ("meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)", "Meta, crawlers"),
    ("Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)", "Yahoo, Slurp"),
    ("Mozilla/5.0 (compatible; CloudFlare-Prefetch/0.1; +http://www.cloudflare.com/)", "Cloudflare"),
    ("Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)", "Embedly, support"),
    ("Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)", "Censys"),
    ("Mozilla/5.0 (compatible; GoogleOther)", "Google, crawlers"),
    (_ANDROID.format("Pixel 8") + " (compatible; GoogleOther)", "Google, crawlers"),
    (f"Mozilla/5.0 {_WEBKIT[:-1]}; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "Bing webmasters"),
    (f"{_WINDOWS} Chrome-Lighthouse", "Google, Lighthouse"),
    (f"{_WINDOWS} DatadogSynthetics", "Datadog, Synthetics"),
    (f"{_WINDOWS} RuxitSynthetic/1.0", "Dynatrace, synthetic monitors"),
    (f"{_WINDOWS} PTST/260101.120000", "WebPageTest"),
    (f"{_WINDOWS}; Devin/1.0; +devin.ai", "Cognition, Devin"),
    (f"{_WINDOWS} (somebody@research.example.org)", "RFC 9309, 2.2.1"),
    (f"{_WINDOWS} (scanner.example.org)", "RFC 9309, 2.2.1"),
    (f"{_WINDOWS} ExampleScanner", "says what it does"),
    ("Mozilla/5.0 (compatible; NamelessFetcher/3)", "only compatible"),
    ("Mozilla/5.0 (X11; Linux x86_64) ExampleCrawler", "says what it is"),
    (
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) Chrome/140.0 Mobile (compatible; Googlebot/2.1)",
        "Google",
    ),
    ("WhatsApp/2.23.20.0 A", "WhatsApp, link previews"),
]
# (user agent, what it is)
PEOPLE = [
    (_WINDOWS, "Chrome"),
    (f"{_WINDOWS} Edg/146.0.0.0", "Edge"),
    (f"{_WINDOWS} OPR/120.0.0.0 (Edition developer)", "Opera"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_5) AppleWebKit/605.1.15 (KHTML, like Gecko)", "Apple Mail"),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 GSA/380.0",
        "Google app",
    ),
    (_ANDROID.format("CUBOT X30"), "a telephone of Cubot's"),
    (_ANDROID.format("M bot 51"), "a telephone called bot"),
    (_ANDROID.format("C Bot Tab 70"), "a tablet called bot"),
    (_ANDROID.format("Spider 8"), "a tablet called spider"),
    (_ANDROID.format("Spectrum Scan+ Capture+"), "a telephone that may be called anything"),
    (_ANDROID.format("Pixel 8") + " [FBAN/FB4A;FBAV/500.0.0.0;FBCR/Telekom.de;]", "Facebook's own browser"),
    (_ANDROID.format("Pixel 8") + " DuckDuckGo/5", "DuckDuckGo"),
    (f"Mozilla/5.0 (X11; CrOS x86_64 16000.0.0) {_CHROME}", "ChromeOS"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
    ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer 11"),
]
NEVER_MACHINES = [
    ("Avant Browser/1.2.789 (http://www.avantbrowser.com)", "a browser with its maker's page"),
    ("HbbTV/1.1.1 (;;;;) Mozilla/5.0 (compatible; ANTGalio/3.0.2; Linux2.6)", "a television"),
    ("Mozilla/4.0 (compatible; MSIE 8.0; User-agent: Mozilla/4.0 (compatible; MSIE 6.0) ; User-agent: x)", "a part"),
    ("Mozilla/4.0 (compatible; MSIE 6.0; Windows 98; Net M@nager V3.02 - www.example.org)", "an old browser's part"),
    (f"{_WINDOWS},gzip(gfe) (via docs.google.com/viewer)", "somebody reads by way of Google's viewer"),
    ("Mozilla/5.0 (compatible; Ubuntu; Linux x86_64)", "a browser cut short"),
    (
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; Embedded Web Browser from: http://bsalsa.com/)",
        "an old part",
    ),
    ("Mozilla/5.0 (Windows; U; Windows NT 5.1) Gecko/20080406 K-Meleon/1.1.5 (+http://www.example.org)", "K-Meleon"),
    ("Mozilla/5.0 (compatible; Konqueror/3.5; Linux) KHTML/3.5.8 (like Gecko)", "Konqueror"),
    ("Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; Trident/6.0; IEMobile/10.0)", "Windows Phone"),
    ("Mozilla/5.0 (compatible; IBrowse 3.0; AmigaOS4.0)", "IBrowse"),
    ("Safari%20Technology%20Preview/11601.6.17 CFNetwork/760.5.1 Darwin/15.5.0 (x86_64)", "Safari to try out"),
    (
        f"Mozilla/5.0 (Web0S; Linux/SmartTV) {_CHROME} WebAppManager LG NetCast.TV-2013 Compatible (LGE, 32L)",
        "a television",
    ),
]
MAIL_PROGRAMS = [
    ("Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A.240205.002)", "K-9"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 MacOutlook/16.80.24010421", "Outlook"),
    ("MacOutlook/16.80.24010421 (Intelx64 Mac OS X 14.2.1 (Build 23C71))", "Outlook for Mac"),
    ("Mozilla/4.0 (compatible; Lotus-Notes/6.0; Windows-NT)", "Notes"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.2.0", "Thunderbird"),
    ("Mail/3774.600.62 CFNetwork/1568.100.1 Darwin/24.0.0", "Apple Mail"),
]


def of(pairs: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("agent", [agent for agent, _ in pairs])


@of(MACHINES)
@pytest.mark.parametrize("change", [str, str.upper, str.lower], ids=["", "loud", "soft"])
def test_who_says_that_it_is_a_machine_is_one(agent: str, change) -> None:  # type: ignore[no-untyped-def]
    said = agent if change is str.upper and agent.startswith("Mozilla") else change(agent)
    assert judge_alone(clicked(agent=said), SENT).actor == Actor.MACHINE
    assert judge_alone(opened(said), SENT).actor == Actor.MACHINE


@of(PEOPLE)
def test_a_browser_is_a_person_whatever_its_telephone_is_called(agent: str) -> None:
    assert judge_alone(clicked(agent=agent), SENT).actor == Actor.HUMAN
    assert judge_alone(opened(agent), SENT).actor == Actor.HUMAN


@of(NEVER_MACHINES)
def test_an_odd_browser_is_at_most_unknown(agent: str) -> None:
    assert judge_alone(clicked(agent=agent), SENT).actor != Actor.MACHINE
    assert judge_alone(opened(agent), SENT).actor != Actor.MACHINE


@of(MAIL_PROGRAMS)
def test_a_mail_program_that_shows_a_mail_is_a_person(agent: str) -> None:
    assert judge_alone(opened(agent), SENT).actor == Actor.HUMAN


def test_a_mail_program_that_asks_for_a_page_may_be_anybody() -> None:
    for agent in ("Dalvik/2.1.0 (Linux; U; Android 14)", "MacOutlook/16.80", "Mozilla/5.0 (Macintosh) Word/16.80.0"):
        assert judge_alone(clicked(agent=agent), SENT).actor == Actor.UNKNOWN


@pytest.mark.parametrize(
    "part", [")", "(", "()", "a@", "+a", "a-", "(a.", "bot", "compatible;", "AppleWebKit", ") scan"]
)
def test_no_agent_is_long_to_judge(part: str) -> None:
    """Strangers write agents: 500 letters of anything must not hold up whoever takes hits in."""
    agent = Agent(f"Mozilla/5.0 ({part * 500}"[:500])
    started = time.process_time()
    for rule in SINGLE:
        rule.means(agent)
    assert time.process_time() - started < 0.05
