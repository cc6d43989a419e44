"""What is measured of a reader, who decides it, and the words that say so wherever somebody agrees to be written to.

A picture in a mail and a link that counts read from the reader's device. In the European Economic Area that takes her
agreement (Directive 2002/58/EC, article 5.3; European Data Protection Board, Guidelines 2/2023, 2.2), and in the United
Kingdom too (Privacy and Electronic Communications Regulations 2003, regulation 6). `ask` asks for it with a box of its
own, which nobody has ticked beforehand (GDPR, recital 32).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NamedTuple

from funnel.curriculum.practice import Practice
from funnel.language import N_, _

Measured = Literal["none", "clicks", "full"]
_MEASURED: dict[str, Measured] = {"none": "none", "clicks": "clicks", "full": "full", "ask": "none"}
WITH_AGREEMENT: Measured = "full"  # what the box of `ask` agrees to


class Choice(StrEnum):
    """What a sign-up says of being measured."""

    OPEN = ""  # nothing: the practice's default counts
    AGREED = "agreed"
    UNTICKED = "unticked"  # the box that agrees was there, and stayed empty
    DECLINED = "declined"


# Where sign-ups that share one mail disagree, whichever measures least counts: nobody can tell whose words they are.
_LEAST_FIRST = (Choice.DECLINED, Choice.UNTICKED, Choice.OPEN, Choice.AGREED)


class Notice(NamedTuple):
    """What is said beside the box of consent. `box` is the label of a second one, and ticking it `agrees` or not.

    "" where there is nothing to choose.
    """

    says: str
    box: str = ""
    agrees: bool = False


_NOT_ME = N_("Please do not measure this for me.")
_NOTICES = {
    "full": Notice(
        N_("We see whether a mail is opened and which of its links are pressed, to learn what helps."), _NOT_ME
    ),
    "clicks": Notice(N_("We see which links in our mails are pressed, to learn what helps."), _NOT_ME),
    "ask": Notice(
        N_("Without your agreement we do not see what you open or press."),
        N_("You may see whether I open a mail and which links I press. I can change this at any time."),
        agrees=True,
    ),
    "none": Notice(N_("We do not see whether a mail is opened, nor which of its links are pressed.")),
}


def measured(own: str | None, default: str) -> Measured:
    """What is measured of a reader: what she chose herself, else the practice's default. `ask` without a choice: none.

    A word that is neither counts as none.
    """
    return _MEASURED.get(own or default, "none")


def notice(practice: Practice) -> Notice:
    """What stands beside the box of consent on this practice's forms, in the language that is spoken."""
    said = _NOTICES[practice.tracking]
    return Notice(_(said.says), _(said.box), said.agrees)


def choice_at(practice: Practice, *, may: bool | None) -> Choice:
    """What a form of this practice said: that we may measure, may not, or (None) neither."""
    if practice.tracking == "none" or (may is None and practice.tracking != "ask"):
        return Choice.OPEN
    if practice.tracking == "ask":
        return Choice.AGREED if may else Choice.UNTICKED
    return Choice.OPEN if may else Choice.DECLINED


def least(choice: Choice) -> int:
    """For sorting: the choice by which least is measured comes first."""
    return _LEAST_FIRST.index(choice)
