"""Who caused an open or a click, as far as one request tells. Rules are data with their reason; none is certain.

Sources: the facts mailbox providers and scanners publish of themselves. What one request cannot tell (a burst over
every link of a mail) is told by `judge_burst`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from funnel.models import Actor
from funnel.response.spool import Hit

RULES_VERSION = 1
_APPLE_PRIVACY = "Mozilla/5.0"
_GMAIL_PREFETCH = "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
_MAIL_PROXY = re.compile(r"GoogleImageProxy|YahooMailProxy")
_TOOLS = re.compile(
    r"Barracuda Sentinel|python-requests/|aiohttp/|AHC/|lua-resty-http/|okhttp/|^Java/|Amazon CloudFront"
    r"|HubSpot Connect|dataaccessd/|Slackbot|Snap URL Preview|MicrosoftPreview/|BingPreview/|GoogleMessages/|facebookexternalhit"
    r"|WhatsApp/|^curl/|^Wget/|Go-http-client/|bot\b|crawler|spider",
    re.IGNORECASE,
)
_TOO_FAST = timedelta(seconds=2)
BURST = timedelta(seconds=5)
_BURST_LINKS = 3


def judge(hit: Hit, handed_over: datetime | None, *, lapse: float = 1.0) -> tuple[Actor, list[str]]:
    """Who made this request, with the reasons. `handed_over` is when the mailbox took the mail, story time.

    `lapse` is how much faster than life story time runs, so that "too fast for a person" means the same in a demo.
    """
    agent = hit.user_agent.strip()
    if hit.method == "HEAD":
        return Actor.MACHINE, ["HEAD: a person's program asks for the page itself"]
    if "prefetch" in " ".join((hit.headers.get("Purpose", ""), hit.headers.get("Sec-Purpose", ""))).lower():
        return Actor.MACHINE, ["the program says it is prefetching"]
    if hit.kind == "open":
        if agent == _APPLE_PRIVACY:
            return Actor.MACHINE, ["Apple Mail privacy protection fetches images whether read or not"]
        if agent.endswith(_GMAIL_PREFETCH):
            return Actor.MACHINE, ["Gmail fetches images ahead while a session is open"]
        if _MAIL_PROXY.search(agent):
            return Actor.HUMAN, ["the mailbox fetches images when the mail is opened"]
    if not agent:
        return Actor.MACHINE, ["no user agent"]
    if _TOOLS.search(agent):
        return Actor.MACHINE, ["a known scanner or tool by its user agent"]
    if handed_over is not None and hit.kind == "click" and (hit.at - handed_over) / lapse < _TOO_FAST:
        return Actor.MACHINE, ["faster than a person after the mail was handed over"]
    return Actor.HUMAN, ["nothing speaks against a person"]


def judge_burst(clicks: Sequence[tuple[datetime, int]], *, lapse: float = 1.0) -> bool:
    """Whether these clicks on one mail, as (time, link number), hold a burst: several links within seconds."""
    ordered = sorted(clicks)
    for index, (start, _) in enumerate(ordered):
        within = {link for at, link in ordered[index:] if (at - start) / lapse <= BURST}
        if len(within) >= _BURST_LINKS:
            return True
    return False
