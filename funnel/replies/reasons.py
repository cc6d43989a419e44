"""Why something was refused: the reason word, by what was said, by whom, and to which command."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from funnel.replies.about_content import CONTENT
from funnel.replies.about_mail import MESSAGE, WAY
from funnel.replies.about_reader import CERTAIN, DOMAIN, MAILBOX, REFUSED, UNKNOWN
from funnel.replies.about_us import IDENTITY, PERMISSION
from funnel.replies.clean import cleaned, looks_up_a_sender, lowered, names_blocklist
from funnel.replies.model import About, Phase, Statement
from funnel.replies.naming import said_of_us
from funnel.replies.phrase import Phrase
from funnel.replies.provider_lists import listed_for
from funnel.replies.providers import EXPLAINED, PROVIDERS
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
_SAID_OF_ANYBODY = DEAD | {"suspend"}
_GUESSED = 0.2  # how sure a reason is of which nothing was said
_ABOUT_OF = {reason: about for about, reasons in _ABOUT.items() for reason in reasons}
BEFORE_RECIPIENT = frozenset({Phase.CONNECT, Phase.HELO, Phase.TLS, Phase.AUTH, Phase.MAIL})
_PROGRAM = re.compile(r"\s*x-unix\s*;(?!\s*67\b)", re.I)  # what a program printed; 67 is sysexits.h for "no user"
# Codes so general that any words are better evidence.
_WEAK_STATUS = frozenset({"7.0", "7.1", "7.2", "1.0", "2.0", "3.0", "4.0", "5.0", "6.0", "0.0", "3.2", "3.5"})
# RFC 3463 and RFC 7505: these are about the sender's address, whatever "unknown" or "null MX" stands beside them.
_ABOUT_SENDER = frozenset({"1.7", "1.8", "7.27"})


class Reason(NamedTuple):
    """The word, and how sure it is.

    `nobody`: the server's words say that nobody has this address. `documented`: a provider has a code or a sentence of
    its own for it.
    """

    word: str
    sure: float
    nobody: bool = False
    documented: bool = False


def about_reason(reason: str) -> About:
    """Whom or what a permanent refusal for this reason is about."""
    return _ABOUT_OF.get(reason, About.UNKNOWN)


def reason_of(said: Statement) -> Reason:
    """The reason. The same statement always gives the same."""
    # RFC 3463, 3.1: class 2 reports success, whatever word the mailer has for it.
    succeeded = said.enhanced.startswith("2.") and said.action not in ("failed", "delayed")
    if said.action in ("delivered", "relayed", "expanded") or succeeded:
        return Reason("delivered", 0.95)
    if not said.temporary and listed_for(said.words) is not None:
        return Reason("suppressed", 0.95)
    found = _said(said)
    if not found.documented and _ABOUT_OF.get(found.word) is not About.US and _leads_to_a_list(said, found):
        return Reason("blocked", 0.85)
    if found.nobody or found.word in _SAID_OF_ANYBODY or about_reason(found.word) is About.UNKNOWN:
        found = _of_us(said, found)
    if found.word == "userunknown" and said.enhanced.endswith(".1.6"):
        return found._replace(word="hasmoved")  # RFC 3463: moved, and no forwarding address known
    return found


def _leads_to_a_list(said: Statement, found: Reason) -> bool:
    """Whether a link says that the sender is listed: a public list does, another only where no words say otherwise."""
    return names_blocklist(said.words) or (not found.nobody and looks_up_a_sender(said.words))


def _of_us(said: Statement, found: Reason) -> Reason:
    """What is said of somebody unknown or closed, where it is said of us: by the command, or by the sentence."""
    if said.phase in BEFORE_RECIPIENT and found.sure > _GUESSED:
        # RFC 5321, 3.3: nobody's mailbox was asked for yet, so it is our name or address that was turned away.
        return Reason("rejected" if said.phase is Phase.MAIL else "blocked", 0.7)
    ours = said_of_us(lowered(said.words))
    if ours:
        return Reason(ours, 0.7)
    if found.word == "hostunknown" and said.phase is Phase.DATA:
        # Who took the recipient and then the mail knows the reader's domain: it is another domain that is missed.
        return Reason("rejected", 0.6)
    return found


def _said(said: Statement) -> Reason:
    """The reason by the words where they tell one, else by the codes."""
    meant = by_status(said.enhanced)
    telling = bool(meant) and said.detail not in _WEAK_STATUS and not said.invented
    found = _by_words(said.words, said)
    if found is None and not telling:
        found = _by_words(said.explanation, said)
    if found is not None and found.word == "systemerror" and not said.verbatim:
        # Above its own line for people a mailer prints what the program that delivers has said.
        local = _first(CERTAIN, cleaned(said.explanation), said)
        found = Reason("userunknown", 0.8, nobody=True) if local is not None else found
    if found is not None and found.word in ("userunknown", "filtered") and not said.verbatim:
        # Carriers and appliances explain in a sentence of their own what the server put shortly.
        better = _first(MAILBOX, cleaned(said.explanation), said)
        found = Reason(better.reason, 0.7) if better is not None else found
    if found is not None:
        if found.word == "mesgtoobig" and said.enhanced.endswith(".2.3"):
            found = found._replace(word="exceedlimit")  # RFC 3463: too long for this mailbox, not for the system
        return found._replace(sure=min(0.99, found.sure + (0.1 if meant == found.word else 0.0)))
    if telling:
        return Reason(meant, 0.8)
    return _by_phase(said, "" if said.invented else meant)


def _by_phase(said: Statement, meant: str) -> Reason:
    """Nothing was said in words we know: what was refused is judged by the command that was answered."""
    if said.action == "expired":
        return Reason("expired", 0.8)
    if said.phase in (Phase.CONNECT, Phase.HELO) and not said.temporary:
        return Reason("blocked", 0.6)
    if said.phase is Phase.MAIL and not said.temporary:
        return Reason("rejected", 0.6)
    if meant:
        return Reason(meant, 0.5)
    if said.reply_code in REPLY:
        return Reason(REPLY[said.reply_code], 0.5)
    return Reason("onhold" if (said.verbatim and said.words) or said.explanation else "undefined", _GUESSED)


def _by_words(text: str, said: Statement) -> Reason | None:
    if not text.strip():
        return None
    if _PROGRAM.match(text):
        return Reason("mailererror", 0.8)
    found = _first(PROVIDERS, lowered(text), said)
    if found is not None:
        return Reason(found.reason, 0.9, found.reason == "userunknown", documented=True)
    if said.detail in _ABOUT_SENDER:
        return Reason("rejected", 0.85)
    found = _first(_PHRASES, cleaned(text), said)
    if found is None:
        return None
    if found.reason == "userunknown" and (id(found) not in _CERTAIN or said.phase is Phase.DATA):
        return _unknown_user(said, found)
    if found.reason == "securityerror" and said.phase in (Phase.MAIL, Phase.RCPT) and "access denied" in text.lower():
        return Reason("rejected", 0.6)
    return Reason(found.reason, 0.8, found.reason in DEAD)


def _unknown_user(said: Statement, found: Phrase) -> Reason:
    """Whether *unknown* is the last word. Only then is it the reason.

    RFC 5321, 3.3: a server that knows its mailboxes refuses at RCPT, or says so with x.1.x. The same words after the
    mail was handed over, with a code for policy (x.7.x), or without command and code, are also how filters speak.
    """
    nobody = found is not REFUSED
    if said.detail in ("1.0", "1.1", "1.2", "1.3", "1.6") and not said.invented:
        return Reason("userunknown", 0.85, nobody)
    if said.phase is Phase.RCPT and nobody and (said.invented or not said.detail.startswith("7.")):
        return Reason("userunknown", 0.8, nobody)
    if nobody and _first(EXPLAINED, lowered(said.explanation), said) is not None:
        return Reason("userunknown", 0.8, nobody)
    return Reason("filtered", 0.5 if said.phase is Phase.UNKNOWN else 0.7, nobody)


def _first(phrases: Iterable[Phrase], text: str, said: Statement) -> Phrase | None:
    host = said.host.lower()
    return next((each for each in phrases if each.matches(text, host, said.phase)), None)
