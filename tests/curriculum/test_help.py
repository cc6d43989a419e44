"""help.toml: where to find help, read with the place of each mistake, kept in editions, said in other languages."""

from __future__ import annotations

from datetime import date

import pytest

from funnel.compose.untracked import Untracked
from funnel.curriculum import check_library, library_from, practice_source
from funnel.curriculum.lint.readiness import before_real_mail
from funnel.curriculum.model import Library, Problem
from funnel.curriculum.plan import plan_practice
from tests.curriculum.examples import PRACTICE, folder

PLACE = """\
[[help]]
name = "Listening Room"
country = "Ireland"
languages = ["en", "de"]
phone = "+353 1 555 0100"
url = "https://room.example.org/"
for = "grief"
hours = "in the evening"
checked = 2027-01-31
"""
THERAPIST = """\
[[therapists]]
name = "Fay"
town = "Sydney"
approaches = ["couples"]
url = "https://fay.example.org/"
"""


def checked(text: str, **more: bytes) -> tuple[Library | None, list[Problem]]:
    practice = b'languages = ["de"]\n' + PRACTICE
    return check_library({**folder(practice=practice), "help.toml": text.encode(), **more})


def library(text: str, **more: bytes) -> Library:
    found, problems = checked(text, **more)
    assert found is not None, problems
    return found


def test_places_and_therapists_are_read_in_their_order() -> None:
    found = library(PLACE + THERAPIST).help
    assert found is not None
    (place,), (therapist,) = found.places, found.therapists
    assert (place.name, place.what_for, place.languages, place.checked) == (
        "Listening Room", "grief", ("en", "de"), date(2027, 1, 31),
    )  # fmt: skip
    assert (therapist.town, therapist.approaches, therapist.online) == ("Sydney", ("couples",), False)


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        (PLACE.replace("for =", "fro ="), 7, "unknown-key"),
        (PLACE.replace("+353 1 555 0100", "ring us"), 5, "bad-number"),
        (PLACE.replace("https://room", "ftp://room"), 6, "bad-link"),
        (PLACE.replace('"de"', '"xx9"'), 4, "bad-language"),
        (PLACE.replace("2027-01-31", '"soon"'), 9, "bad-date"),
        ('[[help]]\nname = "A"\nfor = "b"\n', 1, "not-reached"),
        (THERAPIST.replace('town = "Sydney"\n', ""), 1, "nowhere"),
        ('help = "all"\n', 1, "not-a-table"),
        (THERAPIST.replace('"Fay"', f'"{"x" * 201}"'), 2, "too-long"),
        ('helps = "x"\n', 1, "unknown-key"),
    ],
)
def test_each_mistake_is_told_at_its_line(text: str, line: int, code: str) -> None:
    problems = checked(text)[1]
    told = [(each.line, each.code) for each in problems if each.path == "help.toml" and each.severity == "error"]
    assert (line, code) in told
    assert all(each.fix for each in problems)


def test_a_number_stands_in_one_file_alone() -> None:
    twice = PLACE.replace("+353 1 555 0100", "1")
    assert [each.line for each in checked(twice)[1] if each.code == "listed-twice"] == [5]


def test_no_real_mail_goes_while_an_entry_has_no_date() -> None:
    problems = before_real_mail({"help.toml": PLACE + THERAPIST}, date(2027, 2, 1))
    assert [(each.line, each.severity) for each in problems if each.code == "help-unchecked"] == [(10, "error")]
    late = before_real_mail({"help.toml": PLACE}, date(2028, 2, 1))
    assert [(each.line, each.severity) for each in late if each.code == "help-old"] == [(9, "warning")]


def test_an_edition_holds_it_and_a_plan_names_its_change() -> None:
    before, after = library(PLACE), library(PLACE + THERAPIST)
    source = practice_source(after)
    assert library_from(source, after.sequences).help == after.help
    plan = plan_practice(practice_source(before), source)
    assert [change.detail for change in plan.changes] == ["help.toml: therapists changed"]
    none = practice_source(check_library(folder())[0] or before)
    assert [
        each.detail for each in plan_practice(none, source).changes if "help" in each.detail
    ] == ["help.toml: new"]  # fmt: skip


def test_a_sibling_says_its_texts_in_another_language() -> None:
    words = b'translates = "x"\n[words]\n"grief" = "Trauer"\n"in the evening" = "abends"\n'
    found = library(PLACE, **{"help.de.toml": words}).in_language("de").help
    assert found is not None
    assert (found.places[0].what_for, found.places[0].hours, found.places[0].country) == ("Trauer", "abends", "Irland")
    problems = checked(PLACE, **{"help.de.toml": words.replace(b"grief", b"greif")})[1]
    assert [(each.path, each.line, each.fix) for each in problems if each.code == "unknown-value"] == [
        ("help.de.toml", 2, "Did you mean grief?")
    ]


def test_what_an_older_version_did_not_know_has_not_changed() -> None:
    source = practice_source(library(PLACE))
    old = {**source, "practice": {key: said for key, said in source["practice"].items() if key != "licence"}}
    assert plan_practice(old, source).changes == ()


def test_a_link_to_a_place_of_help_is_not_tracked() -> None:
    untracked = Untracked({}, (), others=library(PLACE).help_addresses)
    assert untracked.address("https://www.room.example.org/hours")
    assert not untracked.address("https://elsewhere.example.org/")
