"""Which of several subjects a reader gets: always the same, and each of them as many readers."""

from __future__ import annotations

from collections.abc import Sequence

from funnel.curriculum.stable import stable_choice


def chosen_subject(subjects: Sequence[str], lead_id: int, lesson_id: str) -> str:
    """The subject of this lesson for this reader. Raises ValueError where there is none to choose from."""
    if len(subjects) == 1:
        return subjects[0]
    return subjects[stable_choice(f"{lead_id}:{lesson_id}", len(subjects))]
