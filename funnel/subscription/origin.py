"""Where a sign-up came from, as it is counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from funnel.curriculum import Practice, local_date
from funnel.models import SignupPlace

# `source` is the word that a form or a link is given (`web.embed`), `referrer` the site whose link led to our page.
UTM_KEYS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "source", "referrer")
UTM_LENGTH = 100
# Which of them says it best.
_SOURCES = ("source", "utm_source", "referrer")


def origin_of(
    utm: Mapping[str, str], now: datetime, practice: Practice, language: str | None, place: SignupPlace
) -> dict[str, Any]:
    """The columns by which a sign-up is counted: the practice's day, the source, the language of the page, the place.

    Sources are compared without regard to case, as people write them; "" where nothing says one.
    """
    source = next((utm[key] for key in _SOURCES if utm.get(key)), "")
    return {
        "day": local_date(now, practice.zone),
        "source": source.casefold()[:UTM_LENGTH],
        "language": language if language in practice.spoken else practice.language,
        "place": place.value,
    }
