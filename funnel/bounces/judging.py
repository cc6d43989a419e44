"""From what a report states about one recipient to a verdict: its codes and command are found, then judged."""

from __future__ import annotations

from funnel.bounces.model import BouncedRecipient, RecipientReport
from funnel.bounces.smtp import answer_in, enhanced_code, phase_of, reply_code
from funnel.replies import Phase, Statement, interpret, kind_of


def judge(report: RecipientReport, answered: Phase = Phase.UNKNOWN) -> BouncedRecipient:
    """The verdict on one recipient. Pure: the same report always gives the same.

    `answered` is the command that is taken to have been answered where the report does not say which.
    """
    said = _statement(report, answered)
    meaning = interpret(said)
    return BouncedRecipient(
        address=report.address,
        original=report.original,
        status=said.enhanced,
        reply_code=said.reply_code,
        reason=meaning.reason,
        kind=kind_of(meaning.reason, meaning.gone),
        hard=meaning.gone,
        confidence=meaning.sure,
        action=report.action,
    )


def _statement(report: RecipientReport, answered: Phase) -> Statement:
    words = report.diagnostic or _comment(report.status) or answer_in(report.text)
    return Statement(
        phase=phase_of(report.text) or phase_of(words) or answered,
        reply_code=reply_code(words) or reply_code(report.text if not words else ""),
        enhanced=_enhanced(report, words),
        words=words,
        host=report.host,
        explanation=report.text,
        verbatim=bool(report.diagnostic),
        action=report.action,
    )


def _comment(status: str) -> str:
    """Some put the reason into the Status field: `4.2.2 (Over quota)`."""
    return status.partition("(")[2].rstrip(") ") if "(" in status else ""


def _enhanced(report: RecipientReport, words: str) -> str:
    """The code that tells most: the server's own words, then the field, then what people read."""
    field = enhanced_code(report.status)
    codes = [enhanced_code(words), field, "" if words else enhanced_code(report.text)]
    telling = [code for code in codes if code and not code.endswith(".0.0")]
    return (*telling, *filter(None, codes), "")[0]
