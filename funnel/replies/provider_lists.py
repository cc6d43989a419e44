"""What providers say of an address on their own suppression list: they did not try, and mail it no more.

That is about the reader's address and never about us, whatever code stands beside it. Pure.
"""

from __future__ import annotations

import re
from enum import StrEnum


class ListedFor(StrEnum):
    """Why a provider has an address on its list, as far as it says so."""

    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    UNSAID = "unsaid"  # an earlier bounce, somebody with the account, or it does not say


# Sentences that only a provider says, and only of its own list. A mailbox that is inactive is spoken of otherwise.
_SAYINGS = (
    r"recipient address (?:was )?suppressed due to (?:customer|system) policy",  # SparkPost: asynchronous suppressions
    r"tried to send to (?:a )?recipient(?:s|\(s\))? that ha(?:s|ve) (?:all )?been marked as inactive",  # Postmark 406
    r"(?:ses|resend) (?:has suppressed sending|did not send the message) to this address",  # Amazon, and by way of it
    # Mailgun, codes 605 to 607
    r"not delivering to (?:an? )?(?:previously bounced address|unsubscribed address|user who marked)",
    r"due to blacklist(?:ed)? user",  # Brevo
    r"\b(?:recipient|address|user|contact|subscriber)\b[^.:;]{0,60} (?:is )?on (?:a|an|our|your|the|its) "
    r"(?:[\w-]+ ){0,3}suppression list",
)
_LISTED = re.compile("|".join(_SAYINGS), re.IGNORECASE)
_CAUSES = {
    "complaint": re.compile(r"\bspam\b|\bcomplain|\bfbl\b|feedback loop", re.IGNORECASE),
    "unsubscribe": re.compile(r"\bunsubscri|\bopt(?:ed)?[ -]?out\b", re.IGNORECASE),
    "bounce": re.compile(r"\bbounc", re.IGNORECASE),
    "manual": re.compile(r"\bmanual", re.IGNORECASE),
}
_MOST = 2000


def listed_for(words: str) -> ListedFor | None:
    """Why the address is on the provider's list, by its own words; None where they speak of no such list.

    Whoever names several causes, as Postmark does, has not said which it was.
    """
    text = " ".join(words[:_MOST].split())
    if not _LISTED.search(text):
        return None
    named = [cause for cause, pattern in _CAUSES.items() if pattern.search(text)]
    return ListedFor(named[0]) if named in (["complaint"], ["unsubscribe"]) else ListedFor.UNSAID
