"""One HTTP call: bounded in time and size, never redirected, and with knowledge of how far it came."""

from __future__ import annotations

import io
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3
from requests.adapters import HTTPAdapter

from funnel.adapters.http.answers import CallFailed, HttpReply, Request
from funnel.mail import OutcomeKind

MOST_ANSWER = 2_000_000  # bytes read of an answer; 500 Postmark results are about 100 kB
_PIECE = 65536
# A kept connection at rest for longer is not trusted: a provider that closes it as we write leaves a mail unknown.
_REST = 15.0

Authorize = Callable[[str, bytes, Mapping[str, str]], Mapping[str, str]]


class Body(io.BytesIO):
    """The request's body; `written` once its last byte has been handed to the system."""

    written = False

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        # Nothing left means that the piece before this one was sent whole: it is asked for only then.
        self.written = self.written or not piece
        return piece


class Caller:
    """Posts to one provider over connections that stay open between calls; may be used by several threads.

    `authorize` gets the URL, the body and the headers of a call and returns the headers that carry the key.
    `timeout` is in seconds: for each silence, and for an answer's body as a whole.
    """

    def __init__(
        self, base: str, authorize: Authorize, *, connections: int, timeout: float, proxies: bool = True
    ) -> None:
        self.base = base.rstrip("/")
        self._authorize = authorize
        self._timeout = timeout
        self._session = requests.Session()
        # Proxies and authorities come from the environment; passwords from ~/.netrc never do, see `_as_it_is`.
        self._session.trust_env = proxies
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=connections, max_retries=0))
        self._lock = threading.Lock()
        self._used = time.monotonic()

    def post(self, request: Request) -> HttpReply:
        """The provider's answer, whatever it says. Raises CallFailed, which knows if the request was sent."""
        with self._lock:
            # The first call after a rest throws the old connections away, before the others look for one.
            if time.monotonic() - self._used > _REST:
                self._session.close()
            self._used = time.monotonic()
        url = self.base + request.path
        headers = {
            "Content-Type": request.content_type,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "funnel",
            **request.headers,
        }
        headers |= self._authorize(url, request.body, headers)
        body = Body(request.body)
        try:
            response = self._session.post(
                url,
                data=body,
                headers=headers,
                auth=_as_it_is,
                allow_redirects=False,
                stream=True,
                timeout=(min(10.0, self._timeout), self._timeout),
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._lost(error, body) from None
        self._used = time.monotonic()
        return HttpReply(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            self._read(response),
        )

    def close(self) -> None:
        """Closes the connections at rest; the next call opens new ones."""
        self._session.close()

    def _read(self, response: requests.Response) -> bytes:
        """As much of the body as comes in time and fits. The status is known already, so a loss here raises nothing."""
        end = time.monotonic() + self._timeout
        pieces: list[bytes] = []
        size = 0
        whole = False
        try:
            while size <= MOST_ANSWER and time.monotonic() < end:
                piece = response.raw.read1(_PIECE, decode_content=False)
                if not piece:
                    whole = True
                    break
                pieces.append(piece)
                size += len(piece)
        except (urllib3.exceptions.HTTPError, OSError):
            whole = False
        if whole:
            response.raw.release_conn()
        else:
            response.raw.close()
        return b"".join(pieces)[:MOST_ANSWER]

    def _lost(self, error: Exception, body: Body) -> CallFailed:
        host = self.base.partition("://")[2]
        untrusted = next((each for each in _causes(error) if isinstance(each, ssl.SSLCertVerificationError)), None)
        if untrusted is not None:
            # The mails are fine, and each later call would end so too: whoever runs this machine has to look.
            words = f"The certificate of {host} cannot be trusted: {untrusted.verify_message}. Nothing was sent"
            return CallFailed(words, sent=False, kind=OutcomeKind.AUTH_CONFIG)
        if body.written:
            silent = isinstance(error, requests.ReadTimeout)
            how = f"within {self._timeout:g} seconds" if silent else "before the connection was lost"
            return CallFailed(f"The request was sent to {host}, and no answer came {how}", sent=True)
        if body.tell():
            return CallFailed(f"The connection to {host} was lost before the whole request was sent", sent=False)
        return CallFailed(f"There is no connection to {host}: {_reason(error)}", sent=False)


def _as_it_is(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Given as `auth`, so that requests does not put a password from ~/.netrc in the place of our key."""
    return prepared


def _reason(error: BaseException) -> str:
    """The system's own words, from the innermost cause: those of the libraries repeat the URL."""
    reason = type(error).__name__
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.strerror:
            reason = cause.strerror
    return reason[:200]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, the innermost last; libraries put it into different places."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        inner = getattr(cause, "reason", None) or (cause.args[0] if cause.args else None)
        known = (cause.__cause__, cause.__context__, inner)
        cause = next((e for e in known if isinstance(e, BaseException) and id(e) not in seen), None)
