"""How often somebody may try to sign in, so that guessing has an end and nobody can lock an admin out.

Attempts are counted for an account *and* a network, ever more slowly (8 in a quarter of an hour, 40 a day), and for a
network. A browser that an admin was signed in with before has a signed cookie and attempts of its own: what others do,
from her network too, does not hold her up (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
"""

from __future__ import annotations

import secrets

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import parse_many

from funnel.curriculum.addresses import email_key
from funnel.web.budgets import current_budgets

FROM_ONE_PLACE = parse_many("20 per 15 minutes; 200 per day")
FOR_ONE_ACCOUNT = parse_many("8 per 15 minutes; 40 per day")
FROM_A_KNOWN_BROWSER = parse_many("10 per 15 minutes; 60 per day")
# For as long as a link works: however many a stranger asks for, one that works is always in the admin's mailbox.
LINKS_MAILED = parse_many("3 per 30 minutes")
COOKIE = "funnel-known"
_COOKIE_SECONDS = 365 * 86_400


def seconds_to_wait(email: str) -> int:
    """0 where this attempt to sign in as `email` may be made; it is counted. Else after how many seconds one may be.

    With "" it is one that guesses at no account.
    """
    budgets, account = current_budgets(), _account(email)
    browser = _known_browser(account)
    if browser and budgets.spend(FROM_A_KNOWN_BROWSER, "sign-in-browser", browser):
        return 0
    network = budgets.network(request.remote_addr)
    place = (FROM_ONE_PLACE, ("sign-in-network", network))
    both = (FOR_ONE_ACCOUNT, ("sign-in-account", account, network))
    asked = [place, both] if email else [place]
    if all(budgets.spend(limits, *key) for limits, key in asked):
        return 0
    return max(budgets.wait(limits, *key) for limits, key in asked)


def may_be_mailed(email: str) -> bool:
    """Whether one more link may be mailed to this address; counted for whatever was typed, so that it tells nothing."""
    budgets, account = current_budgets(), _account(email)
    browser = _known_browser(account)
    of_browser = bool(browser) and budgets.spend(LINKS_MAILED, "sign-in-mail", account, browser)
    return of_browser or budgets.spend(LINKS_MAILED, "sign-in-mail", account)


def know_browser(response: Response, email: str) -> None:
    """Gives the browser the cookie by which it is known as one that this admin was signed in with."""
    response.set_cookie(
        COOKIE,
        _serializer().dumps([_account(email), secrets.token_hex(8)]),
        max_age=_COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )


def _known_browser(account: str) -> str:
    """What names this browser, if it is known for this account; else ""."""
    try:
        known, browser = _serializer().loads(request.cookies.get(COOKIE, ""), max_age=_COOKIE_SECONDS)
    except (BadSignature, ValueError, TypeError):
        return ""
    return str(browser) if known == account else ""


def _account(email: str) -> str:
    return current_budgets().digest("account", email_key(email.strip()))


def _serializer() -> URLSafeTimedSerializer:
    keys = [*reversed(current_app.config["SECRET_KEY_FALLBACKS"]), current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(keys, salt="funnel.known-browser")
