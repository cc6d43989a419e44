"""What publishing would do to the people half-way through, worked out before it is done."""

from funnel.curriculum.plan.changes import Change, inserted_behind
from funnel.curriculum.plan.compute import PlanOptions, plan_sequence
from funnel.curriculum.plan.edit import ANY_TIME, Edit, EditOutcome, Member, Position, PositionGroup, outcome_for
from funnel.curriculum.plan.extra import bonuses
from funnel.curriculum.plan.foresee import asks_for, foresee
from funnel.curriculum.plan.practice import PRACTICE, plan_practice
from funnel.curriculum.plan.render import render_plan
from funnel.curriculum.plan.result import Bonus, Loss, Plan

__all__ = [
    "ANY_TIME",
    "PRACTICE",
    "Bonus",
    "Change",
    "Edit",
    "EditOutcome",
    "Loss",
    "Member",
    "Plan",
    "PlanOptions",
    "Position",
    "PositionGroup",
    "asks_for",
    "bonuses",
    "foresee",
    "inserted_behind",
    "outcome_for",
    "plan_practice",
    "plan_sequence",
    "render_plan",
]
