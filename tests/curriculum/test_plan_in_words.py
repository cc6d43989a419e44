"""What a plan says of readers, in words."""

from __future__ import annotations

import pytest

from funnel.curriculum import (
    Change,
    Plan,
    render_plan,
)


def said(
    kind: str,
    *,
    next_id: str = "",
    dates: tuple[tuple[str, str, int], ...] = (),
    following: tuple[tuple[str, int], ...] = (),
    **counts: int,
) -> str:
    """What a plan with this one change says of readers."""
    change = Change(kind, "a", "detail", counts, next_id=next_id, dates=dates, following=following)  # type: ignore[arg-type]
    return render_plan(Plan("letters", "edited", (change,), {})).split("  ", 3)[-1]


JUNE = ("2027-06-07", "2027-06-09")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (said("text"), "nobody gets the new text; nobody has had it"),
        (said("text", will_get=1, had=1), "next 1 reader gets the new text; 1 has had it"),
        (said("text", will_get=1_204, had=2), "next 1,204 readers get the new text; 2 have had it"),
        (said("subject", will_get=1), "next 1 reader gets the new subject; nobody has had it"),
        (said("condition", will_get=1, had=1), "asked of 1 reader still to come to it; 1 has had it"),
        (said("condition", had=2), "asked of nobody still to come to it; 2 have had it"),
        (said("reordered", will_get=1, had=1), "1 will get it there; 1 has had it"),
        (said("inserted"), "nobody will get it"),
        (said("inserted", will_get=2, past=1), "2 will get it; 1 is past it: nothing (--bonus sends it to them)"),
        (said("removed", had=1), "nobody was waiting for it; 1 has had it"),
        (said("removed", waiting=2, next_id="b"), "2 were waiting for it: they go on to b"),
        (said("removed", waiting=2), "2 were waiting for it: they have then finished"),
        (said("retimed"), "nobody's next lesson moves"),
        (said("retimed", will_get=1), "nobody's next lesson moves; 1 further on gets it at its new time"),
        (said("retimed", moved=1, dates=((*JUNE, 1),)), "1 reader moves from 7 to 9 June"),
        (said("retimed", overtaken=1, following=(("c", 1),)), "1 reader gets c first"),
        (
            said("retimed", moved=1, overtaken=3, will_get=1, following=(("c", 2), ("d", 1))),
            "1 reader moves; 2 readers get c first; 1 reader gets d first; 1 further on gets it at its new time",
        ),
        (said("retimed", now_next=2), "it comes next for 2 readers"),
        (
            said("reordered", will_get=1, overtaken=1, had=1, following=(("c", 1),)),
            "2 will get it there; 1 reader gets c first; 1 has had it",
        ),
        (said("settings", kept=2), "2 readers' next lessons keep the day they were moved to"),
        (said("settings", moved=3, dates=((*JUNE, 2),)), "2 readers move from 7 to 9 June, 1 by other days"),
        (said("settings", moved=1), "1 reader moves"),
    ],
)
def test_one_reader_and_many_are_spoken_of_rightly(words: str, sentence: str) -> None:
    assert words == sentence
