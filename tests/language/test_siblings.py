"""The same text in another language, in a file beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from funnel.compose import Reader, fill_lesson
from funnel.compose.lesson import CompiledLesson, HouseStyle, compile_lesson
from funnel.curriculum import Library, check_library, content_hash, sequence_from_json, sequence_to_json
from funnel.curriculum.model import Problem
from funnel.curriculum.plan.changes import differences
from funnel.curriculum.practice_edition import library_from, practice_source
from funnel.language import speaking
from funnel.links import Links
from tests.curriculum.examples import FIRST, PRACTICE, folder

_TEMPLATES = Path(__file__).parents[2] / "templates"
_AT = datetime(2027, 1, 4, 8, tzinfo=UTC)
_IN_GERMAN = PRACTICE.replace(b"quiet_days", b'languages = ["de"]\nquiet_days', 1)
WELCOME = """\
---
subject: Willkommen
preheader: Wie es geht
translates: "{mark}"
---
Guten Tag {{{{ lead.first_name }}}},

[Ihr Buch]({{{{ download("ebook") }}}}) und [eine Seite](https://harbour.example.org/de) sind da.
"""


def checked(**changed: str | None) -> tuple[Library | None, list[Problem]]:
    """A folder whose readers are served in German too, with these files by path ("evenings/01.de.md")."""
    files = folder(practice=_IN_GERMAN)
    return check_library(files | {path: text.encode() for path, text in changed.items() if text is not None})


def found(problems: list[Problem], code: str) -> list[Problem]:
    return [problem for problem in problems if problem.code == code]


def mark() -> str:
    """What the check says to write into the sibling of the first lesson."""
    _, problems = checked(**{"evenings/01.de.md": WELCOME.format(mark="")})
    (problem,) = found(problems, "older-than-source")
    return problem.fix.rpartition('"')[0].rpartition('"')[2]


def library_with(**changed: str) -> Library:
    library, problems = checked(**changed)
    assert library is not None, problems
    assert [problem for problem in problems if problem.severity == "error"] == []
    return library


def compiled(library: Library, number: int = 0) -> CompiledLesson:
    sequence = library.sequences["evenings"]
    return compile_lesson(sequence, sequence.lessons[number], HouseStyle(library.practice, _TEMPLATES, "x.example.org"))


def reader(language: str) -> Reader:
    return Reader(101, 7, 11, 13, "ada@example.org", "clicks", first_name="Ada", language=language)


def test_a_lesson_goes_out_in_the_language_of_its_reader() -> None:
    lesson = compiled(library_with(**{"evenings/01.de.md": WELCOME.format(mark=mark())}))
    links = Links("https://letters.example.org", ("a key for tests that is long enough",))
    english, german = (fill_lesson(lesson, reader(code), links, _AT) for code in ("", "de"))
    assert (english.subject, german.subject) == ("Welcome", "Willkommen")
    assert "Stop these letters" in english.text
    assert "Diese Briefe beenden" in german.text
    assert "Guten Tag Ada," in german.text
    assert 'lang="de"' in german.html
    assert "Stop these letters" not in german.text


def test_who_reads_in_a_language_without_a_sibling_gets_the_source() -> None:
    lesson = compiled(library_with(**{"evenings/01.de.md": WELCOME.format(mark=mark())}), 1)
    links = Links("https://letters.example.org", ("a key for tests that is long enough",))
    assert 'lang="en"' in fill_lesson(lesson, reader("de"), links, _AT).html


def test_all_languages_of_a_lesson_share_one_table_of_links() -> None:
    lesson = compiled(library_with(**{"evenings/01.de.md": WELCOME.format(mark=mark())}))
    assert lesson.links == ("download:ebook", "download:ebook", "https://harbour.example.org/de")
    assert lesson.in_language("de").links == lesson.links
    assert CompiledLesson.from_json(lesson.to_json()) == lesson


def test_a_sibling_older_than_its_source_is_named_with_the_mark_to_write() -> None:
    text = WELCOME.format(mark=mark())
    assert found(checked(**{"evenings/01.de.md": text})[1], "older-than-source") == []
    later = FIRST.replace(b"is here.", b"is here for you.").decode()
    (problem,) = found(checked(**{"evenings/01.de.md": text, "evenings/01.md": later})[1], "older-than-source")
    assert (problem.path, problem.severity) == ("evenings/01.de.md", "warning")
    assert "01.md has changed" in problem.message
    moved = FIRST.replace(b"day: 0", b"day: 1").decode()  # a day is not translated
    assert found(checked(**{"evenings/01.de.md": text, "evenings/01.md": moved})[1], "older-than-source") == []


def test_what_is_not_written_in_an_offered_language_is_said() -> None:
    missing = found(checked()[1], "not-translated")
    assert [problem.path for problem in missing] == [
        "assets/ebook.md", "evenings/01.md", "offers/ebook.md", "practice.toml",
    ]  # fmt: skip
    assert "01.md" in missing[1].message
    assert "02.md" in missing[1].message
    assert "01.de.md" in missing[1].fix
    one = found(checked(**{"evenings/01.de.md": WELCOME.format(mark=mark())})[1], "not-translated")
    assert not any("01.md" in problem.message for problem in one)


def test_a_sibling_in_a_language_that_nobody_is_served_in_is_said() -> None:
    problems = check_library(folder() | {"evenings/01.de.md": WELCOME.format(mark=mark()).encode()})[1]
    (problem,) = found(problems, "not-offered")
    assert problem.path == "evenings/01.de.md"
    assert 'languages = ["de"]' in problem.fix


def test_a_sibling_changes_no_day_and_no_id() -> None:
    text = WELCOME.format(mark=mark()).replace("subject:", "day: 3\nid: other\nsubject:")
    problems = checked(**{"evenings/01.de.md": text})[1]
    assert [problem.message for problem in found(problems, "unknown-key")] == [
        "the key day is not known here", "the key id is not known here",
    ]  # fmt: skip


def test_a_mistake_in_a_sibling_is_found_at_its_place() -> None:
    text = WELCOME.format(mark=mark()).replace("lead.first_name", "lead.vorname")
    (problem,) = [each for each in checked(**{"evenings/01.de.md": text})[1] if each.severity == "error"]
    assert (problem.path, problem.line) == ("evenings/01.de.md", 6)


def test_the_practices_other_texts_have_siblings_too() -> None:
    library = library_with(
        **{
            "offers/ebook.de.md": "---\ntitle: Ein ruhigeres Herz\nconsent: Bitte, das Buch.\n---\nText.\n",
            "pages/about.md": "---\ntitle: About us\n---\nHello.\n",
            "pages/about.de.md": "---\ntitle: Über uns\n---\nHallo.\n",
            "home.md": "---\ntitle: Begin\n---\nHello.\n",
            "home.de.md": "---\ntitle: Anfang\n---\nHallo.\n",
            "evenings/sequence.de.md": "---\ntitle: Zwei Briefe\n---\n",
        }
    )
    german = library.in_language("de")
    offer = german.offers["ebook"]
    assert (offer.title, offer.consent) == ("Ein ruhigeres Herz", "Bitte, das Buch.")
    assert (offer.button, offer.asset, offer.kind) == ("Send it to me", "ebook", "ebook")
    assert (german.pages["about"].title, german.home and german.home.title) == ("Über uns", "Anfang")
    assert library.offers["ebook"].title == "A calmer heart"
    assert (german.practice.language, set(german.practice.spoken)) == ("de", {"de", "en"})
    assert library.in_language("fr") is library
    assert library.sequences["evenings"].said_title == "Two letters"
    with speaking("de"):
        assert library.sequences["evenings"].said_title == "Zwei Briefe"


def test_an_edition_keeps_every_language() -> None:
    library = library_with(
        **{
            "evenings/01.de.md": WELCOME.format(mark=mark()),
            "evenings/sequence.de.md": "---\ntitle: Zwei Briefe\n---\n",
            "offers/ebook.de.md": "---\ntitle: Ein ruhigeres Herz\n---\nInhalt.\n",
        }
    )
    sequence = library.sequences["evenings"]
    assert sequence_from_json(sequence_to_json(sequence)) == sequence
    kept = library_from(practice_source(library), library.sequences)
    assert kept.in_language("de").offers["ebook"].title == "Ein ruhigeres Herz"


def test_an_edition_without_siblings_is_known_by_what_it_always_was() -> None:
    library, _ = check_library(folder())
    assert library is not None
    data = sequence_to_json(library.sequences["evenings"])
    assert "titles" not in data
    assert all("translations" not in lesson for lesson in data["lessons"])


def test_a_plan_says_which_languages_changed() -> None:
    german = library_with(**{"evenings/01.de.md": WELCOME.format(mark=mark())}).sequences["evenings"]
    other = library_with(**{"evenings/01.de.md": WELCOME.format(mark=mark()).replace("sind da", "warten")})
    plain = library_with().sequences["evenings"]
    said = [[change.detail for change in differences(*pair)] for pair in (
        (plain, german), (german, other.sequences["evenings"]), (german, plain),
    )]  # fmt: skip
    assert said == [
        ["now written in de too"], ["text in de changed"], ["no longer written in de: its readers get the source"],
    ]  # fmt: skip
    assert content_hash(german) != content_hash(plain)


@pytest.mark.parametrize("written", ["pt_BR", "german"])
def test_a_language_that_is_none_is_refused(written: str) -> None:
    practice = PRACTICE.replace(b"quiet_days", f'languages = ["{written}"]\nquiet_days'.encode(), 1)
    (problem,) = [each for each in check_library(folder(practice=practice))[1] if each.severity == "error"]
    assert (problem.code, problem.path) == ("bad-language", "practice.toml")


def test_an_offered_language_without_a_catalogue_is_said() -> None:
    practice = PRACTICE.replace(b"quiet_days", b'languages = ["fr"]\nquiet_days', 1)
    (problem,) = found(check_library(folder(practice=practice))[1], "no-catalogue")
    assert (problem.severity, problem.path) == ("warning", "practice.toml")
    assert "docs/translating.md" in problem.fix
