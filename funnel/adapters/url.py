"""Mail URLs: where mail goes and how, in one line that an operator writes. Secrets in it are never printed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})
_OPTION = re.compile(r"[A-Za-z_]{1,20}")
_PORT_HINT = (
    "the part after the host is not a port number from 1 to 65535. If the password holds one of @ : / ? # %, "
    "write it percent-encoded, for example %40 for @"
)


class AdapterUrlError(ValueError):
    """A mail URL that cannot be used: says what is wrong and shows a right one, without any secret of the wrong one."""

    def __init__(self, wrong: str, example: str) -> None:
        super().__init__(f"the mail address is wrong: {wrong}. A right one: {example}")


@dataclass(frozen=True, slots=True)
class MailUrl:
    """A mail URL taken apart; user, password and path are percent-decoded, options come from the query."""

    scheme: str
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def only(self, known: Collection[str], example: str) -> None:
        """Raises AdapterUrlError for an option that is not among `known`, naming the nearest that is."""
        for name in self.options:
            if name in known:
                continue
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            if near and _OPTION.fullmatch(name):
                raise AdapterUrlError(f"there is no option {name!r}; did you mean {near[0]}?", example)
            # What stands behind a ? may be the second half of a secret that holds one: it is not repeated.
            all_known = f"known are {', '.join(sorted(known))}" if known else "it takes none"
            words = f"it has an option that is not known ({all_known}). If the ? belongs to a secret, write %3F"
            raise AdapterUrlError(words, example)

    def switch(self, name: str, default: bool, example: str) -> bool:
        """A yes/no option. Raises AdapterUrlError for anything else."""
        value = self.options.get(name, "").lower()
        if not value:
            return default
        if value not in _YES | _NO:
            raise AdapterUrlError(f"{name} must be yes or no", example)
        return value in _YES

    def number(self, name: str, default: float, low: float, high: float, example: str) -> float:
        """A number option within its bounds. Raises AdapterUrlError for anything else."""
        value = self.options.get(name, "")
        if not value:
            return default
        number = float(value) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", value) else low - 1
        if not low <= number <= high:
            raise AdapterUrlError(f"{name} must be a number from {low:g} to {high:g}", example)
        return number


def options_of(query: str, example: str) -> dict[str, str]:
    """The options of a URL's query by name. Raises AdapterUrlError where one is given twice."""
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    if len(options) < len(pairs):
        raise AdapterUrlError("it gives one option twice", example)
    return options


def parse_mail_url(url: str, example: str, extra: Mapping[str, str] | None = None) -> MailUrl:
    """Takes a mail URL apart; `extra` options win over those of its query. Raises AdapterUrlError."""
    if any(ord(letter) < 33 for letter in url):
        raise AdapterUrlError("it holds a space or a line break", example)
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        # urllib's own words repeat a piece of the URL, which may be a piece of the password.
        raise AdapterUrlError(_PORT_HINT, example) from None
    if port == 0:
        raise AdapterUrlError(_PORT_HINT, example)
    if parts.fragment:
        raise AdapterUrlError("it holds a #. If that belongs to the password, write %23", example)
    options = options_of(parts.query, example)
    options.update(extra or {})
    return MailUrl(
        scheme=parts.scheme.lower(),
        host=host,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        path=unquote(parts.path),
        options=options,
    )
