"""What may be asked for when a folder is planned or published."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from funnel.curriculum import Plan


@dataclass(frozen=True, slots=True)
class PreparedPlan:
    """A plan, and the edition (0: none) it was made against: publishing it later notices if that changed."""

    plan: Plan
    edition_id: int


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """`bonus` names lessons that who is past them gets as well; `stop` sequences whose readers may be stopped.

    With `only`, all other sequences are left as they are. `planned` is what somebody has seen and agreed to: nothing
    but that is published. A `detailed` plan lists every reader.
    """

    bonus: Collection[str] = ()
    only: Collection[str] | None = None
    stop: Collection[str] = ()
    planned: Iterable[PreparedPlan] | None = None
    detailed: bool = False


PLAIN = PublishOptions()
