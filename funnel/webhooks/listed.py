"""A provider's own suppression list, as its webhooks tell of it: about that address, never about us.

Most know the address from an earlier mail and did not try this one. Why they have it on the list is kept: a complaint
is a complaint, an unsubscription one; anything else gives the address up with a reason of its own.
"""

from __future__ import annotations

from dataclasses import replace

from funnel.replies import BounceKind, ListedFor, listed_for
from funnel.webhooks.events import ProviderEvent, ProviderKind

_KINDS = {
    ListedFor.COMPLAINT: ProviderKind.COMPLAINED,
    ListedFor.UNSUBSCRIBE: ProviderKind.UNSUBSCRIBED,
    ListedFor.UNSAID: ProviderKind.REJECTED,
}
_FAILED = (ProviderKind.BOUNCED, ProviderKind.REJECTED)


def heeding_lists(event: ProviderEvent, why: ListedFor | None = None) -> ProviderEvent:
    """The event as one about the provider's list, where it is: by `why`, from a field of the provider's, or its words.

    Whatever else the event was taken for is given back as it is.
    """
    if why is None and event.kind in _FAILED:
        why = listed_for(event.reason)
    return event if why is None else replace(event, kind=_KINDS[why], bounce_kind=BounceKind.LISTED)
