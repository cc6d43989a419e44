"""The starter is played from a copy that has some of its texts in German."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnel.curriculum import check_library, read_folder
from funnel.demo.languages import SECOND, with_a_second_language
from funnel.settings import Settings, load_settings, starter


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({}, data_dir=tmp_path)


def test_the_copy_serves_a_second_language_and_has_no_mistake(settings: Settings) -> None:
    copied = with_a_second_language(settings).sequences_dir
    assert copied.is_relative_to(settings.data_dir)
    library, problems = check_library(read_folder(copied)[0])
    assert library is not None, problems
    assert library.practice.spoken == ("en", SECOND)
    assert [problem for problem in problems if problem.severity == "error"] == []
    odd = [str(each) for each in problems if SECOND in Path(each.path).suffixes[0] and each.code != "not-translated"]
    assert odd == [], "look whether the German still says it, and write the mark that stands here"


def test_some_lessons_are_in_german_and_some_are_not(settings: Settings) -> None:
    library, _ = check_library(read_folder(with_a_second_language(settings).sequences_dir)[0])
    assert library is not None
    said = {bool(lesson.translations) for each in library.sequences.values() for lesson in each.lessons}
    assert said == {True, False}


def test_the_starter_itself_stays_as_it_is_and_so_does_a_folder_of_ones_own(settings: Settings, tmp_path: Path) -> None:
    before = (starter("sequences") / "practice.toml").read_bytes()
    with_a_second_language(settings)
    assert (starter("sequences") / "practice.toml").read_bytes() == before
    own = load_settings({"FUNNEL_SEQUENCES_DIR": str(tmp_path)}, data_dir=tmp_path / "data")
    assert with_a_second_language(own) is own
