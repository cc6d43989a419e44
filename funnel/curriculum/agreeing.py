"""What somebody agrees to be sent, in words: what the practice wrote, and how many mails that is, as counted.

The counting is the service's own, so that what is agreed to cannot differ from what is sent. An offer's box is for its
own mails. What may follow them has a second box, which nobody has ticked beforehand (GDPR, recitals 32 and 43), or is
asked for by a link in one of the mails.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import NamedTuple

from funnel.curriculum.measuring import Choice, notice
from funnel.curriculum.model import Offer, Sequence
from funnel.curriculum.practice import Practice
from funnel.curriculum.schedule_summary import begun_by, named_summary, promised, way
from funnel.language import _


class ConsentBoxes(NamedTuple):
    """The sentence beside the box of an offer, and beside the second one; "" where there is no second one."""

    own: str
    follows: str = ""


def consent_boxes(offer: Offer, sequences: Mapping[str, Sequence]) -> ConsentBoxes:
    """What stands beside an offer's boxes now, in the language that is spoken."""
    own = [offer.consent.strip(), *promised(sequences.values(), offer.slug)]
    follower = following(offer, sequences)
    follows = [] if follower is None else [offer.followed_by_consent.strip(), named_summary(follower)]
    return ConsentBoxes(" ".join(filter(None, own)), " ".join(filter(None, follows)))


def following(offer: Offer, sequences: Mapping[str, Sequence]) -> Sequence | None:
    """The sequence that an offer's second box asks for; None where there is none, or it has no mails."""
    found = sequences.get(offer.followed_by) if offer.followed_by else None
    return found if found is not None and found.lessons else None


def agreed_sequences(
    offer: Offer, sequences: Mapping[str, Sequence], *, ticked: bool = False, also: Container[str] = ()
) -> tuple[str, ...]:
    """The slugs of what `agreed_text` is about."""
    own = [each.slug for each in begun_by(sequences.values(), offer.slug)]
    follower = following(offer, sequences) if ticked else None
    further = [each.slug for each in _further(offer, sequences, also)]
    return tuple(dict.fromkeys([*own, *([follower.slug] if follower else []), *further]))


def agreed_text(
    offer: Offer,
    practice: Practice,
    sequences: Mapping[str, Sequence],
    choice: Choice = Choice.OPEN,
    *,
    ticked: bool = False,
    also: Container[str] = (),
) -> str:
    """All of what is agreed to, as it is shown beside every button that agrees, and kept: in force now, on one line.

    `ticked`: the second box is. `also` are sequences of the offer's way that she agreed to before, and goes on with.
    """
    boxes, said = consent_boxes(offer, sequences), notice(practice)
    parts = [boxes.own]
    if ticked and boxes.follows:
        parts.append(_("Ticked: “%(box)s”", box=boxes.follows))
    parts += [named_summary(each) for each in _further(offer, sequences, also)]
    parts.append(said.says)
    if said.box and choice is not Choice.OPEN:
        left = choice is Choice.UNTICKED
        parts.append(_("Not ticked: “%(box)s”", box=said.box) if left else _("Ticked: “%(box)s”", box=said.box))
    return " ".join(filter(None, parts))


def purchase_text(offer: Offer, sequences: Mapping[str, Sequence]) -> str:
    """What a purchase agrees to, as the offer's page says it beside the way to the checkout; on one line."""
    own = consent_boxes(offer, sequences).own
    return _("Bought: “%(title)s”, %(price)s. “%(consent)s”", title=offer.title, price=offer.price, consent=own)


def begin_text(sequence: Sequence) -> str:
    """What a press on the page of a `begin` link agrees to, in the language that is spoken; on one line."""
    return _(
        "Please e-mail me %(what)s I can stop at any time with the link in every mail.", what=named_summary(sequence)
    )


def _further(offer: Offer, sequences: Mapping[str, Sequence], also: Container[str]) -> list[Sequence]:
    return [each for step in way(sequences.values(), offer.slug, also)[1:] for each in step]
