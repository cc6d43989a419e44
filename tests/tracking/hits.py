"""User agents of the world, and requests made with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from funnel.tracking.actors import Seen

SENT = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36"
)
APPLE_MAIL = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
)
OUTLOOK = (
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; "
    "Microsoft Outlook 16.0.5134; ms-office; MSOffice 16)"
)
APPLE_PRIVACY = "Mozilla/5.0"
GMAIL_PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
YAHOO_PROXY = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
OFFICE = "198.51.100.0/24"


def opened(agent: str = FIREFOX, after: float = 600, *, method: str = "GET", network: str = "", **headers: str) -> Seen:
    """An open so many seconds after the mail was handed over. Headers are written with underscores."""
    return Seen("open", SENT + timedelta(seconds=after), None, method, agent, network, _headers(headers))


def clicked(
    link: int = 0,
    after: float = 600,
    agent: str = FIREFOX,
    *,
    method: str = "GET",
    network: str = "",
    shared: bool = False,
    **headers: str,
) -> Seen:
    """A click so many seconds after the mail was handed over."""
    at = SENT + timedelta(seconds=after)
    return Seen("click", at, link, method, agent, network, _headers(headers), shared)


def _headers(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
