"""Asks a second time where an edit takes a lesson from readers: a mistyped day does that easily."""

from __future__ import annotations

from collections.abc import Iterable

import click

from funnel.cli.support.formatting import plural
from funnel.cli.support.problems import CannotStart
from funnel.publishing.options import PreparedPlan

bonus_option = click.option(
    "--bonus",
    multiple=True,
    metavar="LESSON",
    help="Send it also to who is past its place and never had it, on a free day; may be repeated. "
    "SEQUENCE/LESSON where several have one of that id.",
)
accept_losses_option = click.option(
    "--accept-losses", is_flag=True, help="Agree that readers lose the lessons the plan names; --yes alone does not."
)


def see_that_losses_accepted(drafts: Iterable[PreparedPlan], nothing: str) -> None:
    """For where nobody can be asked and losses were not agreed to: raises CannotStart where readers lose a lesson.

    `nothing` says what was not done.
    """
    what = _losses(drafts)
    if what:
        raise CannotStart(
            f"{nothing} A lesson would be lost by {what}. Look at 'funnel plan'; where that is meant, say "
            "--accept-losses as well. --bonus LESSON sends it to them all the same"
        )


def agreed(drafts: Iterable[PreparedPlan], question: str, *, yes: bool, accept: bool, err: bool = False) -> bool:
    """Whether the person agrees: to all of it, and again where readers lose a lesson they were not sent."""
    what = _losses(drafts)
    if not yes and not click.confirm(question, default=False, err=err):
        return False
    return not what or accept or click.confirm(f"A lesson is lost by {what}. All the same?", default=False, err=err)


def _losses(drafts: Iterable[PreparedPlan]) -> str:
    """Who loses which lesson and is not sent it all the same; "" where nobody does."""
    lost = [(draft.plan.slug, loss) for draft in drafts for loss in draft.plan.lost]
    left = [(slug, loss) for slug, loss in lost if loss.people > loss.sent_all_the_same]
    return ", ".join(
        f"{plural(loss.people - loss.sent_all_the_same, 'reader')} of {slug} {loss.lesson_id}" for slug, loss in left
    )
