"""Keeps mail in a list, for tests and for trying things out; it passes the same tests as the real ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from funnel.adapters.message import Unsendable, prepare_envelope
from funnel.adapters.url import AdapterUrlError, MailUrl
from funnel.mail import Adapter, Mail, Outcome, OutcomeKind

MEMORY_EXAMPLE = "memory://"


class MemoryAdapter:
    """Accepts everything, but for the addresses in `script`, which get the outcome named there each time.

    `mails` holds what was accepted, in order. A key sent twice is there twice: this adapter hides no mistake.
    """

    name = "memory"

    def __init__(self, script: Mapping[str, OutcomeKind | Outcome] | None = None, window: int = 4) -> None:
        self.window = window
        self.mails: list[Mail] = []
        self._script = dict(script or {})

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        for mail in mails:
            yield mail.key, self._outcome(mail)

    def close(self) -> None:
        """Nothing is open; what was accepted stays readable."""

    def _outcome(self, mail: Mail) -> Outcome:
        try:
            prepare_envelope(mail, utf8=True)
        except Unsendable as refusal:
            return refusal.outcome
        scripted = self._script.get(mail.recipient.address, OutcomeKind.ACCEPTED)
        outcome = scripted if isinstance(scripted, Outcome) else Outcome(scripted, f"scripted as {scripted.value}")
        if outcome.kind is OutcomeKind.ACCEPTED:
            self.mails.append(mail)
        return outcome


def memory_from_url(url: MailUrl) -> Adapter:
    """`memory://`. Raises AdapterUrlError."""
    url.only((), MEMORY_EXAMPLE)
    if url.host or url.user or url.password or url.path not in ("", "/"):
        raise AdapterUrlError("nothing belongs after memory://", MEMORY_EXAMPLE)
    return MemoryAdapter()
