"""What a page of hers gives away to whoever sees the screen, the tab or the history, and how she leaves it at once."""

from __future__ import annotations

from flask import g, request

from funnel.models import Lead
from funnel.web.context import current_service

# Pages that are somebody's own: each has a way out that leaves nothing behind.
_HERS = frozenset(
    {
        "reader", "again", "not_me", "beginning", "booking", "conversation", "room", "addresses", "watch", "watch_now",
        "read_here",
    }
)  # fmt: skip
# Where nobody is asked why she looks at it. A practice names another place by `exit_to` on a page of its own.
_NEUTRAL = "https://www.bbc.com/weather"


def be_discreet(lead: Lead | None) -> None:
    """This answer's title and icon say nothing, if its reader chose discreet subjects."""
    g.discreet = lead is not None and lead.discreet


def is_discreet() -> bool:
    """Whether the title and icon of this page must give nothing away."""
    return bool(g.get("discreet", False))


def is_hers() -> bool:
    """Whether the page that is asked for is a reader's own."""
    return request.blueprint in _HERS


def leave_to() -> str:
    """The address that *Leave quickly* opens: the practice's own choice, else the weather."""
    pages = current_service().library.pages.values()
    return next((page.exit_to for page in pages if page.exit_to), _NEUTRAL)
