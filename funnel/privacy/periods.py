"""How long each kind of data is kept: one table for the sweep, the privacy page, the dashboard and the settings.

What is in no row of it stays until it is erased: what a mail said to her as well, as her own pages show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from funnel.context import Context
from funnel.language import N_, ngettext
from funnel.settings import Settings


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data that grows old. `setting` has its days; `shown` is what readers call it, to be said by `_`.

    It grows old by story time, or `by_machine` where it is dated by machine time.
    """

    name: str
    shown: str
    setting: str
    by_machine: bool = False
    fixed: int = 1  # its days where there is no setting

    def days(self, settings: Settings) -> int:
        return int(getattr(settings, self.setting)) if self.setting else self.fixed

    def cutoff(self, context: Context) -> datetime:
        """What is older has to go."""
        now = context.clock.machine_now() if self.by_machine else context.clock.now()
        return now - timedelta(days=self.days(context.settings))


UNCONFIRMED = Kind(
    "unconfirmed", N_("a sign-up that was never confirmed, with what was typed"), "keep_unconfirmed_days"
)
AGENTS = Kind("agents", N_("which program asked, and from which network"), "keep_agents_days")
EVENTS = Kind("events", N_("each single opening, pressed link, download, returned mail and answer"), "keep_events_days")
REPORTS = Kind("reports", N_("what mail providers report to us"), "keep_reports_days", by_machine=True)
QUIZ = Kind("quiz", N_("the result of a quiz, where you asked us to keep it"), "keep_quiz_days")
SESSIONS = Kind(
    "sessions", N_("that you asked for a session on our site, and what you wrote there"), "keep_sessions_days"
)
RETURNED = Kind(
    "returned", N_("mail that came back to us and was not understood"), "keep_returned_days", by_machine=True
)
MAILBOXES = Kind("mailboxes", N_("how often a mailbox was asked to confirm, by a code made from its address"), "")
ADDRESSES = Kind("addresses", N_("an address you had before, or asked us to write to"), "", fixed=7)

KINDS = (UNCONFIRMED, AGENTS, EVENTS, QUIZ, SESSIONS, REPORTS, RETURNED, MAILBOXES, ADDRESSES)


def spoken_days(days: int) -> str:
    """A period as people say it: 13 months, 30 days, a day."""
    months = round(days / 30.44)
    if days >= 90 and abs(days - months * 30.44) < 2:
        return ngettext("one month", "%(num)s months", months)
    return ngettext("a day", "%(num)s days", days)
