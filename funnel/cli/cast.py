"""Readers to try a sequence on: a few by name, and any other by what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import click

from funnel.cli.naming import unknown
from funnel.curriculum import Facts, Sequence
from funnel.curriculum.names import QUIZ_RESULTS


@dataclass(frozen=True, slots=True)
class Player:
    """One reader to rehearse with. `zone` is an IANA name; "" means the practice's.

    `number` decides which of several subjects she gets, as a lead's number does. Who is `attentive` opens and clicks
    every lesson.
    """

    name: str
    number: int
    about: str
    first_name: str
    facts: Facts = Facts()  # noqa: RUF009 - frozen
    zone: str = ""
    slower: bool = False
    discreet: bool = False
    attentive: bool = False

    def facts_in(self, sequence: Sequence) -> Facts:
        """What conditions are answered with."""
        if not self.attentive:
            return self.facts
        every = frozenset(sequence.places)
        return replace(self.facts, opened=every, clicked=every)


# The same people as in `funnel preview`, with what only a calendar shows: where they live and how fast they go.
CAST = {
    player.name: player
    for player in (
        Player("ada", 1, "no quiz, and nothing else is known of her", "Ada"),
        Player("ben", 2, "left no name", ""),
        Player("cleo", 3, "chose discreet subjects; her quiz says avoidant", "Cleo", Facts("avoidant"), discreet=True),
        Player("dan", 5, "has booked a conversation; his quiz says secure", "Dan", Facts("secure", booked=True)),
        Player(
            "fay",
            6,
            "lives in Sydney, watched the whole training and opens every letter; her quiz says anxious",
            "Fay",
            Facts("anxious", watched=4),
            zone="Australia/Sydney",
            attentive=True,
        ),
        Player(
            "gus",
            7,
            "goes slower and watched half of the training; his quiz says mixed",
            "Gus",
            Facts("mixed", watched=2),
            slower=True,
        ),
    )
}


def _facts(**changes: object) -> Callable[[Player], Player]:
    return lambda player: replace(player, facts=replace(player.facts, **changes))  # type: ignore[arg-type]


_FLAGS: dict[str, Callable[[Player], Player]] = {
    "booked": _facts(booked=True),
    "slower": lambda player: replace(player, slower=True),
    "discreet": lambda player: replace(player, discreet=True),
}
_KEYS = ("quiz", "watched", "tag", "opened", "clicked", "name")


def read_player(text: str) -> Player:
    """The reader that `fay`, `quiz=anxious,watched=3,booked` or `fay,booked` means. Raises UsageError.

    tag, opened and clicked may be given several times.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    player = CAST["ada"]
    if parts and parts[0].lower() in CAST:
        player = CAST[parts.pop(0).lower()]
    for part in parts:
        player = _with(player, part)
    return player


def _with(player: Player, part: str) -> Player:
    key, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals:
        if key not in _FLAGS:
            raise unknown("reader", part, (*CAST, *_FLAGS, *(f"{known}=" for known in _KEYS)))
        return _FLAGS[key](player)
    facts = player.facts
    if key == "quiz":
        if value not in QUIZ_RESULTS:
            raise unknown("quiz result", value, QUIZ_RESULTS)
        return replace(player, facts=replace(facts, quiz_result=value))
    if key == "watched":
        if value not in ("0", "1", "2", "3", "4"):
            raise click.UsageError("watched is quarters of the training, from 0 to 4: write watched=3.")
        return replace(player, facts=replace(facts, watched=int(value)))
    if key == "name":
        return replace(player, first_name=value)
    sets = {"tag": "tags", "opened": "opened", "clicked": "clicked"}
    if key not in sets:
        raise unknown("thing to know of a reader", key, (*_KEYS, *_FLAGS))
    known = getattr(facts, sets[key])
    return _facts(**{sets[key]: known | {value}})(player)
