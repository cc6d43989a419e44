"""What is said at the end, and while it runs."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta

from funnel.demo.deeds import AddressMove, LanguageChoice, ListedLetter, Pause, Press, RoomReading
from funnel.demo.evidence import Disagreement, Fault
from funnel.demo.progress import ProgressBar
from funnel.demo.report import as_json, as_text
from tests.demo.cast import ADA, BEGINS, CLEO, ENDS, at, peaceful


def test_the_json_has_the_figures_and_says_that_all_agrees() -> None:
    figures = as_json(peaceful(), [], 61.04)
    assert {key: figures[key] for key in ("people", "confirmed", "caught", "duplicates", "missing", "ok")} == {
        "people": 4, "confirmed": 2, "caught": 8, "duplicates": 0, "missing": 0, "ok": True,
    }  # fmt: skip
    assert figures["deliveries"] == {"accepted": 8, "failed": 1, "skipped": 0, "unknown": 0}
    assert (figures["opens"], figures["clicks"]) == (2, 1)
    assert json.loads(json.dumps(figures)) == figures


def test_json_with_duplicates_and_missing_mails_is_not_ok() -> None:
    found = [
        Disagreement(Fault.DUPLICATE, "twice"),
        Disagreement(Fault.MISSING, "gone"),
        Disagreement(Fault.FIGURE, "2"),
    ]
    figures = as_json(peaceful(), found, 1.0)
    assert (figures["duplicates"], figures["missing"], figures["ok"]) == (1, 1, False)
    assert figures["problems"] == ["duplicate: twice", "missing: gone", "figure: 2"]


def test_the_text_has_the_funnel_as_a_table_and_that_all_agrees() -> None:
    text = as_text(peaceful(), [], 61.04)
    header, course = text.splitlines()[1:3]
    assert " ".join(header.split()) == "visits begun answered sign-ups confirmed got it under way finished booked"
    assert course.split() == ["course", "4", "0", "0", "4", "2", "2", "0", "0", "1"]
    assert "All agrees" in text


def test_doors_and_sources_are_a_table_and_in_the_json() -> None:
    evidence = peaceful()
    deeds = replace(evidence.deeds, came_by={("script", "journal"): 3}, confirmed_by={("script", "journal"): 2})
    evidence = replace(evidence, deeds=deeds)
    assert as_json(evidence, [], 1.0)["came_by"]["script"] == {"source": "journal", "signed_up": 3, "confirmed": 2}
    assert ["script", "journal", "3", "2"] in [line.split() for line in as_text(evidence, [], 1.0).splitlines()]


def test_breaks_and_what_was_read_again_are_said_and_in_the_json() -> None:
    evidence = peaceful()
    ended = Pause(Press(at(2), at(2)), 2, Press(at(4), at(4)))
    people = {
        **evidence.people,
        ADA: replace(evidence.people[ADA], pause=Pause(Press(at(2), at(2)), 1), began_again=Press(at(20), at(20))),
        CLEO: replace(evidence.people[CLEO], pause=ended),
    }
    seen = RoomReading(ADA, Press(at(9), at(9)), (ListedLetter(5, "Welcome"), ListedLetter(7, "The alarm")))
    evidence = replace(evidence, people=people, deeds=replace(evidence.deeds, readings=(seen,)))
    text, figures = as_text(evidence, [], 1.0), as_json(evidence, [], 1.0)
    assert "2 taken, 1 of them ended by hand" in text
    assert "2 letters read again on 1 visits; 1 began the course again" in text
    names = ("breaks", "ended_by_hand", "readings", "letters_read_again", "began_again")
    assert [figures[name] for name in names] == [2, 1, 1, 2, 1]


def test_what_was_changed_is_said_and_in_the_json() -> None:
    evidence = peaceful()
    pressed = Press(at(2), at(2))
    ada = replace(
        evidence.people[ADA],
        choices=(LanguageChoice("de", pressed), LanguageChoice("en", pressed)),
        move=AddressMove("a", pressed),
    )
    cleo = replace(evidence.people[CLEO], move=AddressMove("c", pressed, taken_back=pressed))
    evidence = replace(evidence, people={**evidence.people, ADA: ada, CLEO: cleo})
    said = "another language chosen 2 times; 2 addresses changed, 1 of them changed back"
    assert said in as_text(evidence, [], 1.0)
    figures = as_json(evidence, [], 1.0)
    assert [figures[name] for name in ("languages_chosen", "addresses_changed", "taken_back")] == [2, 2, 1]


def test_the_text_lists_what_disagrees_and_counts_what_it_omits() -> None:
    text = as_text(peaceful(), [Disagreement(Fault.MISSING, f"mail {n}") for n in range(45)], 1.0)
    assert "45 disagreements" in text
    assert "missing: mail 39" in text
    assert "and 5 more" in text
    assert "All agrees" not in text


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_progress_is_a_line_per_five_seconds() -> None:
    stream, seconds = io.StringIO(), iter([0.0, 0.0, 2.0, 6.0, 6.0])
    progress = ProgressBar(stream, BEGINS, ENDS, lambda: "3 mails", lambda: next(seconds) + 100)
    for days in (0, 7, 14):
        progress.show(BEGINS + timedelta(days=days))
    assert stream.getvalue() == "  0%  Mon 02 Mar 2026  3 mails\n 50%  Mon 16 Mar 2026  3 mails\n"


def test_on_a_terminal_progress_is_a_bar_with_the_story_date() -> None:
    stream = _Terminal()
    progress = ProgressBar(stream, BEGINS, ENDS, lambda: "3 mails", lambda: 100.0)
    progress.show(BEGINS + timedelta(days=14))
    progress.close()
    assert "█" * 16 + "░" * 16 + "  Mon 16 Mar 2026  3 mails\n" in stream.getvalue()
