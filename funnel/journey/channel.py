"""The adapter of this process, opened when first needed, and whether its channel waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from funnel.adapters import open_adapter
from funnel.mail import Adapter, OutcomeKind
from funnel.models import ChannelState

CLOSES_CHANNEL = frozenset({OutcomeKind.RATE, OutcomeKind.QUOTA, OutcomeKind.AUTH_CONFIG})
# A channel that stopped for a wrong key is tried again now and then: the fix may be at the provider's side.
_PROBE_EVERY = timedelta(minutes=5)


class Channel:
    """Holds one adapter open for as long as the process lives."""

    def __init__(self, mail_url: str) -> None:
        self._mail_url = mail_url
        self._adapter: Adapter | None = None

    @property
    def adapter(self) -> Adapter:
        """Raises AdapterUrlError, which says how to mend FUNNEL_MAIL_URL."""
        if self._adapter is None:
            self._adapter = open_adapter(self._mail_url)
        return self._adapter

    def use(self, adapter: Adapter) -> None:
        """Hands mail to this adapter from now on."""
        self.close()
        self._adapter = adapter

    def closed_until(self, session: Session, machine_now: datetime) -> datetime | None:
        """Machine time at which to try again; None where the channel is open."""
        state = session.get(ChannelState, self.adapter.name)
        if state is None:
            return None
        until = state.until or state.since + _PROBE_EVERY
        return until if until > machine_now else None

    def opened(self, session: Session) -> None:
        """The provider took a mail: whatever was in the way is gone."""
        state = session.get(ChannelState, self.adapter.name)
        if state is not None:
            session.delete(state)

    def close(self) -> None:
        if self._adapter is not None:
            self._adapter.close()
            self._adapter = None
