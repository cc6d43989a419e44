"""Everything that is wrong is said at once, with its place and what to do about it."""

from __future__ import annotations

import pytest

from funnel.curriculum import Problem, check_library, parse_library
from tests.curriculum.examples import FIRST, OFFER, PRACTICE, SECOND, SEQUENCE, folder


def problems(files: dict[str, bytes]) -> list[Problem]:
    return check_library(files)[1]


def test_a_folder_without_a_fault_has_no_problems() -> None:
    library, found = check_library(folder())
    assert found == []
    assert library is not None
    assert [lesson.id for lesson in library.sequences["evenings"].lessons] == ["welcome", "one-breath"]
    assert library.offers["ebook"].asset == "ebook"
    assert library.assets == {"ebook.md"}
    assert len(library.practice.quiet_days) == 4


def in_first(text: bytes) -> dict[str, bytes]:
    return folder(first=FIRST + text)


def key(old: bytes, new: bytes, source: bytes = SECOND) -> bytes:
    assert old in source
    return source.replace(old, new)


def changed(old: bytes, new: bytes) -> dict[str, bytes]:
    return folder(sequence=key(old, new, SEQUENCE))


def practice(old: bytes, new: bytes) -> dict[str, bytes]:
    return folder(practice=key(old, new, PRACTICE))


