"""Whether what a practice writes beside its boxes is what is sent, and whether anybody can agree to what follows.

The service itself says how many mails come over how many days; a number that the practice wrote besides is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from funnel.curriculum.agreeing import following
from funnel.curriculum.model import Sequence
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.library import Parts
from funnel.curriculum.parse.report import Report
from funnel.curriculum.references import begun_in
from funnel.curriculum.schedule_summary import begun_by, number_in_words
from funnel.language import speaking

# In the languages that there are catalogues for; of others figures are read.
_MAILS = r"e-?mails?|mails?|letters?|lessons?|briefe?n?"
_SPANS = {"day": r"days?|tagen?|tage", "week": r"weeks?|wochen?"}
_MOST = 60


def check_promises(parts: Parts, report: Report) -> None:
    """Reports numbers in consents that differ from what is sent, and what follows but can never be agreed to."""
    if parts.broken or parts.practice is None:
        return
    for slug, offer in parts.offers.items():
        own = begun_by(parts.sequences.values(), slug)
        follower = following(offer, parts.sequences)
        fields = parts.sources[f"offers/{slug}.md"].fields
        _compare(fields, "consent", offer.consent, own, parts.practice.language)
        after = [follower] if follower else []
        _compare(fields, "followed_by_consent", offer.followed_by_consent, after, parts.practice.language)
    if not report.count_errors():
        _check_askable(parts)


def _compare(fields: Fields, key: str, text: str, given: Iterable[Sequence], language: str) -> None:
    sent = [each for each in given if each.lessons]
    if not sent:
        return
    mails = [len(each.lessons) for each in sent]
    days = [max(each.days.values(), default=0) for each in sent]
    truth = {
        "mail": {*mails, sum(mails)},
        "day": {each + 1 for each in days},
        "week": {round(each / 7) for each in days},
    }
    for what, number, words in _numbers(text, language):
        if number not in truth[what]:
            fields.warning(
                fields.node(key), "promises-otherwise",
                f"{key} says {words!r}, which is not what is sent",
                "Leave the number out: the service writes behind it how many mails come over how many days.",
            )  # fmt: skip


def _numbers(text: str, language: str) -> Iterator[tuple[str, int, str]]:
    """What a text counts, with the number and the words: how many mails, and over how many days or weeks."""
    with speaking(language):
        known = {number_in_words(number).lower(): number for number in range(2, _MOST)}
    known |= {str(number): number for number in range(1, _MOST)}
    patterns = {"mail": rf"\b([\w-]+)\s+(?:[\w-]+\s+)?(?:{_MAILS})\b"}
    patterns |= {what: rf"\b(?:over|über|within)\s+([\w-]+)\s+(?:{span})\b" for what, span in _SPANS.items()}
    for what, pattern in patterns.items():
        for found in re.finditer(pattern, text, re.IGNORECASE):
            if found[1].lower() in known:
                yield what, known[found[1].lower()], found[0]


def _check_askable(parts: Parts) -> None:
    """Reports what begins where another ends, and is asked for nowhere: it would come to nobody."""
    asked = {offer.followed_by for offer in parts.offers.values()}
    for sequence in parts.sequences.values():
        for lesson in sequence.lessons:
            asked |= begun_in(lesson.body)
    for slug in parts.sequences:
        fields = parts.sources[f"{slug}/sequence.md"].fields
        for item in fields.texts("start_on"):
            if item.text.startswith("finished:") and slug not in asked:
                fields.warning(
                    item, "nobody-agrees", f"nobody is asked whether {slug} may follow, so {item.text} starts nothing",
                    f'Name it in followed_by of an offer, or ask in a lesson with a link: {{{{ begin("{slug}") }}}}.',
                )  # fmt: skip
