"""Reply codes, enhanced codes and commands in what servers said (RFC 5321, 3463, 2034)."""

from __future__ import annotations

import re

from funnel.replies import Phase

# "550 5.1.1", "550-5.1.1", "550 #5.1.0", "(#5.1.1)", "5.7.509"; not an IP address, a version or part of a word.
_ENHANCED = re.compile(r"(?<![\d.\w-])#?([245])\.(\d{1,3})\.(\d{1,3})(?![\d]|\.\d)")
_REPLY = re.compile(
    r"(?<![\d.\w/-])([45][0-5]\d)(?=[ \-:;,]|\s|$|\])(?!\s*(?:bytes|kb|seconds?|minutes?|hours?|attempts)\b)", re.I
)
_REPLY_THEN_ENHANCED = re.compile(
    r"(?<![\d.\w/])([245]\d\d)[ \-:]{1,3}(?:\[[^\]]{0,60}\][ ]?)?#?([245]\.\d{1,3}\.\d{1,3})(?![\d]|\.\d)"
)
_BEGUN = re.compile(r"(?<![\d.\w])([45]\d\d)-")  # the first line of several
_CLASS_ONLY = re.compile(r"[45]\.0\.0")

# What the great servers say about the command that was answered. Sources: Postfix smtp_proto.c wording in
# smtp(8) and bounce(5); Exim specification chapter 49; qmail-remote(8); sendmail's transcript (">>> RCPT To:").
_PHASES: tuple[tuple[Phase, re.Pattern[str]], ...] = tuple(
    (phase, re.compile(pattern, re.I))
    for phase, pattern in (
        (
            Phase.RCPT,
            r"in reply to RCPT TO|\bafter (?:pipelined )?RCPT TO\b|does not like recipient|did not like our RCPT"
            r"|\[RCPT_TO\]|SMTP:RCPT|following RCPT command|rejected recipient <|\(RCPT\)"
            r"|has rejected (?:the )?address|recipient (?:was |were )?rejected by|in response to:? RCPT TO"
            r"|response to RCPT TO|RCPT TO:?<[^>\n]{1,320}>[^\n]{0,40}\n[^\n]{0,20}[45]\d\d|\bafter RCPT command",
        ),
        (
            Phase.MAIL,
            r"in reply to MAIL FROM|\bafter (?:pipelined )?MAIL FROM\b|sender was rejected|did not like our MAIL"
            r"|\[MAIL_FROM\]|SMTP:MAIL|following MAIL command|\(MAIL\)|response to MAIL FROM|\bafter MAIL command",
        ),
        (
            Phase.DATA,
            r"in reply to (?:end of )?DATA|\bafter (?:pipelined )?(?:end of data|DATA\b|sending data)"
            r"|failed after I sent the message|failed on DATA command|did not like our (?:final )?DATA|\[DATA\]"
            r"|SMTP:DATA|\(DATA\)|following DATA command|Body of message generated response"
            r"|response to (?:end of )?DATA|-{3,}SMTP command\s+DATA|\bafter DATA command",
        ),
        (
            Phase.HELO,
            r"in reply to (?:EHLO|HELO)|\bafter (?:EHLO|HELO)\b|my name was rejected|did not like our (?:EHLO|HELO)",
        ),
        (
            Phase.CONNECT,
            r"refused to talk to me|after initial connection|but greeting failed|initial server greeting"
            r"|while talking SMTP to|did not like our (?:connection|greeting)",
        ),
    )
)
_TRANSCRIPT = re.compile(
    r"^>>>[ ]?(RCPT|MAIL|DATA|EHLO|HELO)\b[^\n]{0,400}\n(?:<<<[ ]?(?:2|3)[^\n]{0,400}\n){0,5}<<<[ ]?([45])", re.I | re.M
)
_NO_RECIPIENTS = re.compile(r"need rcpt|no valid recipients|no recipients|rcpt first", re.I)
_OWN_VERDICT = re.compile(r"^550 5\.1\.1 .{1,330}\.\.\. User unknown", re.I | re.M)


def unfolded(text: str) -> str:
    """With lines that go on joined to those before: mailers break them where they are long, at any word."""
    return re.sub(r"(?<=\S)[ \t]*\n[ \t]+(?=\S)", " ", text)


def enhanced_code(text: str) -> str:
    """The first enhanced status code that tells something (not x.0.0 if there is better); "" where there is none."""
    paired = [match[2] for match in _REPLY_THEN_ENHANCED.finditer(text)]
    found = [f"{match[1]}.{match[2]}.{match[3]}" for match in _ENHANCED.finditer(text)]
    for code in (*paired, *found):
        if not _CLASS_ONLY.fullmatch(code) and not code.startswith("2"):
            return code
    return (*paired, *found, "")[0]


def reply_code(text: str) -> str:
    """The first SMTP reply code of an error, or ""."""
    paired = _REPLY_THEN_ENHANCED.search(text)
    if paired is not None and paired[1][0] in "45":
        return paired[1]
    found = _REPLY.search(text)
    return found[1] if found else ""


def answer_in(text: str) -> str:
    """The server's own words in a report: from the first reply code to the next empty line; "" where there is none."""
    text = unfolded(text)
    starts = [match.start() for match in (_REPLY_THEN_ENHANCED.search(text), _REPLY.search(text)) if match]
    if not starts and (match := _ENHANCED.search(text)) is not None:
        starts = [match.start()]
    if not starts:
        return ""
    answer = text[min(starts) :][:2000]
    return re.split(r"\n[ \t]*\n", answer, maxsplit=1)[0]


def whole_reply(words: str, text: str) -> str:
    """These words, or the whole reply that a transcript holds where they are only its first line (RFC 5321, 4.2.1)."""
    begun = _BEGUN.search(words)
    if begun is None or re.search(rf"\b{begun[1]}(?: |$)", words[begun.end() :]):
        return words
    lines = re.findall(rf"^[<> \t]*({begun[1]}[ -].*)$", text, re.M)
    told = " ".join(lines)
    return told[:2000] if begun[0] in told and len(told) > len(words) else words


def phase_of(text: str) -> Phase:
    """At which command it was said. A transcript with pipelining is read as sendmail means it.

    Sendmail prints ">>> DATA" and then the answers to RCPT; it tells a refused recipient by its own line
    "550 5.1.1 …... User unknown", or by the server's word that no recipient was left.
    """
    told = _TRANSCRIPT.search(text)
    if told is not None:
        phase = Phase.HELO if told[1].upper() in ("EHLO", "HELO") else Phase(told[1].lower())
        if phase is Phase.DATA and (_OWN_VERDICT.search(text) or _NO_RECIPIENTS.search(text)):
            return Phase.RCPT
        return phase
    for each in (text, unfolded(text)):
        first = [(match.start(), phase) for phase, pattern in _PHASES if (match := pattern.search(each))]
        if first:
            return min(first)[1]
    return Phase.UNKNOWN
