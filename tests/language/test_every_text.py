"""What readers see beside lessons, offers and pages in another language: practice.toml, an e-book, a training."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from funnel.curriculum import Library, check_library, said_in, untranslated_in_words
from funnel.curriculum.countries import country_in
from funnel.curriculum.model import Problem
from funnel.curriculum.named_files import downloads, language_of
from funnel.curriculum.plan import plan_practice
from funnel.curriculum.plan.result import Plan
from funnel.curriculum.practice_edition import library_from, practice_source
from tests.curriculum.examples import PRACTICE, folder

_OTHERS = b"""
[[helplines]]
country = "Germany"
name = "TelefonSeelsorge"
phone = "0800 111 0 111"
hours = "day and night"
checked = 2026-11-01

[[helplines]]
country = "everywhere"
name = "Befrienders"
phone = ""
url = "https://www.befrienders.org/"
hours = "in the evening"
checked = 2026-11-01
"""
_SAYS = 'languages = ["de"]\nreplies = "One of us reads every answer."\nquiet_days'
IN_ENGLISH = PRACTICE.replace(b"quiet_days", _SAYS.encode(), 1) + _OTHERS
IN_GERMAN = """\
translates = "{mark}"
replies = "Eine von uns liest jede Antwort."

[booking.intro]
title = "Ein erstes Gespräch"

