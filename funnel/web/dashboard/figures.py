"""How figures and times are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from funnel.curriculum import Sequence
from funnel.insight.intervals import percent
from funnel.web.dashboard import labels
from funnel.web.dashboard.reasons import reason_in_address
from funnel.web.static_urls import static_urls
from funnel.wiring import Service

asset_url = static_urls("dashboard.static", Path(__file__).with_name("static"))


def template_tools(service: Service) -> dict[str, Any]:
    """What the dashboard's templates may call."""
    offers, sequences = service.library.offers, service.library.sequences
    return {
        "when": when_in(service.library.practice.zone),
        "number": number,
        "percent": percent,
        "ago": ago,
        "asset_url": asset_url,
        "with_code": with_code,
        "sequence_title": lambda slug: sequences[slug].title if slug in sequences else slug,
        "lesson_title": lambda slug, lesson_id: _lesson_title(sequences, slug, lesson_id),
        "offer_title": lambda slug: offers[slug].title if slug in offers else slug,
        "is_sold": lambda slug: slug in offers and offers[slug].paid,
        "is_quiz": lambda slug: slug in offers and offers[slug].kind == "quiz",
        "offer_url": lambda slug: service.links.url(f"offers/{slug}"),
        "practice_name": service.library.practice.name,
        "practice_zone": service.library.practice.zone,
        "labels": labels,
        "in_address": reason_in_address,
    }


def with_code(text: str) -> Markup:
    """The text, escaped, with what stands between backticks as <code>."""
    parts = (
        escape(part) if index % 2 == 0 else Markup("<code>{}</code>").format(part)
        for index, part in enumerate(text.split("`"))
    )
    return Markup("").join(parts)


def number(n: int) -> str:
    """1234 as "1,234"."""
    return f"{n:,}"


def ago(seconds: float) -> str:
    """A length of time in its largest sensible unit: "3 seconds", "12 minutes", "5 hours", "2 days"."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            n = int(seconds // size)
            return f"{n} {unit}{'' if n == 1 else 's'}"
    n = int(seconds)
    return f"{n} second{'' if n == 1 else 's'}"


def when_in(zone: str) -> Callable[[datetime], Markup]:
    """A function that writes an aware time as a <time> element on the wall of `zone`."""
    wall = ZoneInfo(zone)

    def when(at: datetime) -> Markup:
        local = at.astimezone(wall)
        return Markup('<time datetime="{}">{}</time>').format(
            at.isoformat(timespec="seconds"), f"{local:%a} {local.day} {local:%b %Y, %H:%M}"
        )

    return when


def _lesson_title(sequences: Mapping[str, Sequence], slug: str, lesson_id: str) -> str:
    lesson = sequences[slug].lesson(lesson_id) if slug in sequences else None
    return lesson.subjects[0] if lesson else lesson_id
