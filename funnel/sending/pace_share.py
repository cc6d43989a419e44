"""What the pace lets one job send now: the rest waits for its turn, and what was not sent is given back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from funnel.channel.channel import Channel
from funnel.channel.pace import defer_claimed
from funnel.context import Context
from funnel.models import DeliveryKind
from funnel.sending.recipients import Recipient

Readers = Mapping[int, Recipient]  # by delivery; only lessons have one here


class PaceShare:
    """The part of a channel's pace that one job has taken. Times are machine time."""

    def __init__(self, context: Context, channel: Channel, worker: str) -> None:
        self._context, self._channel, self._worker = context, channel, worker
        self._allowed: list[int] = []  # the pace counts these as sent

    def take(self, claimed: Sequence[int], readers: Readers, machine: datetime) -> list[int]:
        """Which of these claimed mails go now; the others are given back until their turn."""
        if self._channel.pace.plan.unlimited:
            return list(claimed)
        waits = self._channel.pace.allow(_asked(claimed, readers), machine).waits
        later = {key: wait for key, wait in zip(claimed, waits, strict=True) if wait is not None}
        self._allowed = [key for key in claimed if key not in later]
        with self._context.db.write() as session:
            defer_claimed(session, later, self._worker, machine)
        return self._allowed

    def give_back(self, sent: Collection[int], readers: Readers, machine: datetime) -> None:
        """Gives back what was allowed and is not among those that the adapter took."""
        left = [key for key in self._allowed if key not in sent]
        self._channel.pace.give_back(_asked(left, readers), machine)


def _asked(ids: Iterable[int], readers: Readers) -> list[tuple[str, str]]:
    """What the pace needs to know of each mail: kind and address."""
    found = [readers.get(key) for key in ids]
    return [(DeliveryKind.LESSON, to.reader.email) if to else ("", "") for to in found]