[hours]
"day and night" = "Tag und Nacht"
"in the evening" = "abends"
"""
TRAINING = 'title = "First shifts"\nminutes = 23\nvideo = "https://video.example.org/page"\n'
PATH = "practice.de.toml"


def checked(**files: str) -> tuple[Library | None, list[Problem]]:
    return check_library(folder(practice=IN_ENGLISH) | {path: text.encode() for path, text in files.items()})


def library_with(**files: str) -> Library:
    library, problems = checked(**files)
    assert library is not None, problems
    assert [problem for problem in problems if problem.severity == "error"] == []
    return library


def found(problems: list[Problem], code: str, path: str) -> list[Problem]:
    return [problem for problem in problems if (problem.code, problem.path) == (code, path)]


def mark_to_write(path: str, **files: str) -> str:
    (problem,) = found(checked(**files)[1], "older-than-source", path)
    return problem.fix.rpartition('"')[0].rpartition('"')[2]


def test_practice_toml_is_said_in_her_language() -> None:
    library = library_with(**{PATH: IN_GERMAN})
    german = library.in_language("de").practice
    assert german.replies == "Eine von uns liest jede Antwort."
    assert german.bookings["intro"].title == "Ein erstes Gespräch"
    assert [(line.country, line.hours) for line in german.helplines] == [
        ("Irland", ""), ("Deutschland", "Tag und Nacht"), ("everywhere", "abends"),
    ]  # fmt: skip
    assert (german.name, german.sender, german.from_address) == (
        library.practice.name, library.practice.sender, library.practice.from_address,
    )  # fmt: skip
    assert library.practice.bookings["intro"].title == "A first conversation"


def test_without_a_sibling_only_countries_have_their_names_in_it() -> None:
    german = library_with().in_language("de").practice
    assert (german.replies, german.bookings["intro"].title) == ("One of us reads every answer.", "A first conversation")
    assert [(line.country, line.hours) for line in german.helplines] == [
        ("Irland", ""), ("Deutschland", "day and night"), ("everywhere", "in the evening"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"), [("UK", "Vereinigtes Königreich"), ("Holland", "Niederlande"), ("the moon", "the moon")]
)
def test_a_country_that_is_known_has_its_name_in_each_language(name: str, said: str) -> None:
    assert country_in("de", name) == said


def test_its_mark_changes_with_what_readers_see_alone() -> None:
    mark = mark_to_write(PATH, **{PATH: IN_GERMAN})
    said = IN_GERMAN.format(mark=mark)
    assert found(checked(**{PATH: said})[1], "older-than-source", PATH) == []
    other = IN_ENGLISH.replace(b"2026-11-01", b"2026-11-20")
    assert found(check_library(folder(practice=other) | {PATH: said.encode()})[1], "older-than-source", PATH) == []
    other = IN_ENGLISH.replace(b"A first conversation", b"A first hour")
    assert len(found(check_library(folder(practice=other) | {PATH: said.encode()})[1], "older-than-source", PATH)) == 1


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ('zone = "Europe/Berlin"', "unknown-key", "zone"),
        ('[booking.outro]\ntitle = "Ende"', "unknown-value", "Did you mean intro?"),
        ('[booking.intro]\nminutes = 40\ntitle = "x"', "unknown-key", "minutes"),
        ('[hours]\n"day and nigth" = "Tag und Nacht"', "unknown-value", "Did you mean day and night?"),
        ('[hours]\n"day and night" = 24', "", ""),
        ('booking = "Ein Gespräch"', "not-a-table", "booking"),
        ("replies = ", "toml", ""),
    ],
)
def test_what_its_source_does_not_have_is_refused(line: str, code: str, told: str) -> None:
    errors = [problem for problem in checked(**{PATH: line})[1] if problem.severity == "error"]
    assert [(problem.code, problem.path) for problem in errors] == ([(code, PATH)] if code else [])
    assert all(told in f"{problem.message} {problem.fix}" for problem in errors)


def test_what_of_it_is_not_said_is_told() -> None:
    (problem,) = found(checked()[1], "not-translated", "practice.toml")
    for part in ("replies", "booking.intro", 'hours "day and night"', 'hours "in the evening"'):
        assert part in problem.message
    assert "practice.de.toml" in problem.fix
    some = IN_GERMAN.replace('"in the evening" = "abends"\n', "")
    (problem,) = found(checked(**{PATH: some})[1], "not-translated", "practice.toml")
    assert problem.message.endswith(': hours "in the evening"')
    assert found(checked(**{PATH: IN_GERMAN})[1], "not-translated", "practice.toml") == []


def test_an_e_book_is_served_in_her_language() -> None:
    library = library_with(**{"assets/ebook.de.md": "# Ein ruhigeres Herz\n\nText.\n"})
    assert said_in("ebook.md", "de", library.assets) == "ebook.de.md"
    assert said_in("ebook.md", "fr", library.assets) == "ebook.md"
    assert downloads(library) == {"ebook": "ebook.md", "ebook.de.md": "ebook.de.md"}
    assert [language_of(name, library.assets) for name in ("ebook.md", "ebook.de.md")] == ["", "de"]
    assert said_in("a/b.md", "de", frozenset({"a/b.md", "a/b.de.pdf"})) == "a/b.de.pdf"


def test_an_e_book_older_than_its_source_is_named() -> None:
    path = "assets/ebook.de.md"
    mark = mark_to_write(path, **{path: "# Buch\n"})
    said = f'---\ntranslates: "{mark}"\n---\n# Buch\n'
    assert found(checked(**{path: said})[1], "older-than-source", path) == []
    later = checked(**{path: said, "assets/ebook.md": "# Another heart\n"})[1]
    assert len(found(later, "older-than-source", path)) == 1


def test_a_training_has_its_title_and_texts_in_her_language() -> None:
    path = "assets/talk.de.toml"
    files: dict[str, str] = {"assets/talk.toml": TRAINING, path: 'title = "Erste Schichten"\n'}
    library = library_with(**files)
    german = library.in_language("de").trainings["talk"]
    assert (german.title, german.minutes, german.video) == ("Erste Schichten", 23, "https://video.example.org/page")
    assert [training.title for training in library.every_training] == ["First shifts", "Erste Schichten"]
    mark = mark_to_write(path, **files)
    marked = files | {path: f'translates = "{mark}"\ntitle = "Erste Schichten"\n'}
    assert found(checked(**marked)[1], "older-than-source", path) == []
    missing = checked(**files | {path: 'captions = "none.vtt"\n'})[1]
    assert [problem.code for problem in missing if problem.severity == "error"] == ["missing-asset"]
    longer = checked(**files | {path: "minutes = 24\n"})[1]
    assert [problem.code for problem in longer if problem.severity == "error"] == ["unknown-key"]


_TRACK = "WEBVTT\n\n00:00.000 --> 00:04.000\n{}\n"


@pytest.mark.parametrize(
    ("key", "source", "said", "marked", "other"),
    [
        (
            "transcript", ("talk.md", "# Talk\n\nHello.\n"), "# Vortrag\n",
            '---\ntranslates: "{}"\n---\n{}', "# Talk\n\nHi.\n",
        ),
        (
            "captions", ("talk.en.vtt", _TRACK.format("Hello.")), _TRACK.format("Guten Tag."),
            'WEBVTT\n\nNOTE translates: "{}"\n\n{}', _TRACK.format("Hi."),
        ),
        (
            "chapters", ("chapters.vtt", _TRACK.format("One")), _TRACK.format("Eins"),
            'WEBVTT\n\nNOTE translates: "{}"\n\n{}', _TRACK.format("One").replace("4.0", "5.0"),
        ),
    ],
)  # fmt: skip
def test_a_text_of_a_training_older_than_its_source_is_named(
    key: str, source: tuple[str, str], said: str, marked: str, other: str
) -> None:
    of, path = f"assets/{source[0]}", f"assets/german{PurePosixPath(source[0]).suffix}"
    files = {
        "assets/talk.toml": f'{TRAINING}{key} = "{source[0]}"\n',
        "assets/talk.de.toml": f'{key} = "{path.removeprefix("assets/")}"\n',
        of: source[1],
        path: said,
    }
    mark = mark_to_write(path, **files)
    files[path] = marked.format(mark, said.removeprefix("WEBVTT\n\n"))
    assert found(checked(**files)[1], "older-than-source", path) == []
    (problem,) = found(checked(**files | {of: other})[1], "older-than-source", path)
    assert problem.message == f"{of} has changed since this was translated"
    assert problem.line == (3 if path.endswith(".vtt") else 2)
    commented = source[1].replace("WEBVTT\n", "WEBVTT\n\nNOTE Looked at in May.\n")
    assert found(checked(**files | {of: commented})[1], "older-than-source", path) == []


def test_what_is_said_in_another_film_need_not_translate() -> None:
    path = "assets/talk.de.md"
    files = {
        "assets/talk.toml": f'{TRAINING}transcript = "talk.md"\n',
        "assets/talk.de.toml": 'video = "https://video.example.org/film"\ntranscript = "talk.de.md"\n',
        "assets/talk.md": "# Talk\n",
        path: "# Vortrag\n",
    }
    assert found(checked(**files)[1], "older-than-source", path) == []
    says_that_it_does = files | {path: '---\ntranslates: "none"\n---\n# Vortrag\n'}
    assert len(found(checked(**says_that_it_does)[1], "older-than-source", path)) == 1


def test_the_plan_names_every_text_that_goes_out_in_the_practices_own_language() -> None:
    said = untranslated_in_words(library_with(**{"assets/talk.toml": TRAINING, PATH: IN_GERMAN}))
    assert said.splitlines() == [
        "not in German, so who reads in it gets these in English:",
        "  assets: ebook.md, talk.toml",
        "  evenings: 01.md, 02.md, sequence.md",
        "  offers: ebook.md",
    ]
    alone, _ = check_library(folder())
    assert alone is not None
    assert untranslated_in_words(alone) == ""


def _planned(before: Library, after: Library) -> Plan:
    return plan_practice(practice_source(before), practice_source(after))


def test_a_plan_names_each_sibling_that_changed() -> None:
    offer = "---\ntitle: Ein ruhigeres Herz\n---\nText.\n"
    before = library_with()
    after = library_with(
        **{PATH: IN_GERMAN, "offers/ebook.de.md": offer, "assets/talk.toml": TRAINING, "assets/talk.de.toml": ""}
    )
    assert [change.detail for change in _planned(before, after).changes] == [
        "assets/talk.toml: new", "practice.de.toml: new", "offers/ebook.de.md: new", "assets/talk.de.toml: new",
    ]  # fmt: skip
    later = library_with(**{"offers/ebook.de.md": offer.replace("Text", "Worte"), PATH: IN_GERMAN + "\n"})
    details = [change.detail for change in _planned(after, later).changes]
    assert "offers/ebook.de.md: the text changed" in details
    assert not any(detail.startswith("practice") for detail in details)
    assert _planned(later, later).kind == "unchanged"


def test_an_edition_keeps_what_practice_toml_says_in_each_language() -> None:
    library = library_with(**{PATH: IN_GERMAN, "assets/talk.toml": TRAINING, "assets/talk.de.toml": 'title = "Erste"'})
    kept = library_from(practice_source(library), library.sequences).in_language("de")
    assert kept.practice.replies == "Eine von uns liest jede Antwort."
    assert kept.trainings["talk"].title == "Erste"
