"""Mail URLs of providers, which hold a key where others have a host, and the options all of them share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from funnel.adapters.http.dispatch import ApiProvider, HttpAdapter, Limits
from funnel.adapters.url import AdapterUrlError, MailUrl, options_of
from funnel.curriculum.reserved import is_loopback
from funnel.mail import Adapter

Authorize = Callable[[str, bytes, Mapping[str, str]], Mapping[str, str]]

MOST_CONNECTIONS = 64
# As many are left unknown where the answer of a call never comes, and urgent mail waits until it is over.
_USUAL_BATCH = 100
SHARED_OPTIONS = ("connections", "timeout", "endpoint")
ANSWER_SECONDS = 60.0
_KEY = re.compile(r"[!-~]{1,512}")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")


def parse_key_url(url: str, example: str, extra: Mapping[str, str] | None = None) -> MailUrl:
    """`scheme://KEY?options` or `scheme://KEY@host?options` taken apart: the key is the password, its case kept.

    `extra` options win over those of the query. Raises AdapterUrlError, never repeating a part of the URL.
    """
    if any(ord(letter) < 33 for letter in url):
        raise AdapterUrlError("it holds a space or a line break", example)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise AdapterUrlError("it cannot be read. Write [ and ] in the key as %5B and %5D", example) from None
    if parts.fragment or "#" in url:
        raise AdapterUrlError("it holds a #. If that belongs to the key, write %23", example)
    if parts.path not in ("", "/"):
        raise AdapterUrlError("it holds a / after the key. If that belongs to the key, write %2F", example)
    key, at, host = parts.netloc.rpartition("@")
    if not at:
        key, host = parts.netloc, ""
    options = options_of(parts.query, example)
    options.update(extra or {})
    return MailUrl(parts.scheme.lower(), host=host.lower(), password=unquote(key), options=options)


def key_of(url: MailUrl, example: str) -> str:
    """The URL's one key. Raises AdapterUrlError where there is none, or one that no HTTP header could carry."""
    if url.host:
        raise AdapterUrlError("nothing belongs after the key but ?options", example)
    return only_key(url, example)


def only_key(url: MailUrl, example: str) -> str:
    """The key, that has no user name before it. Raises AdapterUrlError."""
    if ":" in url.password:
        raise AdapterUrlError("it holds a : in the key. The key stands alone, without a user name", example)
    return checked_key(url.password, example)


def checked_key(key: str, example: str, what: str = "key") -> str:
    """The key as it is. Raises AdapterUrlError."""
    if not key:
        raise AdapterUrlError(f"it names no {what}", example)
    if not _KEY.fullmatch(key):
        raise AdapterUrlError(f"its {what} holds a letter that no key has, or is too long", example)
    return key


def domain_of(url: MailUrl, example: str) -> str:
    """The sending domain after the @. Raises AdapterUrlError."""
    if not _DOMAIN.fullmatch(url.host) or len(url.host) > 253:
        raise AdapterUrlError("after the key it needs @ and the domain that sends", example)
    return url.host


def region_of(url: MailUrl, regions: Mapping[str, str], example: str) -> str:
    """The API's address for the URL's region; the first one where it names none. Raises AdapterUrlError."""
    region = url.options.get("region", "").lower() or next(iter(regions))
    if region not in regions:
        raise AdapterUrlError(f"region must be {' or '.join(regions)}", example)
    return regions[region]


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """How a provider's API is reached: where, what proves who we are, and how much goes at once.

    Of `limits`, connections are the default and batch is the most the provider takes. `secrets` are what no outcome may
    repeat.
    """

    base: str
    authorize: Authorize
    limits: Limits
    secrets: Sequence[str] = ()


def open_http(
    url: MailUrl, example: str, provider: ApiProvider, access: ApiAccess, options: Sequence[str] = ()
) -> Adapter:
    """The adapter, with the options every provider has: connections, timeout, endpoint, and batch where there is one.

    Of the most that a batch may hold, a hundred are the default. `options` are the provider's own. Raises
    AdapterUrlError.
    """
    most = access.limits
    url.only({*SHARED_OPTIONS, *options, *(("batch",) if most.batch > 1 else ())}, example)
    batch = url.number("batch", min(most.batch, _USUAL_BATCH), 1, most.batch, example) if most.batch > 1 else 1
    connections = url.number("connections", most.connections, 1, MOST_CONNECTIONS, example)
    limits = Limits(int(connections), int(batch), most.bytes)
    own = endpoint_of(url, example)
    # Here and not above: a process that sends by SMTP has no use for an HTTP client and its ten megabytes.
    from funnel.adapters.http.caller import Caller

    caller = Caller(
        own or access.base,
        access.authorize,
        connections=limits.connections,
        timeout=url.number("timeout", ANSWER_SECONDS, 0.05, 600, example),
        proxies=not own,
    )
    return HttpAdapter(provider, caller, limits, access.secrets)


def endpoint_of(url: MailUrl, example: str) -> str:
    """Another address of the API, for tests; "" where none is named. Only this machine: the key goes there.

    Raises AdapterUrlError.
    """
    value = url.options.get("endpoint", "")
    if not value:
        return ""
    wrong = AdapterUrlError("endpoint is for tests and must be http://127.0.0.1 with a port", example)
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme != "http" or parts.username is not None or parts.path not in ("", "/") or not is_loopback(host):
        raise wrong
    if parts.query or parts.fragment or not port:
        raise wrong
    return value.rstrip("/")
