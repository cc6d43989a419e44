"""Access to a mailbox without its password: by a refresh token (OAuth 2.0, RFC 6749, 6), as Google and others ask."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from funnel.bounces.waiting_mail import MailboxError

_TIMEOUT = (10, 20)  # seconds to connect, and between two pieces of the answer
_EARLY = 60.0  # seconds before its end a token is renewed
_KEYS = ("token_url", "client_id", "refresh_token")
_MOST_BYTES = 64 * 1024


@dataclass
class AccessTokens:
    """Gives a token that is good for a minute at least; asks for one only when the last has grown old."""

    token_url: str
    client_id: str
    refresh_token: str = field(repr=False)
    client_secret: str = field(default="", repr=False)
    scope: str = ""
    _token: str = field(default="", repr=False)
    _until: float = 0.0

    def current(self) -> str:
        """Raises MailboxError where none is given, with the provider's own word for why."""
        if time.monotonic() < self._until:
            return self._token
        asked = {"grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": self.refresh_token}
        asked |= {"client_secret": self.client_secret} if self.client_secret else {}
        asked |= {"scope": self.scope} if self.scope else {}
        host = urlsplit(self.token_url).hostname
        try:
            answer = requests.post(self.token_url, data=asked, timeout=_TIMEOUT, allow_redirects=False, stream=True)
            with answer:
                said = json.loads(answer.raw.read(_MOST_BYTES, decode_content=True))
        except (requests.RequestException, ValueError, OSError) as error:
            raise MailboxError(f"{host} gives no access token ({type(error).__name__}): try again later") from None
        token = said.get("access_token") if isinstance(said, dict) else None
        if answer.status_code != 200 or not isinstance(token, str) or not token:
            why = str(said.get("error", answer.status_code))[:60] if isinstance(said, dict) else answer.status_code
            raise MailboxError(
                f"{host} gives no access token ({why}): consent was withdrawn or has run out, so give it again and put "
                "the new refresh token into FUNNEL_REPLIES_OAUTH"
            )
        if isinstance(said.get("refresh_token"), str) and said["refresh_token"]:
            self.refresh_token = said["refresh_token"]  # Microsoft gives a new one each time; the old one stays good
        lasts = said.get("expires_in")
        self._token, self._until = token, time.monotonic() + max(0.0, _seconds(lasts) - _EARLY)
        return token


def read_grant(text: str) -> AccessTokens:
    """The grant in FUNNEL_REPLIES_OAUTH, as JSON. Raises ValueError that says what is wrong, and shows none of it."""
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise ValueError('write JSON: {"token_url": "https://…", "client_id": "…", "refresh_token": "…"}')
    missing = [key for key in _KEYS if not given.get(key)]
    unknown = sorted(set(given) - {*_KEYS, "client_secret", "scope"})
    if missing or unknown:
        raise ValueError(f"{'it lacks ' + missing[0] if missing else 'it has a key that is not known'}")
    if urlsplit(given["token_url"]).scheme != "https":
        raise ValueError("token_url begins with https://: a secret is sent there")
    return AccessTokens(**given)


def _seconds(value: object) -> float:
    try:
        return min(max(float(str(value)), 0.0), 86_400.0)
    except ValueError:
        return 300.0
