"""Sample readers to try a lesson on: a few, each with different words or a different calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace

from funnel.compose.reader import Reader
from funnel.curriculum.conditions import Facts, parse_condition
from funnel.curriculum.countries import country_of_zone
from funnel.curriculum.measuring import Measured
from funnel.curriculum.model import Lesson, Sequence


@dataclass(frozen=True, slots=True)
class Character:
    """A sample reader, for filling a lesson or rehearsing a sequence. `zone` is an IANA name; "" means the practice's.

    `number` decides which of several subjects she gets, as a lead's number does. An `attentive` reader opens and clicks
    every lesson.
    """

    key: str
    number: int
    about: str
    first_name: str = ""
    facts: Facts = Facts()  # noqa: RUF009 - frozen
    zone: str = ""
    slower: bool = False
    discreet: bool = False
    attentive: bool = False
    language: str = ""  # BCP 47; "" means the practice's

    @property
    def name(self) -> str:
        """Her name for a heading. `first_name` is what she typed, which may be empty."""
        return self.key.title()

    def reader(self, tracking: Measured = "none", email: str = "") -> Reader:
        """The reader a mail is filled for. Without tracking its links are direct and it has no pixel."""
        return Reader(
            delivery_id=self.number,
            edition_lesson_id=self.number,
            lead_id=self.number,
            signup_id=self.number,
            email=email or f"{self.key}@example.org",
            tracking=tracking,
            discreet=self.discreet,
            first_name=self.first_name,
            quiz_result=self.facts.quiz_result,
            booked=self.facts.booked,
            replied=self.facts.replied,
            watched=self.facts.watched,
            answers=self.facts.answers,
            tags=tuple(sorted(self.facts.tags)),
            country=country_of_zone(self.zone),
            language=self.language,
        )

    def facts_in(self, sequence: Sequence) -> Facts:
        """The facts that conditions are evaluated with on this sequence."""
        if not self.attentive:
            return self.facts
        every = frozenset(sequence.places)
        return replace(self.facts, opened=every, clicked=every)

    def gets(self, sequence: Sequence, lesson: Lesson) -> bool:
        """Whether the lesson's `only_if` holds for this reader on the day it falls due."""
        if lesson.only_if is None:
            return True
        known = self.facts_in(sequence)
        # She cannot have opened what she has not been sent.
        facts = replace(
            known,
            weeks=sequence.days[lesson.id] // 7,
            opened=known.opened - {lesson.id},
            clicked=known.clicked - {lesson.id},
        )
        return parse_condition(lesson.only_if).evaluate(facts)


_EVERYBODY = (
    Character("ada", 1, "Ada took no quiz, and nothing else is known of her.", "Ada"),
    Character("ben", 2, "Ben left no name."),
    Character("cleo", 3, "Cleo chose discreet subjects; her quiz says avoidant.", "Cleo", Facts("avoidant"),
              discreet=True),
    Character("dan", 5, "Dan has booked a conversation; his quiz says secure.", "Dan", Facts("secure", booked=True)),
    Character("fay", 6, "Fay lives in Sydney, watched the whole training and opens every letter; her quiz says "
              "anxious.", "Fay", Facts("anxious", watched=4), zone="Australia/Sydney", attentive=True),
    Character("gus", 7, "Gus goes slower and watched half of the training; his quiz says mixed.", "Gus",
              Facts("mixed", watched=2), slower=True),
)  # fmt: skip

CAST: dict[str, Character] = {character.key: character for character in _EVERYBODY}
