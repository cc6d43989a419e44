"""What an offer brings after it is confirmed, in plain sentences made from the sequences themselves.

Every page that says how many mails come over how many days says it with these.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from funnel.curriculum.model import Sequence
from funnel.curriculum.sold import sold_by
from funnel.language import N_, _, ngettext

# TRANSLATORS: follows "the first one" or "it comes".
AT_ONCE = N_("at once")
# Not for one, which many languages say as the thing asks for it.
_WORDS = (
    N_("no"), "", N_("two"), N_("three"), N_("four"), N_("five"), N_("six"), N_("seven"), N_("eight"), N_("nine"),
    N_("ten"), N_("eleven"), N_("twelve"),
)  # fmt: skip
_TWO_WEEKS = 14


def way(sequences: Iterable[Sequence], offer: str, agreed: Container[str] | None = None) -> list[list[Sequence]]:
    """The sequences an offer leads into: those that begin when it is confirmed or bought, what follows them, and so on.

    What follows begins only for who `agreed` to it; None for all that may follow. Each stands once, however many roads
    lead to it.
    """
    known = list(sequences)
    found: list[list[Sequence]] = []
    bought = sold_by(known, offer)
    following = [each for each in known if ("confirm" in each.start_on and offer in each.for_offers) or each in bought]
    while following:
        found.append(following)
        seen = {each.slug for step in found for each in step}
        triggers = {f"finished:{each.slug}" for each in following}
        following = [
            each
            for each in known
            if each.slug not in seen and triggers & set(each.start_on) and (agreed is None or each.slug in agreed)
        ]
    return found


def begun_by(sequences: Iterable[Sequence], offer: str) -> list[Sequence]:
    """The sequences that begin when this offer is confirmed: its own mails."""
    return next(iter(way(sequences, offer, ())), [])


def promised(
    sequences: Iterable[Sequence],
    offer: str,
    firsts: Mapping[str, str] | None = None,
    but: Iterable[str] = (),
    *,
    agreed: Container[str] = (),
    after: bool = False,
) -> list[str]:
    """One sentence for each sequence that this offer brings who `agreed` to these, in the order in which they come.

    `firsts` says for a sequence when its first mail comes, in words that follow "the first one"; without it, the first
    of all comes at once where it is written for day 0. Sequences in `but` are left out: somebody has had them. `after`
    says that another sentence stands before these, which the first of them may follow.
    """
    steps = way(sequences, offer, agreed)
    without = set(but)
    if firsts is None:
        first = steps[0][0] if steps else None
        goes_at_once = first is not None and bool(first.lessons) and first.lessons[0].day == 0 and not first.rounds
        firsts = {first.slug: _(AT_ONCE)} if first is not None and goes_at_once else {}
    said: list[str] = []
    for place, step in enumerate(steps):
        for sequence in step:
            if sequence.slug not in without and sequence.lessons:
                first_mail = firsts.get(sequence.slug)
                said.append(_sentence(sequence, named=place > 0, follows=bool(said) or after, first=first_mail))
    return said


def named_summary(sequence: Sequence) -> str:
    """ "“Six weeks”: eight mails over seven weeks."; "" where it has no mails."""
    return _sentence(sequence, named=True, follows=False, first=None) if sequence.lessons else ""


def length_in_words(sequence: Sequence) -> str:
    """Over how long its mails come, the days of the first and of the last counted: "five days", "seven weeks".

    Empty where all come on one day.
    """
    days = max(sequence.days.values(), default=0)
    if not days:
        return ""
    return count_days(days + 1) if days < _TWO_WEEKS else count_weeks(round(days / 7))


def count_mails(number: int) -> str:
    """ "one mail", "three mails", "14 mails"."""
    return ngettext("one mail", "%(number)s mails", number, number=number_in_words(number))


def count_days(number: int) -> str:
    """ "one day", "five days"."""
    return ngettext("one day", "%(number)s days", number, number=number_in_words(number))


def count_weeks(number: int) -> str:
    """ "one week", "seven weeks"."""
    return ngettext("one week", "%(number)s weeks", number, number=number_in_words(number))


def number_in_words(number: int) -> str:
    """ "three"; from 13 on, and for 1, in figures."""
    word = _WORDS[number] if number < len(_WORDS) else ""
    return _(word) if word else str(number)


def _sentence(sequence: Sequence, *, named: bool, follows: bool, first: str | None) -> str:
    """ "Three mails over five days, the first one at once." Where `named`, with its title."""
    dated = len(sequence.dated)
    by_day = len(sequence.lessons) - dated
    mails, over = count_mails(by_day or dated), length_in_words(sequence)
    if over:
        mails = _("%(mails)s over %(length)s", mails=mails, length=over)
    if dated and by_day:
        mails = ngettext(
            "%(mails)s, and one for a fixed date",
            "%(mails)s, and %(number)s for fixed dates",
            dated,
            mails=mails,
            number=number_in_words(dated),
        )
    if first:
        one = len(sequence.lessons) == 1
        mails = (
            _("%(mails)s, it comes %(when)s", mails=mails, when=first)
            if one
            else _("%(mails)s, the first one %(when)s", mails=mails, when=first)
        )
    if not named:
        return f"{mails[:1].upper()}{mails[1:]}."
    if follows:
        return _("After that, “%(title)s”: %(mails)s.", title=sequence.said_title, mails=mails)
    return _("“%(title)s”: %(mails)s.", title=sequence.said_title, mails=mails)
