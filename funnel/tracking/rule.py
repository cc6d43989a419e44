"""What a rule is: a reason to call somebody human or machine, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from funnel.models import Actor

ALL_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Rule:
    """A reason to call somebody human or machine. What is left empty is not asked.

    `firm`: the request says so itself, and nothing that comes later changes it. `shared`: many readers' requests come
    from this one program, so that its network tells nothing. `unlike`: the header must be there and not match.
    """

    name: str
    actor: Actor
    reason: str
    source: str
    kind: str = ""
    methods: frozenset[str] = ALL_METHODS
    agent: re.Pattern[str] | None = None
    headers: tuple[tuple[str, re.Pattern[str]], ...] = ()
    unlike: tuple[tuple[str, re.Pattern[str]], ...] = ()
    firm: bool = False
    shared: bool = False


def words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)
