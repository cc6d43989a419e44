"""Slips while writing: said with their line, calmly, and the letter as it was stays in sight."""

from __future__ import annotations

import os
import re

import pytest

from tests.web.preview.conftest import WEEK_1, Writing

SHOWN, FRAMED = f"/show/lesson/{WEEK_1}", f"/frame/lesson/{WEEK_1}"
FILE = f"{WEEK_1}.md"


def test_an_unknown_variable_is_shown_with_place_and_right_name(writing: Writing) -> None:
    writing.replace(FILE, "{{ lead.first_name or", "{{ lead.frist_name or")
    text = writing.text(SHOWN)
    assert "anxious-attachment/week-1.md:10 There is no variable lead.frist_name" in text
    assert "Did you mean lead.first_name?" in text
    assert 'Dear {{ lead.frist_name or "reader" }},' in text


def test_the_last_good_view_stays_while_the_file_is_broken(writing: Writing) -> None:
    writing.get(SHOWN)
    writing.replace(FILE, "Twenty to midnight.", "Ten to one. {% if")
    text = writing.text(f"{SHOWN}?as=fay")
    assert "This cannot be shown just now" in text
    assert "What it looked like before" in text
    framed = writing.get(f"{FRAMED}?as=fay").text
    assert "Twenty to midnight." in framed
    assert "Dear Fay" in framed


def test_a_letter_nobody_has_looked_at_yet_is_remembered_too(writing: Writing) -> None:
    writing.get("/")
    writing.replace(FILE, "day: 7", "day: soon")
    assert "Twenty to midnight." in writing.get(FRAMED).text
    assert "Week 1: the alarm in your chest" in writing.text("/")


def test_broken_from_the_start_there_is_only_the_reason(writing: Writing) -> None:
    writing.replace(FILE, "day: 7", "day: soon")
    page = writing.get(SHOWN)
    assert page.status_code == 200
    assert "This cannot be shown just now" in page.text
    assert "What it looked like before" not in page.text
    assert writing.get(FRAMED).status_code == 404


def test_one_broken_lesson_hides_no_other(writing: Writing) -> None:
    writing.replace(FILE, "---\nid:", "--\nid:")
    assert writing.get("/frame/lesson/anxious-attachment/week-2").status_code == 200
    assert writing.get("/frame/lesson/ebook-welcome/01-here-it-is").status_code == 200
    order = dict.fromkeys(re.findall(r'href="/show/lesson/anxious-attachment/([^"]+)"', writing.get("/").text))
    assert list(order)[:3] == ["week-0-welcome", "week-1", "week-2"]


def test_mended_it_is_shown_again(writing: Writing) -> None:
    writing.replace(FILE, "day: 7", "day: soon")
    writing.get(SHOWN)
    writing.replace(FILE, "day: soon", "day: 8")
    text = writing.text(SHOWN)
    assert "cannot be shown" not in text
    assert "day 8, 08:00" in text


def test_a_warning_stands_beside_the_letter_and_hides_nothing(writing: Writing) -> None:
    writing.replace(FILE, "Twenty to midnight.", "Hurry, act now.")
    text = writing.text(SHOWN)
    assert "Look at line 12" in text
    assert "cannot be shown" not in text
    assert "Hurry, act now." in writing.get(FRAMED).text


def test_a_broken_practice_leaves_the_letters_as_they_were(writing: Writing) -> None:
    writing.get("/")
    (writing.sequences / "practice.toml").write_text('name = "Harbour')
    assert "practice.toml" in writing.text("/")
    assert "Twenty to midnight." in writing.get(FRAMED).text


def test_a_practice_broken_from_the_start_is_named_everywhere(writing: Writing) -> None:
    (writing.sequences / "practice.toml").write_text('name = "Harbour')
    assert re.search(r"practice\.toml:1 ", writing.text(SHOWN))
    assert writing.get("/").status_code == 200


def test_a_sequence_without_its_sequence_file_says_that(writing: Writing) -> None:
    (writing.sequences / "anxious-attachment" / "sequence.md").unlink()
    assert "has no sequence.md" in writing.text(SHOWN)


def test_a_broken_template_is_named_with_its_line(writing: Writing) -> None:
    writing.get(SHOWN)
    (writing.templates / "email" / "lesson" / "body.html").write_text(
        "{% extends 'base.html' %}\n{% block letter %}{% if"
    )
    text = writing.text(SHOWN)
    assert f"{writing.templates}/email/lesson/body.html:2" in text
    assert "What it looked like before" in text


def test_a_template_that_is_no_text_does_not_end_the_preview(
    writing: Writing,
) -> None:
    body = writing.templates / "email" / "lesson" / "body.html"
    before = body.read_bytes()
    body.write_bytes(b"\xff\xfe")
    answer = writing.get(SHOWN)
    assert answer.status_code == 200
    assert "This template is not UTF-8" in answer.text
    assert "data-mark" in answer.text  # it follows the next save like any other page
    body.write_bytes(before)
    assert writing.get(SHOWN).status_code == 200


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01", b"---\n", b"---\na: &a [*a]\n---\n", b"---\nid: x\n---\n{% for x in y %}", b"\xff" * 2000,
     b"---\nid: x\nsubject: [\n---\n", b"*" * 200_000],
)  # fmt: skip
def test_whatever_a_file_holds_the_preview_answers(writing: Writing, content: bytes) -> None:
    (writing.sequences / FILE).write_bytes(content)
    assert writing.get(SHOWN).status_code == 200
    assert writing.get("/").status_code == 200


def test_a_folder_that_has_gone_is_said(writing: Writing) -> None:
    os.rename(writing.sequences, writing.sequences.with_name("elsewhere"))
    answer = writing.get("/")
    assert answer.status_code == 200
    assert "cannot be opened" in answer.text


def test_a_mark_changes_with_every_save_and_with_nothing_else(writing: Writing) -> None:
    workshop = writing.app.extensions["preview"]
    new = writing.sequences / "new"
    new.mkdir()
    marks = [workshop.mark()]
    writing.replace(FILE, "Twenty", "Twelve")
    marks.append(workshop.mark())
    (new / "01.md").write_text("new")
    marks.append(workshop.mark())
    (new / "01.md").rename(new / "02.md")
    marks.append(workshop.mark())
    (writing.templates / "email" / "base.html").touch()
    marks.append(workshop.mark())
    assert len(set(marks)) == len(marks)
    (writing.sequences / ".week-1.md.swp").write_text("an editor's own")
    (writing.sequences / "leads-nowhere.md").symlink_to("nowhere")
    assert workshop.mark() == workshop.mark() != marks[-1]
    (writing.sequences / "leads-nowhere.md").unlink()
    assert workshop.mark() == marks[-1]
