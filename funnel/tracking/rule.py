"""What a rule is: a reason to call somebody human or machine, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from funnel.models import Actor

ALL_METHODS = frozenset({"GET", "HEAD"})


class Where(Enum):
    """Which part of a user agent a rule looks at."""

    WHOLE = 0  # as it was sent
    FOLDED = 1  # in lower case
    BEHIND = 2  # in lower case, behind the first brackets, which name the system
    NO_TELEPHONE = 3  # in lower case, and where the first brackets name a telephone, behind them: some are called bot


class Agent:
    """A user agent, made ready once for all rules."""

    def __init__(self, sent: str) -> None:
        folded = sent.lower()
        system, _, behind = folded.partition(")")
        telephone = "android" in system or "windows phone" in system or system.startswith("mozilla/5.0 (linux")
        self._parts = (sent, folded, behind, behind if telephone else folded)

    def read(self, where: Where) -> str:
        return self._parts[where.value]


@dataclass(frozen=True, slots=True)
class Rule:
    """A reason to call somebody human or machine. What is left empty is not asked.

    `firm`: the request says so itself, and nothing that comes later changes it. `shared`: many readers' requests come
    from this one program, so that its network tells nothing. `unlike`: the header must be there and not match. `but`:
    agents that are not meant, although `agent` is found in them; `where` both are looked for.
    """

    name: str
    actor: Actor
    reason: str
    source: str
    kind: str = ""
    methods: frozenset[str] = ALL_METHODS
    agent: re.Pattern[str] | None = None
    but: re.Pattern[str] | None = None
    where: Where = Where.WHOLE
    headers: tuple[tuple[str, re.Pattern[str]], ...] = ()
    unlike: tuple[tuple[str, re.Pattern[str]], ...] = ()
    firm: bool = False
    shared: bool = False

    def means(self, agent: Agent) -> bool:
        """Whether this rule is about such a program."""
        if self.agent is None:
            return True
        text = agent.read(self.where)
        return self.agent.search(text) is not None and (self.but is None or self.but.search(text) is None)


def folded(*patterns: str) -> re.Pattern[str]:
    """For agents in lower case: much faster than a pattern that does not look at case."""
    return re.compile("|".join(patterns))


def words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)
