"""Before mail goes to real people: what the starter made up is found wherever readers would see it (promise 12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from funnel.curriculum import Problem, before_real_mail, before_real_mail_from, read_folder, texts_in
from funnel.curriculum.lint.readiness import STARTER
from funnel.curriculum.lint.seen import keys_of
from funnel.curriculum.parse.nodes import Listing, Scalar, Table
from funnel.curriculum.reserved import is_nobodys, is_reserved, nowhere_in
from funnel.settings import starter

TODAY = date(2027, 1, 4)
PRACTICE = """\
name = "Lantern Rooms"
sender = "Ada of Lantern Rooms"
from = "letters@lantern-rooms.ie"
reply_to = "hello@lantern-rooms.ie"
postal_address = "Lantern Rooms, 3 Weir Road, Cork, Ireland"
zone = "Europe/Dublin"

[booking.intro]
title = "A first conversation"
url = ""

[[helplines]]
country = "Ireland"
name = "Samaritans"
phone = "116 123"
url = "https://www.samaritans.org/ireland/"
checked = 2027-01-02
"""
OFFER = """\
---
title: Why love feels so hard
kind: training
consent: Please send me the training.
asset: training
---
A free video.
"""
LESSON = """\
---
id: welcome
subject: "Welcome"
day: 0
---
Dear {{ lead.first_name or "you" }},

