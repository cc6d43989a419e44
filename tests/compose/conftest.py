"""A practice, a reader and a lesson to compose with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from funnel.compose import CompiledLesson, HouseStyle, Reader, compile_lesson
from funnel.compose.picture import Picture
from funnel.curriculum.model import CatchUp, Lesson, Send, Sequence
from funnel.curriculum.practice import Booking, Helpline, Practice
from funnel.links import Links
from funnel.mail import Mail
from funnel.mime import EncodedBody

TEMPLATES = Path(__file__).parents[2] / "templates"
SENT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BODY_LINE = 10

Compile = Callable[..., CompiledLesson]

PRACTICE = Practice(
    name="Harbour Practice",
    sender="Harbour Practice",
    from_address="letters@harbour.example.org",
    reply_to="hello@harbour.example.org",
    postal_address="Harbour Practice, 12 Quay Street, Exampleton",
    zone="Europe/Dublin",
    quiet_days=frozenset(),
    tracking="full",
    language="en",
    colours={"accent": "#2f6f6b", "ink": "#22302f", "paper": "#fbf9f5"},
    bookings={"intro": Booking("intro", "A first conversation", 30, "")},
    helplines=(
        Helpline(
            "Ireland", "Samaritans", "116 123", "https://www.samaritans.org/ireland/", "always", date(2026, 11, 22)
        ),
    ),
)


def parts_of(mail: Mail) -> tuple[bytes, bytes]:
    """The text and the HTML part of a lesson, as they go out."""
    assert isinstance(mail.body, EncodedBody)
    return mail.body.text_part, mail.body.html_part


def lesson_of(body: str) -> Lesson:
    return Lesson(
        id="name-the-alarm",
        path="anxious-attachment/week-1.md",
        subjects=("Week 1: the alarm in your chest",),
        subject_discreet="A note for this week",
        preheader="Why it is not neediness",
        day=0,
        after=None,
        at=None,
        only_if=None,
        content_note=None,
        body=body,
        body_line=BODY_LINE,
    )


def sequence_of(*lessons: Lesson) -> Sequence:
    return Sequence(
        slug="anxious-attachment",
        title="Six weeks with anxious attachment",
        start_on=("confirm",),
        for_offers=("course",),
        send=Send(time(8), frozenset(range(5)), "reader"),
        catch_up=CatchUp(timedelta(days=3), timedelta(hours=4)),
        stop_when=(),
        lessons=lessons,
        description="",
    )


@pytest.fixture
def compiled() -> Compile:
    """Compiles a body; keywords replace fields of the lesson; `practice` and `title` (the sequence's) too."""

    def make(
        body: str,
        *,
        practice: Practice = PRACTICE,
        title: str | None = None,
        pictures: Mapping[str, Picture] = MappingProxyType({}),
        **changes: object,
    ) -> CompiledLesson:
        lesson = replace(lesson_of(body), **changes)  # type: ignore[arg-type]
        sequence = sequence_of(lesson)
        if title is not None:
            sequence = replace(sequence, title=title)
        style = HouseStyle(practice, TEMPLATES, "letters.example.org:8000", pictures=pictures)
        return compile_lesson(sequence, lesson, style)

    return make


@pytest.fixture
def links() -> Links:
    return Links("https://letters.example.org", ("a key for tests that is long enough",))


@pytest.fixture
def ada() -> Reader:
    return Reader(
        delivery_id=101,
        edition_lesson_id=7,
        lead_id=11,
        signup_id=13,
        email="ada@example.org",
        tracking="full",
        first_name="Ada",
        quiz_result="anxious",
        tags=("evening",),
        nonce="0a1b2c3d",
    )