ANXIUS = b"{% if quiz.result == 'anxius' %}x{% endif %}"
TWO_LINKS = b"\n:::button\n[a](https://a.org) [b](https://b.org)\n:::"
TEXT = SECOND[SECOND.index(b":::") :]
HARD = (
    b"Notwithstanding considerable psychological ambivalence, attachment representations "
    b"characteristically demonstrate remarkable longitudinal continuity "
)
CASES: list[tuple[str, dict[str, bytes], str, str]] = [
    # what, the folder, where, the code
    ("an unknown key", folder(second=key(b"day: 7", b"day: 7\nprehaeder: x")), "evenings/02.md:5:1", "unknown-key"),
    ("a missing id", folder(second=key(b"id: one-breath\n", b"")), "evenings/02.md:2:1", "missing-key"),
    ("a duplicate id", folder(second=key(b"id: one-breath", b"id: welcome")), "evenings/02.md:2:5", "duplicate-id"),
    ("an id with spaces", folder(second=key(b"id: one-breath", b"id: One Breath")), "evenings/02.md:2:5", "bad-id"),
    ("24:00", folder(second=key(b"day: 7", b'day: 7\nat: "24:00"')), "evenings/02.md:5:5", "bad-time"),
    ("8:00", folder(second=key(b"day: 7", b"day: 7\nat: 8:00")), "evenings/02.md:5:5", "bad-time"),
    ("no day", folder(second=key(b"day: 7\n", b"")), "evenings/02.md:2:1", "missing-key"),
    ("day and after", folder(second=key(b"day: 7", b"day: 7\nafter: 7d")), "evenings/02.md:5:8", "day-and-after"),
    ("after in hours", folder(second=key(b"day: 7", b"after: 36h")), "evenings/02.md:4:8", "bad-span"),
    ("two on one day", folder(second=key(b"day: 7", b"day: 0")), "evenings/02.md:1:1", "same-day"),
    ("an offset", changed(b"reader", b'"+02:00"'), "evenings/sequence.md:5:60", "bad-zone"),
    ("an unknown zone", practice(b"Europe/Dublin", b"Europe/Dubln"), "practice.toml:4:1", "bad-zone"),
    ("a long weekday", changed(b"mon,", b"monday,"), "evenings/sequence.md:5:28", "unknown-value"),
    ("an unknown trigger", changed(b"[confirm]", b"[confrim]"), "evenings/sequence.md:3:12", "unknown-value"),
    ("an unknown offer", changed(b"[ebook]", b"[ebok]"), "evenings/sequence.md:4:14", "unknown-value"),
    ("only_if", folder(second=key(b"not booked", b"not boked")), "evenings/02.md:5:15", "only-if"),
    ("an unknown lesson", folder(second=key(b"not booked", b"opened('welcom')")), "evenings/02.md:5:10", "only-if"),
    ("itself asked of", folder(second=key(b"not booked", b"opened('one-breath')")), "evenings/02.md:5:10", "only-if"),
    ("never true", folder(second=key(b"not booked", b"watched > 4")), "evenings/02.md:5:10", "unreachable"),
    ("no text", folder(second=SECOND[: SECOND.index(b":::practice")]), "evenings/02.md:7:1", "empty-lesson"),
    ("an unknown variable", in_first(b"{{ lead.frist_name }}"), "evenings/01.md:10:4", "unknown-variable"),
    ("an attribute", in_first(b"a {{ lead.__class__ }}"), "evenings/01.md:10:6", "unknown-variable"),
    ("an unknown function", in_first(b"{{ bok('intro') }}"), "evenings/01.md:10:4", "unknown-function"),
    ("an unknown booking", in_first(b"[x]({{ book('intor') }})"), "evenings/01.md:10:8", "unknown-argument"),
    ("a missing download", in_first(b"[x]({{ download('ebok') }})"), "evenings/01.md:10:8", "unknown-argument"),
    ("an unknown page", in_first(b"[x]({{ page('paus') }})"), "evenings/01.md:10:8", "unknown-argument"),
    ("an unknown filter", in_first(b"{{ practice.name | safe }}"), "evenings/01.md:10:20", "unknown-filter"),
    ("a loop", in_first(b"\n{% for x in tags %}{% endfor %}"), "evenings/01.md:11:1", "template"),
    ("set", in_first(b"{% set x = 1 %}"), "evenings/01.md:10:1", "template"),
    ("arithmetic", in_first(b"{{ 9 ** 9 }}"), "evenings/01.md:10:1", "template"),
    ("an if without end", in_first(b"ok\n{% if booked %} yes"), "evenings/01.md:11:1", "template"),
    ("an endif without if", in_first(b"ok {% endif %}"), "evenings/01.md:10:4", "template"),
    ("an open brace", in_first(b"ok {{ booked"), "evenings/01.md:10:4", "template"),
    ("an unknown result", in_first(ANXIUS), "evenings/01.md:10:7", "unknown-result"),
    ("a relative link", in_first(b"see [x](other.html)"), "evenings/01.md:10:9", "link"),
    ("a script link", in_first(b"see [x](javascript:alert(1))"), "evenings/01.md:10:9", "link"),
    ("half a variable", in_first(b"see [x](https://example.org/{{ booked }})"), "evenings/01.md:10:9", "link"),
    ("a picture without words", in_first(b"![](https://example.org/a.png)"), "evenings/01.md:10:1", "no-alt"),
    ("a picture in the folder", in_first(b"![a map](assets/a.png)"), "evenings/01.md:10:10", "picture"),
    ("html", in_first(b"a <script>alert(1)</script>"), "evenings/01.md:10:3", "html"),
    ("an unknown block", in_first(b"\n:::practise\nx\n:::"), "evenings/01.md:11:1", "block"),
    ("an open block", in_first(b"\n:::note\nx"), "evenings/01.md:11:1", "block"),
    ("two links in a button", in_first(TWO_LINKS), "evenings/01.md:11:1", "button"),
    ("not UTF-8", folder(second=key(b"One breath", b"One \xe9")), "evenings/02.md:3:16", "not-utf-8"),
    ("no front matter", folder(second=b"Just text"), "evenings/02.md:1:1", "no-front-matter"),
    ("broken YAML", folder(second=key(b"day: 7", b"day: 7: 8")), "evenings/02.md:4:6", "front-matter"),
    ("broken TOML", folder(practice=PRACTICE + b"x = ["), "practice.toml:16:1", "toml"),
    ("no practice", folder(practice=None), "practice.toml:1:1", "missing-file"),
    ("no sequence.md", folder(sequence=None), "evenings/sequence.md:1:1", "missing-file"),
    ("a missing asset", folder(asset=None), "offers/ebook.md:8:8", "missing-asset"),
    ("a bad address", practice(b"letters@", b"letters at "), "practice.toml:2:1", "bad-address"),
    ("a bad quiet day", practice(b"2027-01-01", b"2027-02-30"), "practice.toml:5:1", "bad-date"),
    ("an unknown kind", folder(offer=key(b": ebook\nt", b": eboko\nt", OFFER)), "offers/ebook.md:3:7", "unknown-value"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "where", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_error_is_found_at_its_place(files: dict[str, bytes], where: str, code: str) -> None:
    found = [problem for problem in problems(files) if problem.severity == "error"]
    places = [(f"{problem.path}:{problem.line}:{problem.column}", problem.code) for problem in found]
    assert (where, code) in places, "\n".join(map(str, found))
    assert all(problem.fix for problem in found)


WARNINGS: list[tuple[str, dict[str, bytes], str]] = [
    ("a long subject", folder(first=key(b'"Welcome"', b'"' + b"a long subject " * 5 + b'"', FIRST)), "long-subject"),
    ("words that press", in_first(b"Act now, before it is over."), "pressure-words"),
    ("words that shame", in_first(b"You should have known."), "shame-words"),
    ("shouting", in_first(b"Welcome!!"), "shout-words"),
    ("a greeting of mass mail", in_first(b"Dear friend,\n\nhere it is."), "mass-greeting"),
    ("the same for want of a name", in_first(b"Dear {{ lead.first_name or \"friend\" }},"), "mass-greeting"),
    ("a first name that may be empty", in_first(b"{{ lead.first_name }}"), "no-fallback"),
    ("a heavy mail", in_first(b"A word. " * 10_000), "html-size"),
    (
        "a picture alone",
        {**folder(second=key(TEXT, b"![a map](assets/m.png)")), "assets/m.png": b"x"},
        "no-text",
    ),
    ("hard reading", in_first(HARD * 12), "reading-level"),
    ("a hidden character", in_first("a\u202eb".encode()), "hidden-character"),
    ("a file that is not used", {**folder(), "evenings/notes.txt": b"x"}, "not-used"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "code"), [case[1:] for case in WARNINGS], ids=[case[0] for case in WARNINGS])
def test_a_warning_is_given_and_the_library_still_made(files: dict[str, bytes], code: str) -> None:
    library, found = check_library(files)
    assert [(problem.code, problem.severity) for problem in found] == [(code, "warning")], "\n".join(map(str, found))
    assert library is not None


def test_everything_is_said_at_once_with_the_nearest_right_name() -> None:
    files = folder(
        first=FIRST + b"{{ lead.firstname }}\n\n[x](nowhere)",
        second=SECOND.replace(b"day: 7", b"day: soon").replace(b"only_if", b"onlyif"),
        sequence=SEQUENCE.replace(b"title", b"titel"),
    )
    found = problems(files)
    assert {problem.code for problem in found} >= {
        "unknown-variable",
        "link",
        "bad-number",
        "unknown-key",
        "missing-key",
    }
    said = "\n".join(map(str, found))
    assert "Did you mean lead.first_name?" in said
    assert "Did you mean only_if?" in said
    assert "evenings/sequence.md:2:1  the key titel is not known here  → Did you mean title?" in said


def test_an_id_that_was_published_and_is_gone_is_a_warning() -> None:
    found = check_library(folder(), published_ids={"evenings": {"welcome", "old-one"}})[1]
    assert [problem.code for problem in found] == ["id-gone"]
    assert "old-one" in found[0].message
    unread = check_library(folder(first=b"\xff"), published_ids={"evenings": {"welcome"}})[1]
    assert "id-gone" not in [problem.code for problem in unread]


def test_two_sequences_for_the_same_sign_up_are_an_error() -> None:
    files = {**folder(), "more/sequence.md": SEQUENCE, "more/01.md": FIRST}
    found = problems(files)
    assert [problem.code for problem in found] == ["two-sequences"]
    assert found[0].path == "more/sequence.md"


def test_a_sequence_nobody_can_ever_start_is_an_error() -> None:
    circle = SEQUENCE.replace(b"[confirm]", b'["finished:more"]').replace(b"for_offers: [ebook]\n", b"")
    files = {**folder(), "more/sequence.md": circle.replace(b"finished:more", b"finished:less"), "more/01.md": FIRST}
    files |= {"less/sequence.md": circle, "less/01.md": FIRST}
    errors = [problem.code for problem in problems(files) if problem.severity == "error"]
    assert errors == ["unreachable", "unreachable"]


def test_a_second_sequence_may_start_when_the_first_has_ended() -> None:
    following = SEQUENCE.replace(b"[confirm]", b'["finished:evenings"]').replace(b"for_offers: [ebook]\n", b"")
    asked = OFFER.replace(
        b"asset: ebook\n", b"asset: ebook\nfollowed_by: more\nfollowed_by_consent: And after that, please.\n"
    )
    assert problems({**folder(offer=asked), "more/sequence.md": following, "more/01.md": FIRST}) == []


def test_after_that_names_no_certain_lesson_is_an_error() -> None:
    third = SECOND.replace(b"day: 7", b"after: 2d").replace(b"one-breath", b"third")
    between = SECOND.replace(b"day: 7", b"day: 8").replace(b"one-breath", b"between")
    files = {**folder(), "evenings/03.md": third, "evenings/04.md": between}
    assert [problem.code for problem in problems(files)] == ["after-what"]


def test_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    plain = parse_library(folder())[0]
    windows = {
        path: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n") if path.endswith((".md", ".toml")) else content
        for path, content in folder().items()
    }
    library, found = check_library(windows)
    assert found == []
    assert library == plain


def test_code_may_show_what_is_otherwise_checked() -> None:
    assert problems(in_first(b"\n```\n:::nothing\n<b>\n```\n")) == []


def test_a_problem_reads_as_place_message_and_fix() -> None:
    problem = Problem("a.md", 3, 5, "error", "x", "this is wrong", "Put it right.")
    assert str(problem) == "a.md:3:5  this is wrong  → Put it right."
    assert problem.to_json()["column"] == 5


def test_200_lessons_are_checked_whole() -> None:
    body = b"\n\n".join(
        [b"A *paragraph* of words, with [a link](https://example.org/x). " + b"It is as long as they are. " * 11] * 12
    )
    files = folder()
    for number in range(200):
        head = FIRST.replace(b"id: welcome", b"id: l%d" % number).replace(b"day: 0", b"day: %d" % (number + 10))
        files[f"evenings/x{number}.md"] = head + body
    library, found = check_library(files)
    assert library is not None
    assert found == []


@pytest.mark.parametrize("times", [1, 60], ids=["few", "more than is kept"])
def test_what_is_wrong_is_told_each_time_the_folder_is_read(times: int) -> None:
    odd = b"\n![](hand.jpg) <b>so</b>\n" * times
    first = problems(in_first(odd))
    assert len(first) > 1
    assert problems(in_first(odd)) == first
    later = problems({**in_first(odd), "evenings/01.md": b"---\n# looked at in May\n" + FIRST[4:] + odd})
    moved = [(each.line, each.message) for each in later if each.code == "html"]
    assert moved == [(each.line + 1, each.message) for each in first if each.code == "html"]