[read on](https://lantern-rooms.ie/reading)
"""
FOLDER = {
    "practice.toml": PRACTICE,
    "offers/training.md": OFFER,
    "assets/training.toml": 'title = "Why love feels so hard"\nstand_in = false\n',
    "six-weeks/week-1.md": LESSON,
}
# The keys of the starter's practice.toml whose values are nobody's.
MADE_UP = ("name", "sender", "from", "reply_to", "postal_address")


def found(changed: Mapping[str, str] = {}, today: date = TODAY) -> list[Problem]:
    return before_real_mail({**FOLDER, **changed}, today)


def practice(old: str, new: str) -> dict[str, str]:
    assert old in PRACTICE
    return {"practice.toml": PRACTICE.replace(old, new)}


def test_a_practice_in_its_own_words_has_nothing_in_its_way() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ('"Lantern Rooms"', '"Harbour Practice"', 1, "made-up-name"),
        ('"Lantern Rooms"', '"harbour  practice"', 1, "made-up-name"),
        ("Ada of Lantern Rooms", "Ada at Harbour Practice", 2, "made-up-name"),
        ("letters@lantern-rooms.ie", "letters@harbour.example.org", 3, "made-up-address"),
        ("letters@lantern-rooms.ie", "letters@Lantern.EXAMPLE", 3, "made-up-address"),
        ("hello@lantern-rooms.ie", "hello@bücher.example", 4, "made-up-address"),
        ("3 Weir Road, Cork", "3 Weir Road, Exampleton", 5, "made-up-place"),
        ("3 Weir Road, Cork", "3 Weir Road, EXAMPLETON 4", 5, "made-up-place"),
        ("Lantern Rooms, 3 Weir", "Harbour Practice, 3 Weir", 5, "made-up-name"),
        ('url = ""', 'url = "https://calendar.example.com/ada"', 10, "made-up-address"),
        ("https://www.samaritans.org/ireland/", "http://localhost:8000/help", 16, "made-up-address"),
    ],
)
def test_starter_leftovers_in_practice_toml_are_found_by_line(old: str, new: str, line: int, code: str) -> None:
    problems = found(practice(old, new))

    assert [(each.path, each.line, each.severity, each.code) for each in problems] == [
        ("practice.toml", line, "error", code)
    ]


def test_each_says_which_key_to_write_and_how() -> None:
    fixes = {
        problem.line: problem.fix for problem in before_real_mail(_starter(), TODAY) if problem.path == "practice.toml"
    }

    for key in MADE_UP:
        assert fixes[_starter_line(key)].startswith(f'Write {key} = "…"')


def test_a_practice_whose_name_holds_the_starters_may_say_it() -> None:
    own = PRACTICE.replace("Lantern Rooms", "Harbour Practice Cork")

    assert found({"practice.toml": own, "six-weeks/week-1.md": LESSON + "From Harbour Practice Cork.\n"}) == []


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        ("six-weeks/week-1.md", LESSON + "[more](https://harbour.example.org/x)\n", (9, 16)),
        ("six-weeks/week-1.md", LESSON + "[a](https://a.ie),[b](https://harbour.example.org/x)\n", (9, 31)),
        ("six-weeks/week-1.md", LESSON.replace('"Welcome"', '"From www.harbour.example"'), (3, 16)),
        ("offers/training.md", OFFER.replace("the training", "mail to a@b.test"), (4, 35)),
        ("offers/training.md", OFFER + "\nSee example&#46;org\n", (9, 5)),
        ("pages/safety.md", "---\ntitle: Safety\n---\nWrite to hello@harbour.example.org.\n", (4, 16)),
        ("home.md", "---\ntitle: Come in\nlead: See example.net\n---\n", (3, 11)),
        ("assets/ebook.md", "---\ntitle: A calmer heart\n---\n\n_example.com_\n", (5, 1)),
        ("assets/talk.vtt", "WEBVTT\n\n00:00.000 --> 00:04.000\nexample.org\n", (4, 1)),
        ("assets/transcript.txt", "Look at www.example.org now", (1, 9)),
        ("assets/training.toml", 'title = "T"\nvideo = "https://cdn.example.net/talk.mp4"\n', (2, 1)),
        ("pages/about.md", "---\ntitle: About\n---\nhttps://[::1]/x\n", (4, 9)),
    ],
)
def test_an_example_domain_is_found_wherever_readers_see_it(path: str, text: str, place: tuple[int, int]) -> None:
    (problem,) = found({path: text})

    assert (problem.path, problem.line, problem.column) == (path, *place)
    assert (problem.severity, problem.code) == ("error", "made-up-address")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "harbour.example.org"),
        ("six-weeks/README.md", "harbour.example.org"),
        ("six-weeks/sequence.md", "---\ntitle: Six weeks\n---\nFor colleagues: harbour.example.org\n"),
        ("notes.toml", 'url = "https://help.invalid/"\n'),
        ("notes.md", "---\ntitle: x\n---\nharbour.example.org, which nothing uses"),
        ("six-weeks/week-1.md", LESSON + "{# once harbour.example.org #}\n"),
        ("practice.toml", "# letters@harbour.example.org, Exampleton\n" + PRACTICE),
        ("six-weeks/week-1.md", LESSON + "For example, this is a test.Then it is over. An invalid localhost.\n"),
        ("six-weeks/week-1.md", LESSON + "https://en.wikipedia.org/wiki/Example.com and myexample.org\n"),
        ("assets/broken.md", "---\n: [\n---\n"),
    ],
)
def test_a_domain_no_reader_sees_and_a_lookalike_are_left_alone(path: str, text: str) -> None:
    assert found({path: text}) == []


def test_the_starters_name_is_found_even_over_a_line_break() -> None:
    problems = found({"six-weeks/week-1.md": LESSON + "all of us at *Harbour\nPractice*, in Exampleton\n"})

    assert [(each.line, each.code) for each in problems] == [(9, "made-up-name"), (10, "made-up-place")]


@pytest.mark.parametrize(
    ("checked", "code", "severity"),
    [
        ("", "helpline-unchecked", "error"),
        ("checked = 2027-02-01", "helpline-unchecked", "error"),  # a day that has not come
        ("checked = 2026-01-03", "helpline-old", "warning"),
        ("checked = 2026-11-22", "helpline-old", "warning"),  # what earlier starters said of a line nobody had rung
    ],
)
def test_an_unchecked_helpline_is_an_error_an_old_one_a_warning(checked: str, code: str, severity: str) -> None:
    (problem,) = found(practice("checked = 2027-01-02", checked))

    assert (problem.code, problem.severity) == (code, severity)
    assert "Samaritans (Ireland)" in problem.message
    assert "checked = 2027-01-04" in problem.fix


@pytest.mark.parametrize("checked", ["2026-01-04", "2027-01-05", "2026-11-21"])
def test_a_date_within_the_last_year_is_good_and_so_is_tomorrow(checked: str) -> None:
    assert found(practice("2027-01-02", checked)) == []


def test_a_leap_day_is_a_year_old_after_the_first_of_march() -> None:
    leap = practice("2027-01-02", "2028-02-29")

    assert found(leap, date(2029, 3, 1)) == []
    assert [each.code for each in found(leap, date(2029, 3, 2))] == ["helpline-old"]


def test_the_stand_in_clip_matters_only_where_an_offer_is_open() -> None:
    clip = {"assets/training.toml": 'title = "T"\n\nstand_in = true\n'}

    (problem,) = found(clip)

    assert (problem.path, problem.line, problem.code, problem.severity) == (
        "assets/training.toml", 3, "stand-in", "error",
    )  # fmt: skip
    assert "offers/training.md" in problem.fix
    assert found({**clip, "offers/training.md": OFFER.replace("kind: training", "kind: training\nopen: false")}) == []
    assert found({**clip, "offers/training.md": OFFER.replace("asset: training", "asset: other")}) == []


def test_settings_that_readers_see_must_not_lead_nowhere() -> None:
    wrong = before_real_mail_from(
        {
            "FUNNEL_SITE_URL": "http://127.0.0.1:8000",
            "FUNNEL_BOUNCE_ADDRESS": "bounces@bounce.example.org",
            "FUNNEL_DKIM_DOMAIN": "harbour.test",
        }
    )

    assert [(each.path, each.line, each.severity) for each in wrong] == [
        ("FUNNEL_SITE_URL", 0, "error"),
        ("FUNNEL_BOUNCE_ADDRESS", 0, "error"),
        ("FUNNEL_DKIM_DOMAIN", 0, "error"),
    ]
    assert before_real_mail_from({"FUNNEL_SITE_URL": "https://lantern-rooms.ie/letters"}) == []
    for nowhere in ("http://localhost", "http://[::1]:8000", "http://0.0.0.0", "https://letters.example.org"):
        assert before_real_mail_from({"FUNNEL_SITE_URL": nowhere})


@pytest.mark.parametrize(
    "host",
    ["example", "example.com", "a.example.NET", "x.Test", "bücher.example", "xn--bcher-kva.example", "a.invalid.",
     "localhost", "ex\u00adample.org", "example\u3002org", "ｅｘａｍｐｌｅ.com", "b.localhost"],
)  # fmt: skip
def test_an_example_domain_is_one_however_it_is_written(host: str) -> None:
    assert is_reserved(host)
    assert is_nobodys(f"ada@{host}")


@pytest.mark.parametrize("host", ["example.ie", "myexample.org", "example.org.uk", "test.ie", "latest", "", "a.org"])
def test_other_domains_are_somebodys(host: str) -> None:
    assert not is_reserved(host)


def test_a_long_text_is_read_in_good_time() -> None:
    assert len(list(nowhere_in("http://a.test/x " * 20_000))) == 20_000
    assert list(nowhere_in("a.b@" * 50_000)) == []


def test_whatever_a_file_holds_nothing_is_raised() -> None:
    for text in ("", "---\n", "---\n---\n", "name = ", "[[helplines]]", "helplines = 3", "---\nkind: [\n---\n", "\0{#"):
        found({"practice.toml": text, "offers/training.md": text, "assets/training.toml": text, "a/b.md": text})


def _starter() -> dict[str, str]:
    return texts_in(read_folder(starter("sequences"))[0])


def _starter_line(key: str) -> int:
    lines = _starter()["practice.toml"].splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(f"{key} = "))


def test_the_starter_fails_in_all_that_it_made_up() -> None:
    problems = before_real_mail(_starter(), TODAY)
    codes = {problem.code for problem in problems if problem.severity == "error"}

    assert codes == {
        "made-up-name",
        "made-up-address",
        "made-up-place",
        "helpline-unchecked",
        "help-unchecked",
        "stand-in",
    }
    assert not [problem for problem in problems if problem.severity == "warning"]
    assert {*map(_starter_line, MADE_UP)} <= {problem.line for problem in problems if problem.path == "practice.toml"}


def test_what_is_known_of_the_starter_is_what_the_starter_says() -> None:
    table = keys_of("practice.toml", _starter()["practice.toml"])
    assert table is not None

    def said(table: Table, key: str) -> str:
        value = table.entries[key].value
        assert isinstance(value, Scalar)
        return value.text

    assert said(table, "name") in STARTER.names
    assert said(table, "sender") in STARTER.names
    assert any(place in said(table, "postal_address") for place in STARTER.places)
    helplines = table.entries["helplines"].value
    assert isinstance(helplines, Listing)
    assert {said(each, "phone") for each in helplines.items if isinstance(each, Table)} == STARTER.phones
