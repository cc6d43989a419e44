"""Counters, so that no page counts raw events. Each changes in the transaction of its cause."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base


class FunnelStage(StrEnum):
    VISITS = "visits"
    BEGUN = "begun"  # a quiz: its first statement was answered
    ANSWERED = "answered"  # a quiz: its result was shown
    SIGNUPS = "signups"
    CONFIRMED = "confirmed"
    RECEIVED = "received"
    UNDER_WAY = "under_way"
    FINISHED = "finished"
    BOOKED = "booked"


# Counted on pages as they happen; no row tells by whom, so they cannot be counted again.
ON_PAGES = (FunnelStage.VISITS, FunnelStage.BEGUN, FunnelStage.ANSWERED)
# Those of sign-ups, in order: every later one is reached by some of those who signed up.
OF_SIGNUPS = tuple(stage for stage in FunnelStage if stage not in ON_PAGES)


class FunnelCount(Base):
    """How often something was seen on an offer's pages on a day (the practice's, story time): one of `ON_PAGES`."""

    __tablename__ = "funnel_count"

    offer: Mapped[str] = mapped_column(String(64), primary_key=True)
    stage: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(default=0)


class CohortDimension(StrEnum):
    """What sign-ups are counted by. Each is a column of `signup`, but for the first, which is all of them."""

    ALL = ""
    SOURCE = "source"
    LANGUAGE = "language"
    PLACE = "place"


class CohortCount(Base):
    """Of those who signed up on a day, how many have reached a stage by now.

    `day` is the sign-up's (the practice's date, story time), whenever the stage was reached: so no stage ever counts
    more than signed up. `value` is that of the dimension.
    """

    __tablename__ = "cohort_count"

    offer: Mapped[str] = mapped_column(String(64), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(String(100), primary_key=True)
    stage: Mapped[str] = mapped_column(String(16), primary_key=True)
    n: Mapped[int] = mapped_column(default=0)


class CohortGone(Base):
    """The part of `cohort_count` for which no row stands any more: where these came from was deleted with their data.

    Nothing more is counted for them by a dimension.
    """

    __tablename__ = "cohort_gone"

    offer: Mapped[str] = mapped_column(String(64), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(String(100), primary_key=True)
    stage: Mapped[str] = mapped_column(String(16), primary_key=True)
    n: Mapped[int] = mapped_column(default=0)


class FileCount(Base):
    """How often a file of the practice was downloaded on a day (UTC date, story time); `asset` is its name."""

    __tablename__ = "file_count"

    asset: Mapped[str] = mapped_column(String(255), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(default=0)


class SessionCount(Base):
    """How often a session was asked for on a day (UTC date, story time), from which page or lesson, "" if none."""

    __tablename__ = "session_count"

    session: Mapped[str] = mapped_column(String(64), primary_key=True)  # its slug
    source: Mapped[str] = mapped_column(String(140), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(default=0)


class LessonMeasure(StrEnum):
    ACCEPTED = "accepted"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    HELD = "held"
    OPENED = "opened"  # by a person, each delivery once
    CLICKED = "clicked"
    MACHINE_OPENED = "machine_opened"
    MACHINE_CLICKED = "machine_clicked"
    LEFT = "left"
    REPLIED = "replied"  # her answer came back, each delivery once


class SubjectCount(Base):
    """Of a lesson with several subjects: how many mails went out with this one, and how many of them a person opened.

    Over all days: a mail is opened on another day than it was sent, and a rate needs both of the same mails.
    """

    __tablename__ = "subject_count"

    sequence: Mapped[str] = mapped_column(String(64), primary_key=True)
    lesson_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)  # as written, with its placeholders
    sent: Mapped[int] = mapped_column(default=0)
    opened: Mapped[int] = mapped_column(default=0)


class LessonCount(Base):
    """How many deliveries of a lesson reached a measure on a day (UTC date, story time)."""

    __tablename__ = "lesson_count"

    sequence: Mapped[str] = mapped_column(String(64), primary_key=True)
    lesson_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    measure: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(default=0)
