"""The plan of one sequence's edit over everybody on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Plan, PlanOptions, Sequence, asks_for, plan_sequence
from funnel.publishing.bonus import rests
from funnel.publishing.options import PublishOptions
from funnel.publishing.positions import EnrolmentsOn, position_groups


@dataclass(frozen=True, slots=True)
class SequenceEdit:
    """What a sequence was and what it is to be; None where it is new, or removed."""

    slug: str
    old: Sequence | None
    new: Sequence | None


def plan_edit(session: Session, context: Context, edit: SequenceEdit, now: datetime, options: PublishOptions) -> Plan:
    """What an edit would do to those on this sequence, from what is known of each of them."""
    both = [each for each in (edit.old, edit.new) if each is not None]
    dated = frozenset[str]().union(*(each.dated_ids for each in both))
    groups = position_groups(session, context, EnrolmentsOn(edit.slug, asks=asks_for(*both), dated=dated), now)
    resting, sent = rests(session, edit.slug), frozenset(options.bonus)
    how = PlanOptions(context.calendar, now, sent, resting, options.detailed)
    return plan_sequence(edit.old, edit.new, chain.from_iterable(groups), how)
