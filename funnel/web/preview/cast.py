"""The readers a lesson can be looked at for: few, and each one meets other words than the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from funnel.compose import Reader
from funnel.curriculum import Facts, Lesson, Sequence, parse_condition

Tracking = Literal["none", "clicks", "full"]


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody a lesson is filled for. `number` decides which of several subjects she gets, as a lead's number does.

    `watched` is quarters of the training, 0 to 4; who is `attentive` has opened and clicked every lesson.
    """

    key: str
    number: int
    about: str
    first_name: str = ""
    quiz_result: str = ""
    discreet: bool = False
    booked: bool = False
    watched: int = 0
    attentive: bool = False
    tags: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        return self.key.title()

    def reader(self, tracking: Tracking = "none", email: str = "") -> Reader:
        """Whom the mail is for; without tracking its links are direct and it holds no pixel."""
        return Reader(
            delivery_id=self.number,
            edition_lesson_id=self.number,
            lead_id=self.number,
            signup_id=self.number,
            email=email or f"{self.key}@example.org",
            tracking=tracking,
            discreet=self.discreet,
            first_name=self.first_name,
            quiz_result=self.quiz_result,
            booked=self.booked,
            watched=self.watched,
            tags=self.tags,
        )

    def gets(self, sequence: Sequence, lesson: Lesson) -> bool:
        """Whether the lesson's `only_if` holds for this reader on the day it falls due."""
        if lesson.only_if is None:
            return True
        done = frozenset(sequence.places) - {lesson.id} if self.attentive else frozenset()
        facts = Facts(
            quiz_result=self.quiz_result,
            tags=frozenset(self.tags),
            booked=self.booked,
            watched=self.watched,
            weeks=sequence.days[lesson.id] // 7,
            opened=done,
            clicked=done,
        )
        return parse_condition(lesson.only_if).evaluate(facts)


_EVERYBODY = (
    Character("ada", 1, "Ada took no quiz, and nothing else is known of her.", "Ada"),
    Character("ben", 2, "Ben left no name."),
    Character("cleo", 3, "Cleo chose discreet subjects; her quiz says avoidant.", "Cleo", "avoidant", discreet=True),
    Character("dan", 5, "Dan has booked a conversation; his quiz says secure.", "Dan", "secure", booked=True),
    Character(
        "fay", 6, "Fay watched the whole training and opens every letter; her quiz says anxious.", "Fay", "anxious",
        watched=4, attentive=True,
    ),
    Character("gus", 7, "Gus watched half of the training; his quiz says mixed.", "Gus", "mixed", watched=2),
)  # fmt: skip

CAST: dict[str, Character] = {character.key: character for character in _EVERYBODY}
