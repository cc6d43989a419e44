"""What one sign-up said, as its consent of kind *asked* keeps it: the text that stood there, and what was typed.

Anybody may type an address, any number of times. So nothing of an asking counts before it is confirmed, and the mail
that asks names the asking it was made for: what a stranger types later is not what the owner's press confirms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from funnel.curriculum.measuring import Choice, least
from funnel.models import Consent, ConsentKind, Lead, Signup
from funnel.people.consent import record_consent

_NAME, _ZONE, _LANGUAGE, _CHOICE = "name", "zone", "language", "choice"
_SHARES, _QUIZ, _DISCREET = "shares", "quiz", "discreet"
_WATCHED, _PRESSED = "watched", "pressed"
_TYPED = (_NAME, _ZONE, _LANGUAGE, _WATCHED)
_A_SECOND = timedelta(seconds=1)  # links name whole ones


class AskingRef(NamedTuple):
    """The asking that a mail is for, as its link names it: its number, None in mail of before, and the mail's time."""

    number: int | None
    mailed_at: datetime


@dataclass(frozen=True, slots=True)
class SignupWords:
    """What a sign-up says: `text` is all of what was agreed to; `name` and `zone` are typed, and may be "" and None.

    `language` is that of the page, None where nobody knows. `took_quiz`: the result of a quiz was on the page, kept or
    not. `askings` are those that share the mail. `discreet`: mail is to say nothing of its topic on a locked screen.
    `watched`: how many quarters of a training were seen in the browser that it came from. `sequences` are the slugs of
    what the text says will be sent.
    """

    text: str
    name: str = ""
    zone: str | None = None
    choice: Choice = Choice.OPEN
    took_quiz: bool = False
    askings: tuple[int, ...] = ()
    language: str | None = None
    discreet: bool = False
    watched: int = 0
    sequences: frozenset[str] = frozenset()


def note_asking(
    session: Session, signup: Signup, said: SignupWords, now: datetime, origin: str = "", *, shares: bool = False
) -> Consent:
    """Keeps an asking, with its number. With `shares` it has no mail of its own: the one before it goes for both."""
    typed = {_NAME: said.name, _ZONE: said.zone or "", _CHOICE: said.choice.value, _SHARES: "yes" if shares else ""}
    typed[_QUIZ] = "yes" if said.took_quiz else ""
    typed[_LANGUAGE], typed[_DISCREET] = said.language or "", "yes" if said.discreet else ""
    kept = {key: value for key, value in typed.items() if value}
    asking = record_consent(
        session,
        signup.lead_id,
        ConsentKind.ASKED,
        now,
        offer=signup.offer,
        text=said.text,
        origin=origin,
        sequences=said.sequences,
        **kept,
    )
    session.flush()
    return asking


def share_mail(asking: Consent) -> None:
    """It has turned out that a mail which waits already goes for this asking too."""
    asking.detail = {**asking.detail, _SHARES: "yes"}


def note_watched(asking: Consent, quarter: int) -> None:
    """In the browser that this asking came from, a training was watched to this quarter."""
    if quarter > int(asking.detail.get(_WATCHED, 0)):
        asking.detail = {**asking.detail, _WATCHED: str(quarter)}


def mark_pressed(session: Session, askings: Sequence[int]) -> None:
    """The button of their mail was pressed: what happens in the browser that asked is hers from now on.

    Where several share the mail, nobody can tell which browser is hers.
    """
    if len(askings) == 1:
        asking = session.get_one(Consent, askings[0])
        asking.detail = {**asking.detail, _PRESSED: "yes"}


def is_pressed(asking: Consent) -> bool:
    """Whether the button of its mail, which it shared with no other, was pressed."""
    return bool(asking.detail.get(_PRESSED))


