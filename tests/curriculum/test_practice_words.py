"""The practice's own words in texts that have no reader: put in when they are read, whatever is unknown said."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library
from funnel.curriculum.untranslated import missing_words
from tests.curriculum.examples import OFFER, PRACTICE, folder

CONSENT = b"consent: Please send me the book, and one letter a week. I can stop at any time."


def offer(*, consent: bytes = CONSENT, body: bytes = b"") -> dict[str, bytes]:
    return folder(offer=OFFER.replace(CONSENT, consent) + body)


def test_a_sign_up_page_takes_the_name_from_practice_toml() -> None:
    found, problems = check_library(offer(consent=b'consent: "Yes, from {{ practice.name }}, {{practice.reply_to}}."'))
    assert problems == []
    assert found is not None
    assert found.offers["ebook"].consent == "Yes, from Harbour Practice, letters@harbour.example.org."


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b'"Yes, {{ practice.nme }}."', "Did you mean practice.name?"),
        (b'"Yes, {{ lead.first_name }}."', "there is no variable lead.first_name here"),
        (b'"Yes, {% if booked %}x{% endif %}."', "{% is not used here"),
        (b'"Yes, {{ practice.name."', "{{ is not used here"),
        (b'"Yes, {{ }}."', "there is no variable"),
    ],
)
def test_an_unknown_word_in_a_consent_is_an_error_at_its_line(written: bytes, said: str) -> None:
    problems = check_library(offer(consent=b"consent: " + written))[1]
    assert [(p.line, p.severity) for p in problems if p.path == "offers/ebook.md" and said in str(p)] == [(6, "error")]


def test_a_sign_up_page_may_name_the_practice_and_link_to_pages() -> None:
    page = b"---\ntitle: Safety\n---\nText.\n"
    body = b'\nBy {{ practice.name }}, see [safety]({{ page("safety") }}).\n'
    assert check_library({**offer(body=body), "pages/safety.md": page})[1] == []


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"{{ lead.first_name }}", "there is no variable lead.first_name"),
        (b"{% if booked %}x{% endif %}", "a page is the same for everybody"),
        (b'[x]({{ page("pause") }})', "pause is not in the pages"),
        (b"\n{{ in_force.kept }}\n", "there is no variable in_force.kept"),
    ],
)
def test_a_sign_up_page_has_no_reader(written: bytes, said: str) -> None:
    assert any(said in str(problem) for problem in check_library(offer(body=b"\n" + written))[1])


def test_a_part_made_from_what_is_in_force_is_a_paragraph_alone() -> None:
    def said(body: bytes) -> list[str]:
        return [p.message for p in check_library({**folder(), "pages/privacy.md": b"---\ntitle: x\n---\n" + body})[1]]

    assert said(b"Before.\n\n{{ in_force.kept }}\n\nAfter.") == []
    assert said(b"{{ in_force.kept }}") == []
    assert said(b"Before {{ in_force.kept }}") == ["this is a whole part of a page, with paragraphs of its own"]
    assert said(b"Before\n{{ in_force.kept }}") == ["this is a whole part of a page, with paragraphs of its own"]
    assert said(b"{{ in_force.kep }}") == ["there is no variable in_force.kep"]


@pytest.mark.parametrize(
    ("phone", "good"),
    [
        ("3114", True), ("116 123", True), ("+33 1 45 39 40 00", True), ("0800/111 0 111", True), ("1", True),
        ("+44 (0)20 7946 0000", True), ("1-800-273-8255", True), ("(01) 45.39.40.00", True),
        ("ring us", False), ("1-800-273-TALK", False), ("116 123 or 0800 111", False), ("116 123 / 3114", False),
        ("116 123, 3114", False), ("text 741741", False), ("0800 32 123 0800 32 124 9", False),
    ],
)  # fmt: skip
def test_a_helplines_number_is_one_that_can_be_dialled(phone: str, good: bool) -> None:
    practice = PRACTICE.replace(b'phone = "1"', f'phone = "{phone}"'.encode())
    found = [problem.code for problem in check_library(folder(practice=practice))[1]]
    assert found == ([] if good else ["bad-number"])


def test_who_writes_has_credentials_a_licence_and_a_second_name() -> None:
    lines = b'credentials = "MA, LMFT"\nlicence = "Licensed by the county, 12"\nalso = "Coaching: Quay"\n'
    found, problems = check_library(folder(practice=lines + PRACTICE))
    assert (found is not None, problems) == (True, [])
    assert found is not None
    practice = found.practice
    assert practice.with_credentials == "Harbour Practice, MA, LMFT"
    assert (practice.licence, practice.also) == ("Licensed by the county, 12", "Coaching: Quay")


def test_a_licence_longer_than_a_line_is_an_error_at_its_line() -> None:
    problems = check_library(folder(practice=b'licence = "' + b"x" * 200 + b'"\n' + PRACTICE))[1]
    assert [(p.path, p.line, p.code) for p in problems] == [("practice.toml", 1, "too-long")]


def test_a_sibling_says_the_licence_in_its_language() -> None:
    german = b'licence = "Heilpraktikerin"\ntranslates = "x"\n'
    practice = b'languages = ["de"]\nlicence = "Licensed"\nalso = "Coaching"\n' + PRACTICE
    found, problems = check_library({**folder(practice=practice), "practice.de.toml": german})
    assert [p.code for p in problems if p.path == "practice.de.toml"] == ["older-than-source"]
    assert found is not None
    assert (found.practice.in_language("de").licence, found.practice.in_language("de").also) == (
        "Heilpraktikerin", "Coaching",
    )  # fmt: skip
    assert "also" in missing_words(found, "de")
