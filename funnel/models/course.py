"""What was published. Editions never change; `SequenceState` says which one is in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key


class Edition(Base):
    """One published state of a sequence: `source` is its `curriculum.Sequence`, `practice` what the mails say of it."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("sequence", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sequence: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    source: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(120), default="")


class EditionLesson(Base):
    """One compiled lesson of an edition: the template that workers fill, and the only addresses a click may lead to."""

    __tablename__ = "edition_lesson"
    __table_args__ = (UniqueConstraint("edition_id", "lesson_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    sequence: Mapped[str] = mapped_column(String(64))
    lesson_id: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    compiled: Mapped[dict[str, Any]]


class SequenceState(Base):
    """Which edition of a sequence is in force, and whether the whole sequence is paused."""

    __tablename__ = "sequence_state"

    sequence: Mapped[str] = mapped_column(String(64), primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    earlier_names: Mapped[list[str]] = mapped_column(default=list)  # links in mail of before a renaming name these
    paused_at: Mapped[datetime | None]


class PracticeEdition(Base):
    """One published state of the practice itself; the one with the highest number is in force.

    `source` is what `curriculum.practice_source` gave.
    """

    __tablename__ = "practice_edition"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    source: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(120), default="")


class KeptFile(Base):
    """A complete file that an edition names, written after all of its parts. `name` is its SHA-256 and extension."""

    __tablename__ = "kept_file"

    name: Mapped[str] = mapped_column(String(96), primary_key=True)
    size: Mapped[int]


class FilePart(Base):
    """One megabyte of a file, numbered from 0, so that no process holds a whole video in memory."""

    __tablename__ = "file_part"

    name: Mapped[str] = mapped_column(String(96), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
