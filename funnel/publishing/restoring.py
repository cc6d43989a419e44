"""Restores older editions: of a sequence, of the practice, or of several that belong together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from funnel.compose.errors import CompileError
from funnel.context import Context
from funnel.curriculum import Library
from funnel.curriculum.lint.fitting import unanswered
from funnel.curriculum.plan import PRACTICE
from funnel.publishing.history import sequence_at
from funnel.publishing.options import PLAIN, PreparedPlan, PublishOptions
from funnel.publishing.practice_editions import library_at
from funnel.publishing.publish import PublishRefused, PublishResult, plan, publish


def plan_restore(
    context: Context, wanted: Mapping[str, int], now: datetime, *, bonus: Collection[str] = ()
) -> list[PreparedPlan]:
    """What restoring these editions would do; empty if they are current already.

    The practice stands in every mail, so to restore it makes new editions of its sequences, which say the same. Raises
    LookupError where there is no such edition, PublishRefused where lessons name what the practice would not have, or
    a bonus cannot be sent.
    """
    library = _fitting(context, wanted)
    try:
        return plan(context, library, now, PublishOptions(bonus=_of(wanted, bonus), only=_only(wanted)))
    except CompileError as error:
        raise _refused(str(error)) from None


def restore(
    context: Context, wanted: Mapping[str, int], by: str, now: datetime, options: PublishOptions = PLAIN
) -> list[PublishResult]:
    """Publishes older editions again, under the usual rules for readers half-way. Returns what became of each.

    `options.planned` is what `plan_restore` gave: nothing but that is done. Raises LookupError where there is no such
    edition, PublishRefused as `plan_restore` and `publish` do.
    """
    library = _fitting(context, wanted)
    try:
        asked = replace(options, bonus=_of(wanted, options.bonus), only=_only(wanted))
        done = publish(context, library, by, now, asked)
    except CompileError as error:
        raise _refused(str(error)) from None
    return [each for each in done if each.sequence in wanted]


def _fitting(context: Context, wanted: Mapping[str, int]) -> Library:
    """The current practice and sequences, with those to be restored in their place."""
    base = library_at(context, wanted[PRACTICE]) if PRACTICE in wanted else context.library
    with context.db.read() as session:
        sequences = {each.sequence.slug: each.sequence for each in context.editions.all_current(session)}
    for slug, number in wanted.items():
        if slug == PRACTICE:
            continue
        sequence = sequence_at(context, slug, number)
        if sequence is None:
            raise LookupError(f"{slug} has no edition {number}")
        sequences[slug] = sequence
    library = replace(base, sequences=sequences)
    missing = next(unanswered(library), None)
    if missing is not None:
        raise _refused(missing)
    return library


def _refused(missing: str) -> PublishRefused:
    end = "" if missing.endswith(("?", ".")) else "."
    return PublishRefused(
        f"{missing}{end} What belongs together is restored together: name the other edition too, such as "
        "funnel restore practice@1 anxious-attachment@1. 'funnel editions' lists them."
    )


def _only(wanted: Mapping[str, int]) -> Collection[str] | None:
    """The sequences that may change: all of them if the practice does, because it stands in every mail."""
    return None if PRACTICE in wanted else tuple(wanted)


def _of(wanted: Mapping[str, int], bonus: Collection[str]) -> list[str]:
    """The lessons asked for as a bonus. A bare id means the sequence restored, if it is the only one."""
    alone = next(iter(wanted)) if len(wanted) == 1 and PRACTICE not in wanted else ""
    return [f"{alone}/{name}" if alone and "/" not in name else name for name in bonus]
