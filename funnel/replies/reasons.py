"""Why something was refused: the reason word, by what was said, by whom, and to which command."""

from __future__ import annotations

from collections.abc import Iterable

from funnel.replies.about_content import CONTENT
from funnel.replies.about_mail import MESSAGE, WAY
from funnel.replies.about_reader import CERTAIN, DOMAIN, MAILBOX, REFUSED, UNKNOWN
from funnel.replies.about_us import IDENTITY, PERMISSION
from funnel.replies.clean import cleaned, lowered, names_blocklist
from funnel.replies.model import About, Phase, Statement
from funnel.replies.phrase import Phrase
from funnel.replies.provider_lists import listed_for
from funnel.replies.providers import PROVIDERS
from funnel.replies.statuses import REPLY, by_status

# The first that matches wins. What names its cause exactly stands before what is often said beside another cause.
_PHRASES: tuple[Phrase, ...] = (*IDENTITY, *MAILBOX, *PERMISSION, *CERTAIN, *DOMAIN, *UNKNOWN, *CONTENT, *WAY, *MESSAGE)
_CERTAIN = frozenset(id(each) for each in CERTAIN)

# What a permanent refusal for one of these reasons is about. Of the first four the address is dead.
DEAD = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})
_ABOUT: dict[About, frozenset[str]] = {
    About.READER: DEAD | {"suspend", "filtered", "suppressed"},
    About.LATER: frozenset(
        {"mailboxfull", "exceedlimit", "expired", "networkerror", "systemerror", "systemfull", "mailererror"}
    ),
    About.US: frozenset(
        {"blocked", "badreputation", "requireptr", "toomanyconn", "speeding", "authfailure", "rejected", "norelaying",
         "securityerror", "failedstarttls"}
    ),
    About.MAIL: frozenset(
        {"spamdetected", "virusdetected", "policyviolation", "notcompliantrfc", "contenterror", "syntaxerror",
         "mesgtoobig"}
    ),
}  # fmt: skip
BEFORE_RECIPIENT = frozenset({Phase.CONNECT, Phase.HELO, Phase.TLS, Phase.AUTH, Phase.MAIL})
# Codes so general that any words are better evidence.
_WEAK_STATUS = frozenset({"7.0", "7.1", "7.2", "1.0", "2.0", "3.0", "4.0", "5.0", "6.0", "0.0", "3.2", "3.5"})
# RFC 3463 and RFC 7505: these are about the sender's address, whatever "unknown" or "null MX" stands beside them.
_ABOUT_SENDER = frozenset({"1.7", "1.8", "7.27"})


def about_reason(reason: str) -> About:
    """Whom or what a permanent refusal for this reason is about."""
    return next((about for about, reasons in _ABOUT.items() if reason in reasons), About.UNKNOWN)


def reason_of(said: Statement) -> tuple[str, float]:
    """(the reason, how sure that is). The same statement always gives the same."""
    # RFC 3463, 3.1: class 2 reports success, whatever word the mailer has for it.
    succeeded = said.enhanced.startswith("2.") and said.action not in ("failed", "delayed")
    if said.action in ("delivered", "relayed", "expanded") or succeeded:
        return "delivered", 0.95
    if not said.temporary and listed_for(said.words) is not None:
        return "suppressed", 0.95
    if names_blocklist(said.words):
        return "blocked", 0.85
    reason, sure = _said(said)
    if reason in DEAD and said.phase in BEFORE_RECIPIENT:
        # RFC 5321, 3.3: nobody's mailbox was asked for yet, so it is our name or address that was turned away.
        return ("rejected" if said.phase is Phase.MAIL else "blocked"), 0.7
    if reason == "userunknown" and said.enhanced.endswith(".1.6"):
        return "hasmoved", sure  # RFC 3463: moved, and no forwarding address known
    return reason, sure


def _said(said: Statement) -> tuple[str, float]:
    """The reason by the words where they tell one, else by the codes."""
    meant = by_status(said.enhanced)
    found = _by_words(said.words, said)
    if found is None and (not meant or said.detail in _WEAK_STATUS):
        found = _by_words(said.explanation, said)
    if found is not None and found[0] in ("userunknown", "filtered") and not said.verbatim:
        # Carriers and appliances explain in a sentence of their own what the server put shortly.
        better = _first(MAILBOX, cleaned(said.explanation), said)
        found = (better.reason, 0.7) if better is not None else found
    if found is not None:
        reason, sure = found
        if reason == "mesgtoobig" and said.enhanced.endswith(".2.3"):
            reason = "exceedlimit"  # RFC 3463: too long for this mailbox, not for the system
        return reason, min(0.99, sure + (0.1 if meant == reason else 0.0))
    if meant and said.detail not in _WEAK_STATUS:
        return meant, 0.8
    return _by_phase(said, meant)


def _by_phase(said: Statement, meant: str) -> tuple[str, float]:
    """Nothing was said in words we know: what was refused is judged by the command that was answered."""
    if said.action == "expired":
        return "expired", 0.8
    if said.phase in (Phase.CONNECT, Phase.HELO) and not said.temporary:
        return "blocked", 0.6
    if said.phase is Phase.MAIL and not said.temporary:
        return "rejected", 0.6
    if meant:
        return meant, 0.5
    if said.reply_code in REPLY:
        return REPLY[said.reply_code], 0.5
    return ("onhold" if (said.verbatim and said.words) or said.explanation else "undefined"), 0.2


def _by_words(text: str, said: Statement) -> tuple[str, float] | None:
    if not text.strip():
        return None
    found = _first(PROVIDERS, lowered(text), said)
    if found is not None:
        return found.reason, 0.9
    if said.detail in _ABOUT_SENDER:
        return "rejected", 0.85
    found = _first(_PHRASES, cleaned(text), said)
    if found is None:
        return None
    if found.reason == "userunknown" and id(found) not in _CERTAIN:
        return _unknown_user(said, believed=found is not REFUSED)
    if found.reason == "securityerror" and said.phase in (Phase.MAIL, Phase.RCPT) and "access denied" in text.lower():
        return "rejected", 0.6
    return found.reason, 0.8


def _unknown_user(said: Statement, believed: bool) -> tuple[str, float]:
    """Whether *unknown* is the last word. Only then is the address dead.

    RFC 5321, 3.3: a server that knows its mailboxes refuses at RCPT, or says so with x.1.x. The same words after the
    mail was handed over, with a code for policy (x.7.x), or without command and code, are also how filters speak:
    counted, not believed.
    """
    if said.detail in ("1.0", "1.1", "1.2", "1.3", "1.6"):
        return "userunknown", 0.85
    if said.phase is Phase.RCPT and believed and not said.detail.startswith("7."):
        return "userunknown", 0.8
    return "filtered", 0.5 if said.phase is Phase.UNKNOWN else 0.7


def _first(phrases: Iterable[Phrase], text: str, said: Statement) -> Phrase | None:
    host = said.host.lower()
    return next((each for each in phrases if each.matches(text, host, said.phase)), None)
