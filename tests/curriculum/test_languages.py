"""A language is one that people write in."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library
from funnel.curriculum.languages import likely_language, read_language
from tests.curriculum.examples import PRACTICE, folder


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("en", "en"), ("EN", "en"), ("en-ie", "en-IE"), ("de-AT", "de-AT"), ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"), ("sr-Latn", "sr-Latn"), ("de-CH-1996", "de-CH-1996"), ("gsw", "gsw"), ("nb-NO", "nb-NO"),
    ],
)  # fmt: skip
def test_a_language_is_read_whatever_its_case(typed: str, tag: str) -> None:
    assert read_language(typed) == tag


@pytest.mark.parametrize(
    ("typed", "likely"),
    [
        ("xx-YY", ""), ("xx", ""), ("en-YY", "en"), ("en_GB", "en-GB"), ("english", "en"), ("Deutsch", "de"),
        ("eng", "en"), ("iw", "he"), ("und", ""), ("mul", ""), ("e", ""), ("en-x-private", "en"), ("en ", "en"),
        ("en-IE;q=0.9", "en"), ('en" onload="x', ""),
    ],
)  # fmt: skip
def test_what_is_no_language_is_refused_with_a_suggestion(typed: str, likely: str) -> None:
    assert read_language(typed) is None
    assert likely_language(typed) == likely


def test_the_practice_is_told_of_a_language_that_is_none() -> None:
    for typed, right in (("xx-YY", "BCP 47"), ("en_GB", '"en-GB"')):
        text = PRACTICE.replace(b'zone = "Europe/Dublin"', f'zone = "Europe/Dublin"\nlanguage = "{typed}"'.encode())
        (problem,) = check_library(folder(practice=text))[1]
        assert (problem.severity, problem.code, problem.line) == ("error", "bad-language", 5)
        assert right in problem.fix
    text = PRACTICE.replace(b'zone = "Europe/Dublin"', b'zone = "Europe/Dublin"\nlanguage = "DE-at"')
    library, problems = check_library(folder(practice=text))
    assert problems == []
    assert library is not None
    assert library.practice.language == "de-AT"
