"""Readers to try a sequence on: a few by name, and any other by what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import click

from funnel.cli.naming import unknown
from funnel.curriculum import Facts
from funnel.curriculum.names import QUIZ_RESULTS


@dataclass(frozen=True, slots=True)
class Player:
    """One reader to rehearse with. `zone` is an IANA name; "" means the practice's."""

    name: str
    about: str
    first_name: str
    zone: str = ""
    facts: Facts = Facts()  # noqa: RUF009 - frozen
    slower: bool = False
    discreet: bool = False


CAST = {
    player.name: player
    for player in (
        Player("ada", "no quiz, the practice's own time zone", "Ada"),
        Player("ben", "gave no first name", ""),
        Player("cleo", "chose discreet subjects", "Cleo", discreet=True),
        Player("dan", "has booked a conversation", "Dan", facts=Facts(booked=True)),
        Player(
            "fay",
            "lives in Sydney, watched the whole training, and her quiz says anxious",
            "Fay",
            zone="Australia/Sydney",
            facts=Facts("anxious", watched=4),
        ),
        Player("gus", "goes slower", "Gus", slower=True),
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
