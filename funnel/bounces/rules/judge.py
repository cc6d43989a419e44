"""From what was stated about one recipient to a reason, whether the address is dead, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable

from funnel.bounces.model import BouncedRecipient, BounceKind, Phase, Report
from funnel.bounces.rules.about_content import CONTENT
from funnel.bounces.rules.about_mail import MESSAGE, WAY
from funnel.bounces.rules.about_reader import CERTAIN, DOMAIN, MAILBOX, REFUSED, UNKNOWN
from funnel.bounces.rules.about_us import IDENTITY, PERMISSION
from funnel.bounces.rules.clean import cleaned, lowered, names_blocklist
from funnel.bounces.rules.providers import PROVIDERS
from funnel.bounces.rules.rule import Rule
from funnel.bounces.rules.statuses import REPLY, by_status
from funnel.bounces.smtp import answer_in, enhanced_code, phase_of, reply_code

RULES_VERSION = 2  # stored with each event, so that old ones can be told apart

# The first that matches wins. What names its cause exactly stands before what is often said beside another cause.
_PHRASES: tuple[Rule, ...] = (*IDENTITY, *MAILBOX, *PERMISSION, *CERTAIN, *DOMAIN, *UNKNOWN, *CONTENT, *WAY, *MESSAGE)
_CERTAIN = frozenset(id(rule) for rule in CERTAIN)

_BEFORE_RECIPIENT = frozenset({Phase.CONNECT, Phase.HELO, Phase.MAIL})
_HARD = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})
_KINDS: dict[BounceKind, frozenset[str]] = {
    BounceKind.HARD: _HARD,
    BounceKind.SOFT: frozenset(
        {"mailboxfull", "suspend", "filtered", "expired", "networkerror", "systemerror", "systemfull", "mailererror",
         "exceedlimit", "onhold", "userunknown", "hostunknown", "notaccept", "hasmoved"}
    ),
    BounceKind.BLOCK: frozenset(
        {"blocked", "badreputation", "spamdetected", "requireptr", "toomanyconn", "speeding", "virusdetected",
         "suppressed"}
    ),
    BounceKind.POLICY: frozenset(
        {"policyviolation", "authfailure", "rejected", "norelaying", "securityerror", "failedstarttls",
         "notcompliantrfc", "contenterror", "syntaxerror", "mesgtoobig"}
    ),
}  # fmt: skip
# Codes so general that any words are better evidence.
_WEAK_STATUS = frozenset({"7.0", "7.1", "7.2", "1.0", "2.0", "3.0", "4.0", "5.0", "6.0", "0.0", "3.2", "3.5"})


def judge(report: Report) -> BouncedRecipient:
    """The verdict on one recipient. Pure: the same report always gives the same."""
    said = report.diagnostic or _comment(report.status) or answer_in(report.text)
    phase = phase_of(report.text) or phase_of(said)
    status = _status(report, said)
    reply = reply_code(said) or reply_code(report.text if not said else "")
    temporary = report.action == "delayed" or (reply or status).startswith("4")
    reason, confidence = _reason(report, said, status, reply, phase, temporary)
    hard = reason in _HARD and not temporary
    if reason == "hostunknown" and temporary:
        reason = "networkerror"
    return BouncedRecipient(
        address=report.address,
        original=report.original,
        status=status,
        reply_code=reply,
        reason=reason,
        kind=kind_of(reason, hard),
        hard=hard,
        confidence=confidence,
        action=report.action,
    )


def kind_of(reason: str, hard: bool) -> BounceKind:
    for kind, reasons in _KINDS.items():
        if reason in reasons and (kind is not BounceKind.HARD or hard):
            return kind
    return BounceKind.UNKNOWN


def _reason(report: Report, said: str, status: str, reply: str, phase: Phase, temporary: bool) -> tuple[str, float]:
    # RFC 3463, 3.1: class 2 reports success, whatever word the mailer has for it.
    succeeded = status.startswith("2.") and report.action not in ("failed", "delayed")
    if report.action in ("delivered", "relayed", "expanded") or succeeded:
        return "delivered", 0.95
    if names_blocklist(said):
        return "blocked", 0.85
    reason, sure = _said(report, said, status, reply, phase, temporary)
    if reason in _HARD and phase in _BEFORE_RECIPIENT:
        # RFC 5321, 3.3: nobody's mailbox was asked for yet, so it is our name or address that was turned away.
        return ("rejected" if phase is Phase.MAIL else "blocked"), 0.7
    if reason == "userunknown" and status.endswith(".1.6"):
        return "hasmoved", sure  # RFC 3463: moved, and no forwarding address known
    return reason, sure


def _said(report: Report, said: str, status: str, reply: str, phase: Phase, temporary: bool) -> tuple[str, float]:
    """The reason by what was said, and by whom."""
    host = report.host.lower()
    found = _by_words(said, host, status, phase)
    if found is None and (not status or status.partition(".")[2] in _WEAK_STATUS or not by_status(status)):
        found = _by_words(report.text, host, status, phase)
    if found is not None and found[0] in ("userunknown", "filtered") and not report.diagnostic:
        # Carriers and appliances explain in a sentence of their own what the server put shortly.
        better = _first(MAILBOX, cleaned(report.text), host, phase)
        found = (better.reason, 0.7) if better is not None else found
    if found is not None:
        reason, sure = found
        if reason == "mesgtoobig" and status.endswith(".2.3"):
            reason = "exceedlimit"  # RFC 3463: too long for this mailbox, not for the system
        agrees = by_status(status) == reason
        return reason, min(0.99, sure + (0.1 if agrees else 0.0))
    detail = status.partition(".")[2]
    meant = by_status(status)
    if meant and detail not in _WEAK_STATUS:
        return meant, 0.8
    return _by_phase(phase, meant, reply, report, temporary)


def _by_phase(phase: Phase, meant: str, reply: str, report: Report, temporary: bool) -> tuple[str, float]:
    """Nothing was said in words we know: what was refused is judged by the command that was answered."""
    if report.action == "expired":
        return "expired", 0.8
    if phase in (Phase.CONNECT, Phase.HELO) and not temporary:
        return "blocked", 0.6
    if phase is Phase.MAIL and not temporary:
        return "rejected", 0.6
    if meant:
        return meant, 0.5
    if reply in REPLY:
        return REPLY[reply], 0.5
    return ("onhold" if report.diagnostic or report.text else "undefined"), 0.2


def _by_words(text: str, host: str, status: str, phase: Phase) -> tuple[str, float] | None:
    if not text.strip():
        return None
    found = _first(PROVIDERS, lowered(text), host, phase)
    if found is not None:
        return found.reason, 0.9
    # RFC 3463: these two are about the sender's address, whatever "unknown" or "no such domain" stands beside them.
    if status.partition(".")[2] in ("1.7", "1.8"):
        return "rejected", 0.85
    found = _first(_PHRASES, cleaned(text), host, phase)
    if found is None:
        return None
    if found.reason == "userunknown" and id(found) not in _CERTAIN:
        return _unknown_user(status, phase, believed=found is not REFUSED)
    if found.reason == "securityerror" and phase in (Phase.MAIL, Phase.RCPT) and "access denied" in text.lower():
        return "rejected", 0.6
    return found.reason, 0.8


def _unknown_user(status: str, phase: Phase, believed: bool) -> tuple[str, float]:
    """Whether *unknown* is the last word. Only then is the address dead.

    RFC 5321, 3.3: a server that knows its mailboxes refuses at RCPT, or says so with x.1.x. The same words after the
    mail was handed over, with a code for policy (x.7.x), or without command and code, are also how filters speak:
    counted, not believed.
    """
    subject = status.partition(".")[2]
    if subject in ("1.0", "1.1", "1.2", "1.3", "1.6"):
        return "userunknown", 0.85
    if phase is Phase.RCPT and believed and not subject.startswith("7."):
        return "userunknown", 0.8
    return "filtered", 0.5


def _first(rules: Iterable[Rule], text: str, host: str, phase: Phase) -> Rule | None:
    return next((rule for rule in rules if rule.matches(text, host, phase)), None)


def _comment(status: str) -> str:
    """Some put the reason into the Status field: `4.2.2 (Over quota)`."""
    return status.partition("(")[2].rstrip(") ") if "(" in status else ""


def _status(report: Report, said: str) -> str:
    """The code that tells most: the server's own words, then the field, then what people read."""
    field = enhanced_code(report.status)
    codes = [enhanced_code(said), field, "" if said else enhanced_code(report.text)]
    telling = [code for code in codes if code and not code.endswith(".0.0")]
    return (*telling, *filter(None, codes), "")[0]
