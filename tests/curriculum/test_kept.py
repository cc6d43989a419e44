"""What is typed is what is read; where YAML would lose it, that is said at its line with the way to write it."""

from __future__ import annotations

import pytest

from funnel.curriculum import Problem, check_library
from tests.curriculum.examples import FIRST, OFFER, SECOND, SEQUENCE, folder


def told(**changed: bytes) -> list[Problem]:
    return check_library(folder(**changed))[1]


def first(typed: bytes, key: bytes = b'subject: "Welcome"') -> bytes:
    assert key in FIRST
    return FIRST.replace(key, key.partition(b":")[0] + b": " + typed)


@pytest.mark.parametrize("typed", ["yes", "no", "on", "12:30", "010", "1e3", "2027-01-01", "C# and a#b", "0x1F", "_"])
def test_a_subject_is_kept_as_it_was_typed(typed: str) -> None:
    library, problems = check_library(folder(first=first(typed.encode())))
    assert problems == []
    assert library is not None
    assert library.sequences["evenings"].lessons[0].subjects == (typed,)


CUT = [
    ("subject", {"first": first(b"Lesson #3 of 6")}, 'subject: "Lesson #3 of 6"'),
    ("subject with quotes", {"first": first(b'The "why" #3')}, "subject: 'The \"why\" #3'"),
    ("subject on two lines", {"first": first(b"Lesson\n  #3 of 6")}, 'subject: "Lesson #3 of 6"'),
    ("one of two subjects", {"first": first(b"\n  - One #1\n  - Other")}, 'subject: "One #1"'),
    ("subject that begins so", {"first": first(b"#calm")}, 'subject: "#calm"'),
    ("preheader", {"first": first(b"Part #1", b"preheader: How this works")}, 'preheader: "Part #1"'),
    ("subject_discreet", {"first": FIRST.replace(b"day: 0", b"day: 0\nsubject_discreet: Note #1")}, "Note #1"),
    ("content_note", {"first": FIRST.replace(b"day: 0", b"day: 0\ncontent_note: grief #1")}, "grief #1"),
    ("sequence's title", {"sequence": SEQUENCE.replace(b"Two letters", b"Two #letters")}, 'title: "Two #letters"'),
    ("offer's title", {"offer": OFFER.replace(b"A calmer heart", b"A #calmer heart")}, 'title: "A #calmer heart"'),
    ("teaser", {"offer": OFFER.replace(b"A short book.", b"A short book, #1.")}, 'teaser: "A short book, #1."'),
    ("button", {"offer": OFFER.replace(b"Send it to me", b"Send #it")}, 'button: "Send #it"'),
    ("consent", {"offer": OFFER.replace(b"the book, and", b"the book #1, and")}, "the book #1, and one letter"),
    ("thanks", {"offer": OFFER.replace(b"your mail.", b"your mail #now.")}, "your mail #now."),
]


@pytest.mark.parametrize(("files", "fix"), [case[1:] for case in CUT], ids=[case[0] for case in CUT])
def test_a_text_cut_off_by_a_hash_is_shown_whole_in_quotes(files: dict[str, bytes], fix: str) -> None:
    problem = next(problem for problem in told(**files) if problem.code == "cut-off")
    assert problem.severity == "error"
    assert fix in problem.fix
    assert "quotation marks" in problem.fix


def test_only_a_note_close_behind_a_text_gets_a_warning() -> None:
    (problem,) = told(first=first(b"Lesson # three"))
    assert (problem.severity, problem.code, problem.line) == ("warning", "cut-off", 3)
    assert told(first=first(b'"Lesson #3"   # the third')) == []
    assert told(first=first(b"Lesson three      # the third")) == []
    assert told(second=SECOND.replace(b"day: 7", b"day: 7 #a week on")) == []
    assert told(offer=OFFER.replace(b"asset: ebook", b"asset: ebook # the book")) == []


@pytest.mark.parametrize("typed", [b"null", b"Null", b"~"])
def test_a_word_for_nothing_is_no_title(typed: bytes) -> None:
    (problem,) = told(offer=OFFER.replace(b"A calmer heart", typed))
    assert (problem.severity, problem.code, problem.line) == ("error", "not-text", 2)
    assert f'title: "{typed.decode()}"' in problem.fix
    assert told(offer=OFFER.replace(b"A calmer heart", b'"' + typed + b'"')) == []


