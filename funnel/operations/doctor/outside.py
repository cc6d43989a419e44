"""What others see: the public address over https, and this machine's clock beside another's."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from funnel.curriculum.reserved import is_loopback
from funnel.operations.doctor.findings import Finding, fine, not_tried, warned, wrong

SECONDS = 5.0  # for one answer
# Whose Date header is compared: a large site that gets nothing from us but the question.
TIME_SOURCE = "https://www.iana.org/"
_MOST_BYTES = 65_536
_SKEW, _BAD_SKEW = 5.0, 60.0  # seconds; TLS, signatures of webhooks and "due at" all suppose a right clock


def check_site(site_url: str, seconds: float = SECONDS) -> Finding:
    """Whether the public address leads to this service, over https with a certificate that others trust."""
    check, host = "Public address", urlsplit(site_url).hostname or ""
    if is_loopback(host):
        return not_tried(check, f"{site_url} is this machine only")
    if not site_url.startswith("https://"):
        return wrong(
            check, f"{site_url} is not https.", "Put a web server with a certificate in front; see operating.md."
        )
    try:
        with requests.get(site_url + "/healthz", timeout=seconds, allow_redirects=False, stream=True) as answer:
            body = answer.raw.read(_MOST_BYTES, decode_content=True)
            status, where = answer.status_code, answer.headers.get("Location", "")
    except requests.exceptions.SSLError:
        return wrong(
            check, f"The certificate of {host} is not trusted, or is for another name.", "Renew it, for this very name."
        )
    except (requests.RequestException, OSError) as error:
        return wrong(
            check,
            f"{site_url} cannot be reached from here ({type(error).__name__}).",
            "See that the name leads to this machine, and that the web server in front runs.",
        )
    if 300 <= status < 400:
        return wrong(
            check,
            f"{site_url} sends visitors elsewhere{': ' + where[:80] if where.isprintable() and where else ''}.",
            "Set FUNNEL_SITE_URL to the address that answers itself: a redirect loses one-click unsubscribes.",
        )
    if status == 421:
        return wrong(check, f"{host} is not the name the service knows.", "Let the proxy pass the Host header on.")
    if status not in (200, 503) or b'"ok"' not in body:
        return wrong(check, f"{site_url} is answered by something else ({status}).", "See where the proxy leads.")
    if status == 503:
        return warned(check, f"{site_url} answers, but has no database.", "See the check of the database.")
    return fine(check, f"{site_url} answers over https.")


def check_time(machine_now: datetime, source: str = TIME_SOURCE, seconds: float = SECONDS) -> Finding:
    """This machine's clock (`machine_now`, aware) beside the Date header of another; it is exact to about a second."""
    check = "Clock skew"
    try:
        with requests.head(source, timeout=seconds, allow_redirects=False) as answer:
            theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
            waited = answer.elapsed.total_seconds()
    except (requests.RequestException, OSError):
        return not_tried(check, f"{urlsplit(source).hostname} did not answer")
    except (ValueError, TypeError):
        return not_tried(check, f"{urlsplit(source).hostname} said no date that can be read")
    if theirs.tzinfo is None:
        return not_tried(check, f"{urlsplit(source).hostname} said no date that can be read")
    skew = abs((machine_now - theirs).total_seconds()) - waited
    advice = "Switch time synchronisation on (NTP), for example systemd-timesyncd."
    if skew > _BAD_SKEW:
        return wrong(check, f"This machine's clock is off by about {skew:.0f} s.", advice)
    if skew > _SKEW:
        return warned(check, f"This machine's clock is off by about {skew:.0f} s.", advice)
    return fine(check, "This machine's clock is right.")