def what_was_said(session: Session, signup: Signup, asked: AskingRef) -> SignupWords | None:
    """What counts once the button of this mail is pressed; None where nothing of it is kept.

    Where askings share the mail and do not agree, nobody can tell whose words the press confirms: then neither name nor
    zone counts, of two choices the one by which least is measured, of sequences those that all name, and discretion if
    one of them wants it. A mail of before there were askings stands for the newest one it can have been made for, and
    what was typed is what the sign-up kept itself.
    """
    asking = _asking_of(session, signup, asked)
    if asking is None:
        return None
    sharing = [asking, *_sharing(session, asking)]
    said = [_said(each) for each in sharing]
    shown = min(said, key=lambda each: (least(each.choice), len(each.sequences)))
    names, zones = {each.name for each in said}, {each.zone for each in said}
    name, zone, language = said[0].name, said[0].zone, shown.language
    if asked.number is None:
        name, zone, language = signup.typed_name, signup.typed_zone, signup.typed_language
    else:
        name, zone = name if len(names) == 1 else "", zone if len(zones) == 1 else None
    return SignupWords(
        shown.text,
        name,
        zone,
        shown.choice,
        took_quiz=all(each.took_quiz for each in said),
        askings=tuple(each.id for each in sharing),
        language=language,
        discreet=any(each.discreet for each in said),
        watched=min(each.watched for each in said),
        sequences=frozenset.intersection(*(each.sequences for each in said)),
    )


def asked_text(session: Session, number: int) -> str | None:
    """What stood beside the box at this asking, for the mail that was made for it."""
    return session.scalar(select(Consent.text).where(Consent.id == number))


def asked_language(asking: Consent) -> str:
    """The language of the page it came from; "" where the practice offers one alone."""
    return str(asking.detail.get(_LANGUAGE, ""))


def all_agree(session: Session, signup: Signup, name: str, zone: str | None) -> tuple[str, str | None]:
    """This name and zone, as far as each asking of this sign-up said the same: else nobody can tell who typed them."""
    said = [_said(each) for each in session.scalars(_asked(signup))]
    same_zone = all(each.zone == zone for each in said)
    return name if all(each.name == name for each in said) else "", zone if same_zone else None


def wanted_discreet(session: Session, signup: Signup) -> bool:
    """Whether one of this sign-up's askings wanted mail to be discreet."""
    return any(_said(each).discreet for each in session.scalars(_asked(signup)))


def forget_typed(session: Session, lead: Lead) -> None:
    """It was not her who typed it: nothing typed or watched there will count. The evidence, text and time, stays."""
    asked = select(Consent).where(Consent.lead_id == lead.id, Consent.kind == ConsentKind.ASKED)
    for asking in session.scalars(asked.order_by(Consent.id)):
        asking.detail = {key: value for key, value in asking.detail.items() if key not in _TYPED}


def _asking_of(session: Session, signup: Signup, asked: AskingRef) -> Consent | None:
    """No asking that came after the mail is its own: a restored database gives the same numbers out again."""
    asking = select(Consent).where(
        Consent.lead_id == signup.lead_id,
        Consent.kind == ConsentKind.ASKED,
        Consent.offer == signup.offer,
        Consent.at < asked.mailed_at + _A_SECOND,
    )
    if asked.number is not None:
        asking = asking.where(Consent.id == asked.number)
    return session.scalar(asking.order_by(Consent.id.desc()).limit(1))


def _asked(signup: Signup) -> Select[Consent]:
    """All its askings."""
    return select(Consent).where(
        Consent.lead_id == signup.lead_id, Consent.kind == ConsentKind.ASKED, Consent.offer == signup.offer
    )


def _sharing(session: Session, asking: Consent) -> Iterator[Consent]:
    """The askings behind this one for which its mail goes too."""
    later = select(Consent).where(
        Consent.lead_id == asking.lead_id,
        Consent.kind == ConsentKind.ASKED,
        Consent.offer == asking.offer,
        Consent.id > asking.id,
    )
    return takewhile(lambda each: each.detail.get(_SHARES), session.scalars(later.order_by(Consent.id)))


def _said(asking: Consent) -> SignupWords:
    detail = asking.detail
    return SignupWords(
        asking.text,
        detail.get(_NAME, ""),
        detail.get(_ZONE),
        Choice(detail.get(_CHOICE, "")),
        took_quiz=bool(detail.get(_QUIZ)),
        language=detail.get(_LANGUAGE),
        discreet=bool(detail.get(_DISCREET)),
        watched=int(detail.get(_WATCHED, 0)),
        sequences=frozenset(asking.sequences),
    )