SLIPS = [
    ("day: 010", {"second": SECOND.replace(b"day: 7", b"day: 010")}, "bad-number", "day: 10"),
    ("day: -1", {"second": SECOND.replace(b"day: 7", b"day: -1")}, "bad-number", "day: 7"),
    ("a huge day", {"second": SECOND.replace(b"day: 7", b"day: 99999999999")}, "bad-number", "day: 7"),
    ("a day in words", {"second": SECOND.replace(b"day: 7", b"day: seven")}, "bad-number", "day: 7"),
    ("8:00", {"second": SECOND.replace(b"day: 7", b"day: 7\nat: 8:00")}, "bad-time", 'at: "08:00"'),
    ("8 am", {"second": SECOND.replace(b"day: 7", b"day: 7\nat: 8 am")}, "bad-time", 'at: "08:00"'),
    ("8:30 pm", {"second": SECOND.replace(b"day: 7", b"day: 7\nat: 8:30 pm")}, "bad-time", 'at: "20:30"'),
    ("12 am", {"second": SECOND.replace(b"day: 7", b"day: 7\nat: 12am")}, "bad-time", 'at: "00:00"'),
    ("20.30 Uhr", {"second": SECOND.replace(b"day: 7", b"day: 7\nat: 20.30 Uhr")}, "bad-time", 'at: "20:30"'),
    ("25:00", {"second": SECOND.replace(b"day: 7", b"day: 7\nat: 25:00")}, "bad-time", '"23:59"'),
    ("Monday", {"sequence": SEQUENCE.replace(b"[mon, tue,", b"[Monday, tue,")}, "unknown-value", "mon"),
    ("Wednesday", {"sequence": SEQUENCE.replace(b"wed,", b"Wednesday,")}, "unknown-value", "wed"),
    ("europe/dublin", {"sequence": SEQUENCE.replace(b"reader", b"europe/dublin")}, "bad-zone", "Europe/Dublin"),
    ("Dublin", {"sequence": SEQUENCE.replace(b"reader", b"Dublin")}, "bad-zone", "Europe/Dublin"),
    ("Reader", {"sequence": SEQUENCE.replace(b"reader", b"Reader")}, "bad-zone", "reader"),
    ("Ebook", {"offer": OFFER.replace(b"kind: ebook", b"kind: Ebook")}, "unknown-value", "ebook"),
    ("a result", {"second": SECOND.replace(b"not booked", b"quiz.result == 'anxius'")}, "only-if", "anxious"),
    ("Anxious", {"second": SECOND.replace(b"not booked", b"quiz.result == 'Anxious'")}, "only-if", "anxious"),
    ("a lesson", {"second": SECOND.replace(b"not booked", b"opened('Welcome')")}, "only-if", "welcome"),
]


@pytest.mark.parametrize(("files", "code", "right"), [case[1:] for case in SLIPS], ids=[case[0] for case in SLIPS])
def test_a_slip_is_told_of_with_the_right_spelling(files: dict[str, bytes], code: str, right: str) -> None:
    problem = next(problem for problem in told(**files) if problem.code == code)
    assert problem.severity == "error"
    assert right in problem.fix


@pytest.mark.parametrize(
    ("condition", "right"),
    [
        ("quiz.result == anxious", "quiz.result == 'anxious'"),
        ("not Booked", "did you mean booked?"),
        ("Weeks >= 2", "did you mean weeks?"),
        ("quiz.result = 'anxious'", "write =="),
        ("wached >= 2", "did you mean watched?"),
    ],
)
def test_a_condition_that_cannot_be_read_says_how_to_write_it(condition: str, right: str) -> None:
    (problem,) = told(second=SECOND.replace(b'"not booked"', b'"' + condition.encode() + b'"'))
    assert (problem.severity, problem.code, problem.line) == ("error", "only-if", 5)
    assert right in problem.message


def test_no_weekday_is_an_error_and_not_every_working_day() -> None:
    days = b"[mon, tue, wed, thu, fri]"
    assert days in SEQUENCE
    (problem,) = told(sequence=SEQUENCE.replace(days, b"[]"))
    assert (problem.severity, problem.code) == ("error", "no-days")
