"""How often a mailbox was written to because somebody typed its address. No address is kept, only keyed digests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base


class AskedMailbox(Base):
    """A mailbox whose address was typed at a sign-up.

    A row without `never_at` is forgotten a day after its last mail.
    """

    __tablename__ = "mailbox"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    # When each mail goes, oldest first: `2027-01-04T09:00:00+00:00`, and of a mail that waits for its turn a space and
    # the number of its delivery.
    turns: Mapped[list[str]] = mapped_column(default=list)
    last_at: Mapped[datetime]  # story time of the last of them
    never_at: Mapped[datetime | None]  # "it wasn't me": its owner wants no such mail
