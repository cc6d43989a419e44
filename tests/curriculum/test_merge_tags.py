"""Blanks as other tools write them are told of wherever a reader would see them, and prose is left alone."""

from __future__ import annotations

import time

import pytest

from funnel.curriculum import check_library, read_folder
from funnel.curriculum.lint.merge_tags import merge_tags
from funnel.settings import starter
from tests.curriculum.examples import FIRST, OFFER, PRACTICE, SECOND, SEQUENCE, folder
from tests.curriculum.test_trainings import TRAINING, with_training

FIRST_NAMES = [
    "{first_name}", "{FIRST_NAME}", "{Name}", "{$name}", "{!Contact.FirstName}", "${first_name}", "{first_name|friend}",
    "{first_name, fallback=friend}", "{contact.first_name}", "*|FNAME|*", "*|MC:FNAME|*", "%%name%%", "%%First Name%%",
    "%FIRSTNAME%", "%first_name%", "%recipient.first_name%", "[FIRST NAME]", "[First Name]", "[first_name]", "[FNAME]",
    "[subscriber:firstname | default:subscriber]", "[[first_name]]", "<<First Name>>", "##fname##", "@@first_name@@",
    "~Contact.FirstName~", "<%= first_name %>", "[Vorname]", "«prénom»",
    "{ lead.first_name }", '{lead.first_name or "reader"}', "{ lead.first_name or “you” }",
]  # fmt: skip
# Jinja's own signs, in which a name is only misspelt.
IN_BRACES = [
    "{{ subscriber.first_name }}", "{{first_name}}", "{{ contact.FIRSTNAME }}", "{{ FNAME }}", "{{ name }}",
    '{{ subscriber.first_name | default: "friend" }}', "{{{first_name}}}",
]  # fmt: skip
PROSE = [
    "{note}", "[a link](https://example.org)", "[name](https://example.org)", "[First name]: https://example.org",
    "[^1]", "- [ ] breathe", "- [x] done", "[name], could we talk tonight?", "50% of us, and 60% of them", "100%",
    "{{ lead.first_name or \"reader\" }}", "{% if booked %}yes{% endif %}", "a ~~struck.out~~ word", "<https://example.org>",
    "https://example.org/%C3%A9%20b",
    "I feel [your feeling] when you {do that}", "C'est «bien»", "**bold** and *leaning*",
    "![a map](assets/map.png)", "`code` and $5", "Write to me at ada@example.org", "[you] and {me}",
]  # fmt: skip


@pytest.mark.parametrize("tag", FIRST_NAMES)
def test_a_name_as_other_tools_write_it_is_answered_with_ours(tag: str) -> None:
    ((offset, found, fix),) = merge_tags(f"Dear {tag}, welcome.")
    assert (offset, found) == (5, tag)
    assert "{{ lead.first_name or" in fix


@pytest.mark.parametrize("tag", IN_BRACES)
def test_another_tools_variable_is_an_error_with_the_right_name(tag: str) -> None:
    _, problems = check_library(folder(first=FIRST + tag.encode()))
    assert problems
    assert all(problem.severity == "error" and problem.line == 10 for problem in problems)
    assert any("lead.first_name" in problem.fix for problem in problems)


@pytest.mark.parametrize("text", PROSE)
def test_ordinary_prose_is_left_alone(text: str) -> None:
    assert list(merge_tags(text)) == []


@pytest.mark.parametrize(
    ("tag", "right"),
    [
        ("*|UNSUB|*", '{{ page("unsubscribe") }}'),
        ("{unsubscribe_url}", '{{ page("unsubscribe") }}'),
        ("[UNSUBSCRIBE]", '{{ page("unsubscribe") }}'),
        ("*|ARCHIVE|*", '{{ page("web") }}'),
        ("*|LIST:COMPANY|*", "{{ practice.name }}"),
        ("%LASTNAME%", "Only the first name is known"),
        ("*|IF:BOOKED|*", "take it out"),
        ("%%anything%%", "take it out"),
        ("{$field}", "take it out"),
        ("{ practice.name }", "Write {{ practice.name }}, with two brackets"),
    ],
)
def test_links_and_other_blanks_are_answered_too(tag: str, right: str) -> None:
    ((_, _, fix),) = merge_tags(f"x {tag} y")
    assert right in fix


PLACES = [
    ("a subject", folder(first=FIRST.replace(b'"Welcome"', b'"Hello {first_name}"')), "evenings/01.md", 3, 17),
    ("one of two", folder(second=SECOND.replace(b'"A breath"', b'"A breath, %%name%%"')), "evenings/02.md", 3, 36),
    ("a preheader", folder(first=FIRST.replace(b"How this works", b'"*|FNAME|*, how"')), "evenings/01.md", 4, 13),
    ("a body", folder(first=FIRST + b"\nBye, [FIRST NAME]\n"), "evenings/01.md", 11, 6),
    ("an offer's button", folder(offer=OFFER.replace(b"Send it", b"Send %FIRSTNAME% it")), "offers/ebook.md", 5, 14),
    ("an offer's text", folder(offer=OFFER + b"For {first_name}.\n"), "offers/ebook.md", 11, 5),
    ("a sequence's title", folder(sequence=SEQUENCE.replace(b"Two", b"<<First Name>>,")), "evenings/sequence.md", 2, 8),
    ("a page", folder() | {"pages/about.md": b"---\ntitle: About\n---\nHello {first_name}.\n"}, "pages/about.md", 4, 7),
    ("practice.toml", folder(practice=PRACTICE.replace(b"first conv", b"*|FNAME|* conv")), "practice.toml", 9, 1),
    ("our own, where nothing is filled in",
     folder(practice=PRACTICE.replace(b"A first conv", b"{{ practice.name }}")), "practice.toml", 9, 1),
    ("our own, in a sequence's title", folder(sequence=SEQUENCE.replace(b"Two letters", b'"{{ lead.first_name }}"')),
     "evenings/sequence.md", 2, 9),
    ("a training", with_training(TRAINING.replace(b"First shifts", b"For {name}")), "assets/talk.toml", 1, 1),
    ("an e-book", folder(asset=b"# A calmer heart\n\nFor %%name%%.\n"), "assets/ebook.md", 3, 5),
]  # fmt: skip


@pytest.mark.parametrize(("files", "path", "line", "column"), [case[1:] for case in PLACES], ids=[c[0] for c in PLACES])
def test_another_tools_blank_is_an_error_wherever_it_stands(
    files: dict[str, bytes], path: str, line: int, column: int
) -> None:
    (problem,) = [problem for problem in check_library(files)[1] if problem.code == "merge-tag"]
    assert problem.severity == "error"
    assert (problem.path, problem.line, problem.column) == (path, line, column)
    reader = path.startswith("evenings/0")
    assert ("lead.first_name" in problem.fix) is reader


def test_the_starter_holds_none() -> None:
    files, _ = read_folder(starter("sequences"))
    assert [str(problem) for problem in check_library(files)[1] if problem.code == "merge-tag"] == []


@pytest.mark.parametrize("sign", ["{", "[", "%", "%a", "*|", "<<", "{a", "[a ", "~a.", "##a", "{$a|", "«a"])
def test_a_text_full_of_half_blanks_is_read_in_good_time(sign: str) -> None:
    began = time.monotonic()
    list(merge_tags(sign * (100_000 // len(sign))))
    assert time.monotonic() - began < 5
