"""How a text reads to somebody tired: words that press or shame, and sentences that are too long.

The word list is our own judgement, from what the practice never wants to say. It asks the writer a question and gives
no verdict. Quotations are left alone, because lessons quote what readers have been told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

_PRESSURE = (
    r"act now", r"last chance", r"hurry", r"don['’]t miss (?:out|this|it)",
    r"limited time (?:only|offer)", r"before it['’]s too late",
    r"only \w+ (?:places|spots|seats) left", r"while (?:places|stocks?|they) lasts?", r"offer ends", r"order now",
    r"buy now", r"sign up now", r"risk[- ]free", r"guaranteed?", r"once in a lifetime", r"what are you waiting for",
    r"you (?:really )?must", r"you need to act", r"final (?:notice|warning|reminder)",
)  # fmt: skip
_SHAME = (
    r"shame on you", r"(?<!not )your own fault", r"get over (?:it|him|her|them)", r"snap out of it",
    r"man up", r"pathetic",
    r"you should (?:have known|be over|know better)", r"what(?:['’]s| is) wrong with you", r"stop being so",
    r"you(?:['’]re| are) (?:too sensitive|too much|overreacting|needy|clingy|broken|crazy)",
    r"grow up", r"pull yourself together",
)  # fmt: skip
# One expression per phrase, beginning with its letters: several times faster than one for all.
_PATTERNS = (
    *(("pressure", re.compile(rf"{words}\b")) for words in _PRESSURE),
    *(("shame", re.compile(rf"{words}\b")) for words in _SHAME),
    ("shout", re.compile(r"!{2,}")),
)
# What mass mail calls people it does not know, written out or for want of a name: SpamAssassin's DEAR_FRIEND and
# DEAR_SOMETHING give it 2 to 2.7 of the 5 points that make spam.
_STRANGER = r"(?:friend|sirs?|madam)\b"
_GREETING = re.compile(rf"^[ \t]*dear (?:{_STRANGER}|\{{\{{[^{{}}\n]*[\"']{_STRANGER}[^{{}}\n]*\}}\}})", re.I | re.M)
_QUOTED = re.compile(r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|‘[^’\n]{1,200}’")

HARDEST_GRADE = 9.0
_FEWEST_WORDS = 100
_SENTENCE_END = re.compile(r"(?<![.!?…:;])[.!?…:;]++[\"”’)]*+(?:\s+|$)")
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_VOWELS = re.compile(r"[aeiouy]+")

ADVICE = {
    "pressure": "Say it without hurry: readers here are tired, and may leave rather than be pushed.",
    "shame": "Say it without blame, or put it in quotation marks if somebody else says it.",
    "shout": "Say it without the exclamation marks.",
}
HEARD = {"pressure": "pressure", "shame": "blame", "shout": "shouting"}


def loud_words(text: str) -> Iterator[tuple[int, str, str]]:
    """Place (from 0), kind (pressure, shame or shout) and words of each; quotations are left out."""
    quiet = _QUOTED.sub(lambda match: " " * len(match[0]), text)
    small = quiet.lower()
    if len(small) != len(quiet):
        small = quiet  # a letter that grows in lower case would shift every place behind it
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(small):
            before = small[match.start() - 1 : match.start()]
            if kind == "shout" or not before.isalnum():
                yield match.start(), kind, quiet[match.start() : match.end()]


def mass_greetings(text: str) -> Iterator[tuple[int, str]]:
    """Where (from 0) a text greets as mass mail does, and with which words."""
    return ((match.start(), match[0].strip()) for match in _GREETING.finditer(text))


def reading_grade(pieces: Iterable[str]) -> float | None:
    """The school grade a text requires, or None when it is too short to say.

    The Flesch-Kincaid grade (Kincaid and others, 1975): 0.39 words per sentence + 11.8 syllables per word - 15.59. It
    fits English only; a syllable is a run of vowels, without a silent e.
    """
    words = sentences = syllables = 0
    for piece in pieces:
        for sentence in _SENTENCE_END.split(piece):
            found = _WORD.findall(sentence)
            if found:
                sentences += 1
                words += len(found)
                syllables += sum(_syllables(word.lower()) for word in found)
    if words < _FEWEST_WORDS:
        return None
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59


@lru_cache(maxsize=20_000)
def _syllables(word: str) -> int:
    count = len(_VOWELS.findall(word))
    if word.endswith("e") and not word.endswith("le") and count > 1:
        count -= 1
    return max(1, count)
