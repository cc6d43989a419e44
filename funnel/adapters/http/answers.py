"""What goes to a provider over HTTP, what comes back, and what each answer means: plain values, no network."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from funnel.mail import Outcome, OutcomeKind
from funnel.replies import About, BounceKind, Certainty, ListedFor, Meaning, Remedy, listed_for

LONGEST_DETAIL = 500
LONGEST_PAUSE = timedelta(days=1)
# The last three stand in every answer and tell when the window of calls ends: a second, an hour. That says something to
# who was too fast, and nothing about a quota of mails or a server in trouble.
_RETRY_AFTER = ("retry-after",)
_RESETS = (*_RETRY_AFTER, "ratelimit-reset", "x-ratelimit-reset", "x-sib-ratelimit-reset")
_SHORTEST_QUOTA = timedelta(minutes=1)
_ADDRESS = re.compile(r"[^\s<>\"'()\[\],;:=]+@[^\s<>\"'()\[\],;:]+")


# A provider that finds no address in `to` may as well dislike how we wrote it, so that one such answer proves nothing.
_MEANINGS = {
    OutcomeKind.PERMANENT_RECIPIENT: Meaning(
        About.READER, "userunknown", 0.6, BounceKind.HARD, Certainty.LIKELY, Remedy.DROP_MAIL
    )
}


@dataclass(frozen=True, slots=True)
class Request:
    """One call: the path below the provider's address, the whole body, and headers besides the usual ones."""

    path: str
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An answer: its status, headers by lower-case name, and as much of the body as came within the limits."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    def data(self) -> object:
        """The body as JSON; None where it is none, or was cut."""
        try:
            found: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found

    def text(self) -> str:
        """The body's beginning, for people."""
        return self.body[: 4 * LONGEST_DETAIL].decode("utf-8", "replace")


class CallFailed(Exception):
    """A call that got no answer. `sent` says whether the provider may have read all of the request."""

    def __init__(self, words: str, *, sent: bool, kind: OutcomeKind = OutcomeKind.TEMPORARY) -> None:
        super().__init__(words)
        self.sent = sent
        self.outcome = Outcome(OutcomeKind.AMBIGUOUS if sent else kind, words)


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """One row of a table of answers. What is empty fits everything; `status` and `code` fit whole, `words` anywhere.

    `listed`: it says that the address is on the provider's own list. Where the words do, that is seen without a row.
    """

    kind: OutcomeKind
    status: str = ""
    code: str = ""
    words: str = ""
    listed: bool = False

    def fits(self, status: int, code: str, words: str) -> bool:
        return (
            (not self.status or re.fullmatch(self.status, str(status)) is not None)
            and (not self.code or re.fullmatch(self.code, code, re.IGNORECASE) is not None)
            and (not self.words or re.search(self.words, words, re.IGNORECASE) is not None)
        )


# What a status means where the provider's own table says nothing (RFC 9110, 15).
GENERAL: tuple[AnswerRule, ...] = (
    # A redirect is not followed: the key would go with it. The address of the API is wrong, or somebody is between.
    AnswerRule(OutcomeKind.AUTH_CONFIG, status="3.."),
    AnswerRule(OutcomeKind.AUTH_CONFIG, status="401|403|404|405|407|410|421"),
    AnswerRule(OutcomeKind.QUOTA, status="402"),
    # The server did not get, or would not yet look at, the whole request: 15.5.9 and RFC 8470.
    AnswerRule(OutcomeKind.TEMPORARY, status="408|425"),
    AnswerRule(OutcomeKind.RATE, status="429"),
    AnswerRule(OutcomeKind.PERMANENT_MESSAGE, status="4.."),
    # 521-523, 525 and 526 are Cloudflare's, which stands before several providers: the origin was never reached.
    AnswerRule(OutcomeKind.TEMPORARY, status="500|501|503|505|507|521|522|523|525|526"),
    # A gateway that gave up waiting, and everything unheard of: the mail may have been taken. So may one that was
    # answered with 2xx in a form that nobody here can read.
    AnswerRule(OutcomeKind.AMBIGUOUS),
)


def outcome_of(rules: Sequence[AnswerRule], reply: HttpReply, code: str = "", words: str = "") -> Outcome:
    """What this answer means: the first row that fits, of `rules` or else GENERAL; `words` are the provider's."""
    rule = next(rule for rule in (*rules, *GENERAL) if rule.fits(reply.status, code, words))
    said = " ".join(part for part in (str(reply.status), code, words or reply.text()) if part)
    if reply.good and rule.kind is OutcomeKind.AMBIGUOUS:
        said = f"answered {reply.status}, but not in a form that says what became of the mail. {said}"
    why = listed_for(words) if rule.kind in _REFUSING else None
    if why is not None or rule.listed:
        return Outcome(OutcomeKind.PERMANENT_RECIPIENT, said, listed=why or ListedFor.UNSAID)
    pause = requested_pause(reply, rule.kind) if rule.kind in _PAUSING else None
    return Outcome(rule.kind, said, retry_after=pause, meaning=_MEANINGS.get(rule.kind))


_PAUSING = frozenset({OutcomeKind.RATE, OutcomeKind.QUOTA, OutcomeKind.TEMPORARY})
_REFUSING = frozenset({OutcomeKind.PERMANENT_MESSAGE, OutcomeKind.PERMANENT_RECIPIENT})


def requested_pause(reply: HttpReply, kind: OutcomeKind = OutcomeKind.RATE) -> timedelta | None:
    """How long the provider asks to wait, from a second to a day; None where it does not say (RFC 9110, 10.2.3).

    No quota of mails is renewed within a minute: who says so speaks of the calls.
    """
    waits = (until(reply.headers.get(name, "").strip(), reply) for name in _names(kind))
    wait = next((wait for wait in waits if wait is not None), None)
    return None if wait is not None and kind is OutcomeKind.QUOTA and wait < _SHORTEST_QUOTA else wait


def _names(kind: OutcomeKind) -> tuple[str, ...]:
    return _RESETS if kind is OutcomeKind.RATE else _RETRY_AFTER


def until(value: str, reply: HttpReply) -> timedelta | None:
    """A wait written in seconds, as Unix time in seconds or milliseconds, or as a date; None if none of these."""
    if re.fullmatch(r"\d{1,13}(\.\d{1,9})?", value):
        seconds = float(value)
        if seconds > 1e11:
            seconds /= 1000
        if seconds > 1e9:
            seconds -= _now(reply).timestamp()
        return bounded(timedelta(seconds=seconds))
    moment = _moment(value)
    return None if moment is None else bounded(moment - _now(reply))


def bounded(wait: timedelta) -> timedelta:
    """From one second, so that a pause is one, to a day, after which it is worth asking again."""
    return min(max(wait, timedelta(seconds=1)), LONGEST_PAUSE)


def _now(reply: HttpReply) -> datetime:
    """The provider's own idea of the time, which its other times are relative to; else this machine's."""
    return _moment(reply.headers.get("date", "")) or datetime.now(UTC)


def _moment(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def tidy(detail: str, secrets: Sequence[str] = (), ours: Sequence[str] = ()) -> str:
    """Words fit to be stored: one line, at most 500 characters, no secret, no address but those that are `ours`."""
    for secret in secrets:
        detail = detail.replace(secret, "[key]")
    keep = {address.lower() for address in ours}
    detail = _ADDRESS.sub(lambda found: found[0] if found[0].lower() in keep else "[address]", detail)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in detail).split())[:LONGEST_DETAIL]
