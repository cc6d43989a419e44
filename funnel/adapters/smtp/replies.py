"""What a mail server says: replies read within bounds from whatever pieces arrive (RFC 5321, 4.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from funnel.mail import OutcomeKind

LONGEST_REPLY_LINE = 4096  # RFC 5321 4.5.3.1.5 says 512; real servers put whole paragraphs and URLs in one
MOST_LINES = 100
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])([^\r\n]*))?\r?\n")
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?!\S)")
# qmail and its kin put the enhanced code at the end of their sentence: (#5.1.1)
_TRAILING = re.compile(r"#([245]\.\d{1,3}\.\d{1,3})\b")


class ConnectionLost(Exception):
    """The conversation cannot go on. `words` say why; `kind` is what it means for a mail that had not begun.

    Of the last exchange, `unsent` is how many bytes were still here, and `said` the replies that had come.
    """

    def __init__(self, words: str, kind: OutcomeKind = OutcomeKind.TEMPORARY, *, timed_out: bool = False) -> None:
        super().__init__(words)
        self.words = words[:500]
        self.kind = kind
        self.timed_out = timed_out
        self.unsent = 0
        self.said: Sequence[SmtpReply] = ()


@dataclass(frozen=True, slots=True)
class SmtpReply:
    """One whole reply. `lines` are its words without the code, cleaned of control characters."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines as one; an enhanced code that each line repeats is there once."""
        if len(self.lines) == 1:
            return self.lines[0].strip()
        said = _ENHANCED.match(self.lines[0])
        if said is None:
            return " ".join(self.lines).strip()
        return " ".join((self.lines[0], *(line.removeprefix(said[1]).strip() for line in self.lines[1:]))).strip()

    @property
    def detail(self) -> str:
        """The server's words for the record, at most 500 characters."""
        return f"{self.code} {self.text}"[:500].rstrip()

    @property
    def enhanced(self) -> str:
        """The enhanced code (RFC 3463) or "". Its class is the reply code's: where they disagree that one decides."""
        said = _ENHANCED.match(self.lines[0]) or _TRAILING.search(self.text)
        return f"{self.code // 100}{said[1][1:]}" if said else ""


class ReplyReader:
    """Bytes in, replies out. Holds at most one line too many, whatever the server sends."""

    def __init__(self) -> None:
        self._buffer = b""
        self._at = 0  # what stands before has been read
        self._lines: list[str] = []
        self._code = b""

    def feed(self, data: bytes) -> None:
        self._buffer = self._buffer[self._at :] + data
        self._at = 0

    def forget(self) -> None:
        """Drops what was received and not yet read: nothing said before TLS may count after it (RFC 3207, 6)."""
        self._buffer, self._at = b"", 0
        self._lines.clear()

    def next(self) -> SmtpReply | None:
        """The next whole reply, or None until more bytes come. Raises ConnectionLost when this cannot be SMTP."""
        while True:
            end = self._buffer.find(b"\n", self._at) + 1
            if (end or len(self._buffer)) - self._at > LONGEST_REPLY_LINE:
                raise ConnectionLost("The server sent a reply line that is too long")
            if not end:
                return None
            said = self._buffer[self._at : end]
            self._at = end
            if not self._lines and (reply := _whole(said)) is not None:
                return reply
            line = _LINE.fullmatch(said)
            if line is None or (self._lines and line[1] != self._code):
                raise ConnectionLost("The server sent something that is not an SMTP reply")
            self._code = line[1]
            self._lines.append(_clean(line[3] or b""))
            if len(self._lines) > MOST_LINES:
                raise ConnectionLost("The server sent a reply that does not end")
            if line[2] != b"-":
                reply = SmtpReply(int(line[1]), tuple(self._lines))
                self._lines.clear()
                return reply


@lru_cache(maxsize=256)  # a server says the same few lines for every mail
def _whole(line: bytes) -> SmtpReply | None:
    """The reply that is this one line; None where it is not a whole one."""
    found = _LINE.fullmatch(line)
    return SmtpReply(int(found[1]), (_clean(found[3] or b""),)) if found and found[2] != b"-" else None


def _clean(line: bytes) -> str:
    text = line.decode("utf-8", "replace")
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)
