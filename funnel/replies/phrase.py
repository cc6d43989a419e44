"""A phrase that servers use, and the reason it stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from funnel.replies.model import Phase


@dataclass(frozen=True)
class Phrase:
    """Where the pattern is found, this is the reason.

    `host` must be found in the name of the server that said it, or in the text; `phase` is the command it answered.
    """

    reason: str
    pattern: re.Pattern[str]
    source: str
    host: str = ""
    phase: Phase | None = None

    def matches(self, text: str, host: str, phase: Phase) -> bool:
        if self.phase is not None and self.phase is not phase:
            return False
        if self.host and self.host not in host and self.host not in text:
            return False
        return self.pattern.search(text) is not None


def phrase(reason: str, source: str, *patterns: str, host: str = "", phase: Phase | None = None) -> Phrase:
    """Patterns are matched against lower-case text."""
    return Phrase(reason, re.compile("|".join(patterns)), source, host, phase)
