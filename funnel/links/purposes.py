"""What a token may open, how long it does, and what it names."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Purpose(StrEnum):
    """What a token opens. The value is the path it stands under and the salt it is signed with."""

    CONFIRM = "confirm"  # signup, issued, asking
    UNSUBSCRIBE = "u"  # delivery, digest of the address
    PREFERENCES = "p"  # delivery
    WEB_COPY = "r"  # delivery
    OPEN = "o"  # delivery
    CLICK = "c"  # delivery, published lesson, mark of its links, link number
    DOWNLOAD = "download"  # signup, issued; in a lesson: delivery, issued, number of a name
    WATCH = "watch"  # the same
    WATCH_NOW = "watch-now"  # signup, issued (machine time), asking; in a cookie
    BOOK = "book"  # delivery, number of a name
    BEGIN = "begin"  # the same; the name is a sequence's
    BOOKING = "booking"  # booking request
    AGAIN = "again"  # signup, digest of the address
    NOT_ME = "not-me"  # delivery
    OWN_DATA = "your-data"  # delivery, issued
    NEW_ADDRESS = "new-address"  # change of address, issued
    OLD_ADDRESS = "old-address"  # the same
    SIGN_IN = "sign-in"  # sign-in row, issued


# Every mail holds these. One digest of the delivery signs all but the second, in this order for ever; in mail from
# before there were nonces all four.
IN_EVERY_MAIL = (Purpose.OPEN, Purpose.UNSUBSCRIBE, Purpose.PREFERENCES, Purpose.WEB_COPY)

EXPIRES: dict[Purpose, timedelta] = {
    Purpose.CONFIRM: timedelta(days=30),
    Purpose.DOWNLOAD: timedelta(days=90),
    Purpose.WATCH: timedelta(days=180),
    Purpose.WATCH_NOW: timedelta(hours=6),  # who comes back another day does so by her mail
    # A day, or seven, of whoever opens the mail: these are dated by the machine's clock, and however fast a story
    # runs, there is time to press them.
    Purpose.OWN_DATA: timedelta(days=1),  # its mail may be passed on, and lies in the mailbox for years
    Purpose.NEW_ADDRESS: timedelta(days=1),
    Purpose.OLD_ADDRESS: timedelta(days=7),
    Purpose.SIGN_IN: timedelta(minutes=30),
}


class RowRef(NamedTuple):
    """A row as a token names it. Whoever reads the row compares the nonce: `funnel.db.find`.

    The nonce is None for rows from before there were any; their tokens keep the form they had.
    """

    number: int
    nonce: str | None = None


class ConfirmToken(NamedTuple):
    """What the link to confirm names: the sign-up, when its mail was made (UTC) and for which asking."""

    signup: RowRef
    issued: datetime
    asking: int | None
    valid: bool


class ClickToken(NamedTuple):
    """What a tracked link names. `mark` is that of the lesson's links when it was sent, None in old mail."""

    delivery: RowRef
    edition_lesson_id: int
    mark: int | None
    link: int
