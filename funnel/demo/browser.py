"""A browser for people who must not leave this machine: it follows our own redirects and stops before any other."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

import requests

from funnel.demo.markup import Form, ParsedPage, parse_page

_CONNECT_SECONDS, _READ_SECONDS = 5, 30
_MOST_REDIRECTS = 6
_TEXTS = ("text/", "application/json")


class BrowsingError(Exception):
    """A page that did not answer as a reader may expect; says which (without its token) and what came instead."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request ended. `hops` are all requests made on the way, as (path, status); `left_for` is the address
    outside that the last answer pointed to and that was not opened; `headers` are the last answer's, in lower case."""

    url: str
    status: int
    content_type: str
    body: str
    hops: tuple[tuple[str, int], ...]
    left_for: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def page(self) -> ParsedPage:
        return parse_page(self.body)

    def said(self, name: str) -> str:
        """One text of a JSON answer. Raises BrowsingError where it has none of this name."""
        try:
            found = json.loads(self.body)[name]
        except (ValueError, KeyError, TypeError):
            raise BrowsingError(f"{without_token(self.path)} answered without {name!r}") from None
        return str(found)


class Browser:
    """One person's browser or mail program. Safe to use from several threads; keeps no cookies."""

    _threads = threading.local()

    def __init__(self, site_url: str, user_agent: str) -> None:
        self.site = _origin(site_url)
        self.user_agent = user_agent

    def get(self, url: str, **headers: str) -> Visit:
        """GET, following redirects as long as they stay on the site. Raises BrowsingError where nothing answers."""
        return self._follow("GET", url, None, None, headers)

    def post(self, url: str, form: Mapping[str, str], **headers: str) -> Visit:
        """POST of a form, then as `get`."""
        return self._follow("POST", url, form, None, headers)

    def post_json(self, url: str, body: Mapping[str, object]) -> Visit:
        return self._follow("POST", url, None, body, {"Accept": "application/json"})

    def submit(self, visit: Visit, form: Form, fields: Mapping[str, str]) -> Visit:
        """Sends a form of the page that `visit` ended on, as a browser would: from the same site, with its fields."""
        return self.post(urljoin(visit.url, form.action), fields, Origin=self.site, **{"Sec-Fetch-Site": "same-origin"})

    def is_ours(self, url: str) -> bool:
        return _origin(url) == self.site

    def _follow(
        self,
        method: str,
        url: str,
        form: Mapping[str, str] | None,
        body: Mapping[str, object] | None,
        headers: Mapping[str, str],
    ) -> Visit:
        hops: list[tuple[str, int]] = []
        for _ in range(_MOST_REDIRECTS):
            if not self.is_ours(url):
                raise BrowsingError(f"{_origin(url)} is not on this machine and was not opened")
            answer = self._request(method, url, form, body, headers)
            hops.append((urlsplit(url).path, answer.status_code))
            target = answer.headers.get("Location") if answer.is_redirect else None
            if target is None or not self.is_ours(urljoin(url, target)):
                kind = answer.headers.get("Content-Type", "").partition(";")[0]
                text = answer.text if kind.startswith(_TEXTS) else ""
                told = {name.lower(): value for name, value in answer.headers.items()}
                return Visit(url, answer.status_code, kind, text, tuple(hops), target, told)
            url, method, form, body = urljoin(url, target), "GET", None, None
        raise BrowsingError(f"{without_token(hops[0][0])} leads in a circle")

    def _request(
        self,
        method: str,
        url: str,
        form: Mapping[str, str] | None,
        body: Mapping[str, object] | None,
        headers: Mapping[str, str],
    ) -> requests.Response:
        try:
            return self._session().request(
                method,
                url,
                data=form,
                json=body,
                headers={"User-Agent": self.user_agent, **headers},
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            path = without_token(urlsplit(url).path)
            raise BrowsingError(f"{method} {path} was not answered: {error.__class__.__name__}") from error

    def _session(self) -> requests.Session:
        """One per thread, shared by all browsers of that thread: connections are reused, cookies are not kept."""
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False  # a proxy set for this machine must not see, or stop, what stays on it
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            self._threads.session = session
        return session


def without_token(path: str) -> str:
    """A path without its token, fit for a report: `/confirm/…`."""
    first = path.strip("/").partition("/")
    return f"/{first[0]}/…" if first[2] and first[0] not in ("offers", "static") else path


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
