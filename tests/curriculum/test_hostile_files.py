"""Whatever a file holds: a clear error or a safe result, never a traceback, and never a long wait."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.curriculum import check_library
from tests.curriculum.examples import FIRST, OFFER, PRACTICE, SECOND, SEQUENCE, folder

HEAD = SECOND[: SECOND.index(b":::practice")]
BOMB = b"---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nid: *b\n---\ntext"

HOSTILE: dict[str, bytes] = {
    "binary": bytes(range(256)) * 40,
    "ten megabytes": b"x" * 10_000_000,
    "only zeros": b"\0" * 5000,
    "utf-16": "id: a".encode("utf-16"),
    "empty": b"",
    "a YAML bomb": BOMB,
    "a YAML tag": b"---\nid: !!python/object/apply:os.system ['true']\n---\ntext",
    "deep YAML": b"---\nid: " + b"[" * 60_000 + b"\n---\ntext",
    "deep YAML maps": b"---\nid: " + b"{a: " * 15_000 + b"\n---\ntext",
    "long front matter": b"---\n" + b"k: v\n" * 20_000 + b"---\ntext",
    "many keys": b"---\n" + b"".join(b"k%d: v\n" % n for n in range(4_000)) + b"---\ntext",
    "a key that is a list": b"---\n? [a, b]\n: c\n---\ntext",
    "a front matter that is a list": b"---\n- a\n- b\n---\ntext",
    "two documents": b"---\nid: a\n--- \nid: b\n---\ntext",
    "deep brackets in a variable": HEAD + b"{{ " + b"(" * 30_000 + b" }}",
    "deep nots": HEAD + b"{{ " + b"not " * 20_000 + b"booked }}",
    "deep ifs": HEAD + b"{% if booked %}" * 6_000,
    "a long loop": HEAD + b"{% for a in range(999999999) %}{% for b in range(999999999) %}x{% endfor %}{% endfor %}",
    "a large power": HEAD + b"{{ 9 ** 9 ** 9 ** 9 }}",
    "a sandbox escape": HEAD + b"{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "an escape by filter": HEAD + b"{{ lead | attr('__class__') }}",
    "an import": HEAD + b"{% import '/etc/passwd' as x %}{% include '/etc/passwd' %}",
    "a macro": HEAD + b"{% macro x() %}{{ x() }}{% endmacro %}{{ x() }}",
    "many open braces": HEAD + b"{{" * 40_000,
    "many open comments": HEAD + b"{#" * 40_000,
    "many variables": HEAD + b"{{ booked }}" * 8_000,
    "many brackets": HEAD + b"[" * 90_000,
    "many links": HEAD + b"[a](" * 20_000,
    "many stars": HEAD + b"*a_ " * 24_000,
    "many backticks": HEAD + b" ".join(b"`" * n for n in range(1, 400)),
    "deep quotes": HEAD + b">" * 90_000,
    "deep lists": HEAD + b"\n".join(b" " * n + b"- a" for n in range(400)),
    "many comments": HEAD + b"<!-- " * 18_000,
    "many tags": HEAD + b"<a " * 30_000,
    "many entities": HEAD + b"&#x41;" * 16_000,
    "many blocks": HEAD + b":::note\n" * 11_000,
    "many exclamation marks": HEAD + b"!" * 90_000,
    "marks before a letter": HEAD + b"!" * 90_000 + b"x",
    "dots in an address": HEAD + b"[x](https://" + b"a." * 40_000 + b"/ )",
    "many quotation marks": HEAD + b'"' * 90_000,
    "many capitals": HEAD + b"you must " * 10_000,
    "script": HEAD + b"<script>alert(1)</script><img src=x onerror=alert(1)>",
    "zero width": HEAD + ("a\u200bb\u202e" * 20_000).encode(),
    "private characters": HEAD + ("\U000f0000\U000f0001" * 2_000).encode() + b" {{ booked }}",
    "a long word": HEAD + b"a" * 99_000,
    "an endless only_if": SECOND.replace(b"not booked", b"(" * 60_000),
    "a long id": SECOND.replace(b"one-breath", b"a" * 60_000),
    "a surrogate": SECOND.replace(b"One breath", rb"\ud800"),
    "a large number": SECOND.replace(b"day: 7", b"day: " + b"9" * 60_000),
    "a number in other digits": SECOND.replace(b"day: 7", "day: ٧".encode()),
    "line separators": SECOND.replace(b"day: 7", "day: 7\u2028x: 1".encode()),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_lesson_is_told_of_quickly(content: bytes) -> None:
    started = time.process_time()
    _, found = check_library(folder(second=content))
    assert time.process_time() - started < 5
    assert found
    assert all(line.isprintable() for problem in found for line in [str(problem)])
    assert len(found) < 250


@pytest.mark.parametrize("name", ["practice", "offer", "sequence"])
def test_every_other_file_may_be_hostile_too(name: str) -> None:
    for content in HOSTILE.values():
        if len(content) < 70_000:
            _, found = check_library(folder(**{name: content}))
            assert any(problem.severity == "error" for problem in found)


@pytest.mark.parametrize(
    "toml",
    [
        b'[booking.x]\ntitle = "a"\nurl = "https://' + b"a." * 40_000 + b'/ "',
        b"a = " + b"[" * 40_000,
        b"a." * 20_000 + b"b = 1",
        b"[" + b"a." * 20_000 + b"b]",
        b'x = """' + b"y" * 90_000,
    ],
    ids=["a dotted address", "deep lists", "deep keys", "deep tables", "an open text"],
)
def test_hostile_toml_is_told_of_quickly(toml: bytes) -> None:
    started = time.process_time()
    library, found = check_library(folder(practice=toml))
    assert time.process_time() - started < 5
    assert library is None
    assert found


def test_a_folder_of_many_hostile_files_is_told_of_in_time() -> None:
    files = folder() | {f"evenings/h{number}.md": HEAD + b"*a_ [b](" * 4_000 for number in range(300)}
    started = time.process_time()
    _, found = check_library(files)
    assert time.process_time() - started < 20
    assert found


def test_too_many_files_are_refused() -> None:
    library, found = check_library({f"a/{number}.md": b"" for number in range(5_001)})
    assert library is None
    assert [problem.code for problem in found] == ["too-many-files"]


PIECES = st.sampled_from(
    [b"---\n", b"id: a\n", b"day: 0\n", b"subject: x\n", b"{{ ", b" }}", b"{% if ", b" %}", b"{% endif %}", b"booked",
     b"[x](", b")", b"![", b"](", b":::note\n", b":::\n", b"<b>", b"\n", b"\xff", b"\0", b"&", b"*", b"`", b"!!x ",
     b"lead.first_name", b'"', b"'", b"|", b"default", b"or", b"(", b"[[", b"]]", b"=", b"{", b"}", b"#}", b"{#", b"- "]
)  # fmt: skip


@settings(max_examples=250)
@given(
    st.lists(PIECES, max_size=25).map(b"".join), st.sampled_from(["first", "second", "sequence", "offer", "practice"])
)
def test_any_mixture_of_pieces_is_checked_without_a_traceback(content: bytes, name: str) -> None:
    whole = {"first": FIRST, "second": SECOND, "sequence": SEQUENCE, "offer": OFFER, "practice": PRACTICE}[name]
    for text in (content, whole + content):
        _, found = check_library(folder(**{name: text}))
        assert all(problem.line >= 1 and problem.column >= 1 for problem in found)
