"""From what a report states about one recipient to a verdict: its codes and command are found, then judged."""

from __future__ import annotations

from funnel.bounces.model import BouncedRecipient, RecipientReport
from funnel.bounces.smtp import answer_in, enhanced_code, phase_of, reply_code, unfolded, whole_reply
from funnel.replies import BounceKind, Phase, Speaker, Statement, interpret


def judge(
    report: RecipientReport, answered: Phase = Phase.UNKNOWN, speaker: Speaker = Speaker.SERVER
) -> BouncedRecipient:
    """The verdict on one recipient. Pure: the same report always gives the same.

    `answered` is the command that is taken to have been answered where the report does not say which. `speaker` is who
    says that the mail failed.
    """
    said = _statement(report, answered, speaker)
    meaning = interpret(said)
    return BouncedRecipient(
        address=report.address,
        original=report.original,
        status=said.enhanced,
        reply_code=said.reply_code,
        reason=meaning.reason,
        kind=meaning.kind,
        hard=meaning.kind is BounceKind.HARD,
        confidence=meaning.sure,
        action=report.action,
        certainty=meaning.certainty,
        said=report.diagnostic or report.text,
    )


def _statement(report: RecipientReport, answered: Phase, speaker: Speaker) -> Statement:
    text = unfolded(report.text)
    words = whole_reply(report.diagnostic, report.text) or _comment(report.status) or answer_in(report.text)
    code, heard = reply_code(words) or reply_code(text if not words else ""), enhanced_code(words)
    enhanced = _enhanced(report, words)
    return Statement(
        phase=phase_of(report.text) or phase_of(words) or answered,
        reply_code=code,
        enhanced=enhanced,
        words=words,
        host=report.host,
        explanation=text,
        verbatim=bool(report.diagnostic),
        action=report.action,
        invented=bool(code and enhanced) and not heard,
        speaker=speaker,
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
