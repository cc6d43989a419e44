"""What is sold: which sequences a purchase starts, by the tag that it puts on a reader, and nothing free may."""

from __future__ import annotations

from collections.abc import Iterable

from funnel.curriculum.model import Sequence
from funnel.curriculum.tag_names import asked_tags, tag_trigger

BOUGHT = "bought:"
"""What stands before an offer's name in the tag that a purchase puts on its reader."""


def bought_tag(offer: str) -> str:
    """`bought:deep-course` for the offer deep-course."""
    return f"{BOUGHT}{offer}"


def started_in_words(start_on: Iterable[str]) -> str:
    """ "when deep-course is bought, or the tag evening is put on a reader who agreed to it"; "" where no tag does."""
    names = asked_tags(start_on)
    bought = [name.removeprefix(BOUGHT) for name in names if name.startswith(BOUGHT)]
    others = [name for name in names if not name.startswith(BOUGHT)]
    said = [f"{' or '.join(bought)} is bought"] if bought else []
    said += [f"the tag {' or '.join(others)} is put on a reader who agreed to it"] if others else []
    return f"when {', or '.join(said)}" if said else ""


def offers_selling(sequence: Sequence) -> tuple[str, ...]:
    """The offers whose purchase starts this sequence; empty for one that is not sold."""
    return tuple(name.removeprefix(BOUGHT) for name in asked_tags(sequence.start_on) if name.startswith(BOUGHT))


def sold_by(sequences: Iterable[Sequence], offer: str) -> list[Sequence]:
    """The sequences that a purchase of this offer starts."""
    trigger = tag_trigger(bought_tag(offer))
    return [each for each in sequences if trigger in each.start_on]


def has_bought(sequence: Sequence, tags: Iterable[str]) -> bool:
    """Whether one of these tags is that of a purchase which starts this sequence; True for one that is not sold."""
    selling = {bought_tag(offer) for offer in offers_selling(sequence)}
    return not selling or not selling.isdisjoint(tags)
