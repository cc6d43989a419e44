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


def agreed(
    drafts: Iterable[PreparedPlan], question: str, nothing: str, *, yes: bool, accept: bool, err: bool = False
) -> bool:
    """Whether the person agrees: to all of it, and again where readers lose a lesson they were not sent.

    `nothing` says what was not done. Raises CannotStart where nobody can be asked and losses were not agreed to.
    """
    lost = [(draft.plan.slug, loss) for draft in drafts for loss in draft.plan.lost]
    left = [(slug, loss) for slug, loss in lost if loss.people > loss.sent_all_the_same]
    what = ", ".join(
        f"{plural(loss.people - loss.sent_all_the_same, 'reader')} of {slug} {loss.lesson_id}" for slug, loss in left
    )
    if left and yes and not accept:
        raise CannotStart(
            f"{nothing} A lesson would be lost by {what}. Look at 'funnel plan'; where that is meant, say "
            "--accept-losses as well. --bonus LESSON sends it to them all the same"
        )
    if not yes and not click.confirm(question, default=False, err=err):
        return False
    return not left or accept or click.confirm(f"A lesson is lost by {what}. All the same?", default=False, err=err)
