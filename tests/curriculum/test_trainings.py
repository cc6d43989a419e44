"""A training is tried before anybody is led to it: every file is there, and every browser can play it."""

from __future__ import annotations

import pytest

from funnel.curriculum import Problem, Training, check_library
from funnel.curriculum.parse.webvtt import VttError, read_cues
from funnel.curriculum.transcript import below_title
from tests.curriculum.examples import folder

TRAINING = b"""\
title = "First shifts"
minutes = 23
video = "talk.mp4"
captions = "talk.en.vtt"
chapters = "talk.chapters.vtt"
transcript = "talk.md"
poster = "me.jpg"
stand_in = false
"""
TRACK = b"WEBVTT\n\n00:00.000 --> 00:04.500\nAbout this talk\n\n2\n01:00:04.500 --> 01:00:09.000 line:0\nWaiting\n"


def with_training(training: bytes = TRAINING, **assets: bytes) -> dict[str, bytes]:
    files = {
        "talk.toml": training, "talk.mp4": b"", "talk.en.vtt": TRACK, "talk.chapters.vtt": TRACK, "talk.md": b"# All\n",
        "me.jpg": b"", "talk.mov": b"", "notes.txt": b"x",
    }  # fmt: skip
    files |= {name.replace("__", "."): content for name, content in assets.items()}
    return folder() | {f"assets/{name}": content for name, content in files.items()}


def told(files: dict[str, bytes]) -> list[Problem]:
    library, problems = check_library(files)
    assert (library is None) == any(problem.severity == "error" for problem in problems)
    return problems


def instead(old: bytes, new: bytes) -> bytes:
    assert old in TRAINING
    return TRAINING.replace(old, new)


def test_a_training_without_a_fault_is_part_of_the_library() -> None:
    library, problems = check_library(with_training())
    assert problems == []
    assert library is not None
    assert library.trainings == {
        "talk": Training(
            "talk", "First shifts", 23, False, "talk.mp4", "talk.en.vtt", "talk.chapters.vtt", "talk.md", "me.jpg"
        )
    }
    assert library.trainings["talk"].video_type == "video/mp4"
    assert library.trainings["talk"].video_origin is None


CASES = [
    ("broken TOML", instead(b'title = "First shifts"', b'title = "First'), "1:9", "toml"),
    ("no title", instead(b'title = "First shifts"\n', b""), "1:1", "missing-key"),
    ("no video", instead(b'video = "talk.mp4"\n', b""), "1:1", "missing-key"),
    ("minutes in words", instead(b"23", b'"twelve"'), "2:1", "bad-number"),
    ("minutes with a fraction", instead(b"23", b"23.5"), "2:1", "bad-number"),
    ("no minutes at all", instead(b"23", b"0"), "2:1", "bad-number"),
    ("a key mistyped", instead(b"captions", b"caption"), "4:1", "unknown-key"),
    ("a list", instead(b'"talk.en.vtt"', b'["talk.en.vtt"]'), "4:1", "not-text"),
    ("neither true nor false", instead(b"false", b'"perhaps"'), "8:1", "not-boolean"),
    ("a missing video", instead(b"talk.mp4", b"talk.mp5"), "3:1", "missing-asset"),
    ("missing captions", instead(b"talk.en.vtt", b"talk.de.vtt"), "4:1", "missing-asset"),
    ("missing chapters", instead(b"talk.chapters.vtt", b"none.vtt"), "5:1", "missing-asset"),
    ("a missing transcript", instead(b'"talk.md"', b'"text.md"'), "6:1", "missing-asset"),
    ("a missing poster", instead(b"me.jpg", b"you.jpg"), "7:1", "missing-asset"),
    ("a path out of the folder", instead(b"me.jpg", b"../practice.toml"), "7:1", "missing-asset"),
    ("a .mov", instead(b"talk.mp4", b"talk.mov"), "3:1", "unplayable"),
    ("a text as video", instead(b"talk.mp4", b"notes.txt"), "3:1", "unplayable"),
    ("a .mov elsewhere", instead(b"talk.mp4", b"https://video.example.org/talk.MOV?x=1"), "3:1", "unplayable"),
    ("captions that are no track", instead(b"talk.en.vtt", b"notes.txt"), "4:1", "wrong-type"),
    ("a poster that is no picture", instead(b"me.jpg", b"talk.md"), "7:1", "wrong-type"),
    ("http", instead(b"talk.mp4", b"http://video.example.org/talk.mp4"), "3:1", "bad-link"),
    ("ftp", instead(b"talk.mp4", b"ftp://video.example.org/talk.mp4"), "3:1", "bad-link"),
    ("a semicolon", instead(b"talk.mp4", b"https://a.example.org;script-src */t.mp4"), "3:1", "bad-link"),
    ("a semicolon behind", instead(b"talk.mp4", b"https://a.example.org/t.mp4;x"), "3:1", "bad-link"),
    ("a space", instead(b"talk.mp4", b"https://a.example.org /t.mp4"), "3:1", "bad-link"),
    ("a quote", instead(b"talk.mp4", b"https://a.example.org/'unsafe-inline'/t.mp4"), "3:1", "bad-link"),
    ("not UTF-8", instead(b"First shifts", b"\xff"), "1:10", "not-utf-8"),
]


@pytest.mark.parametrize(("training", "where", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_wrong_is_said_at_its_line_with_what_to_do(training: bytes, where: str, code: str) -> None:
    problems = [problem for problem in told(with_training(training)) if problem.severity == "error"]
    found = {(f"{problem.line}:{problem.column}", problem.code) for problem in problems}
    assert (where, code) in found
    assert {problem.path for problem in problems} == {"assets/talk.toml"}
    assert all(problem.fix for problem in problems)


TRACKS = [
    ("srt", b"1\n00:00:00,000 --> 00:00:04,500\nAbout\n", 1),
    ("a comma in a time", TRACK.replace(b"00:04.500", b"00:04,500"), 3),
    ("a minute of 61 seconds", TRACK.replace(b"00:04.500", b"00:61.000"), 3),
    ("an end before its beginning", TRACK.replace(b"01:00:09.000", b"00:00:09.000"), 7),
    ("out of order", TRACK + b"\n00:01.000 --> 00:02.000\nLate\n", 10),
    ("no words", TRACK.replace(b"Waiting\n", b"\n"), 7),
    ("no time at all", b"WEBVTT\n", 1),
]


@pytest.mark.parametrize(("track", "line"), [case[1:] for case in TRACKS], ids=[case[0] for case in TRACKS])
@pytest.mark.parametrize("file", ["talk.en.vtt", "talk.chapters.vtt"])
def test_captions_and_chapters_no_player_reads_are_told_by_line(file: str, track: bytes, line: int) -> None:
    (problem,) = told(with_training() | {f"assets/{file}": track})
    assert (problem.path, problem.line, problem.code) == (f"assets/{file}", line, "bad-track")
    assert problem.fix


def test_a_video_elsewhere_is_played_only_if_its_address_fits() -> None:
    for address, kind, origin in (
        ("https://Video.example.org/t.webm", "video/webm", "https://video.example.org"),
        ("https://video.example.org:8443/t.mp4?token=1", "video/mp4", "https://video.example.org:8443"),
        ("https://films.example.org/123456", None, None),
    ):
        library, problems = check_library(with_training(instead(b"talk.mp4", address.encode())))
        assert library is not None, problems
        talk = library.trainings["talk"]
        assert (talk.video_url, talk.video_type, talk.video_origin) == (address, kind, origin)


def test_a_video_without_captions_is_worth_a_second_look() -> None:
    (problem,) = told(with_training(instead(b'captions = "talk.en.vtt"\n', b"")))
    assert (problem.severity, problem.code, problem.line) == ("warning", "no-captions", 3)


def test_an_unreadable_training_is_the_only_error_told() -> None:
    offer = (
        folder()["offers/ebook.md"].replace(b"kind: ebook", b"kind: training").replace(b"asset: ebook", b"asset: talk")
    )
    problems = told(with_training(b"title =") | {"offers/ebook.md": offer})
    assert [(problem.path, problem.code) for problem in problems if problem.severity == "error"] == [
        ("assets/talk.toml", "toml")
    ]


def test_cues_are_read_in_milliseconds_with_all_their_words() -> None:
    cues = read_cues(
        "\ufeffWEBVTT - chapters\n\nNOTE by Ada\n\nfirst\n01:02:03.500 --> 01:03:00.000 align:start\nLate\nand long\n"
    )
    assert [(cue.start, cue.end, cue.text, cue.line) for cue in cues] == [(3_723_500, 3_780_000, "Late and long", 6)]
    with pytest.raises(VttError):
        read_cues("WEBVTTX\n\n00:00.000 --> 00:01.000\nx")


@pytest.mark.parametrize(
    ("text", "below"),
    [
        ("# All\n\nHello.\n", ("\nHello.\n", 2)),
        ("\r\n# All\r\nHello.", ("Hello.", 3)),
        ("All\n===\nHello.", ("Hello.", 3)),
        ("---\ntitle: All\n---\n# All\nHello.", ("Hello.", 5)),
        ("---\ntitle: All\n---\nHello.", ("Hello.", 4)),
        ("Hello.\nAnd welcome.", ("Hello.\nAnd welcome.", 1)),
        ("## A part\nHello.", ("## A part\nHello.", 1)),
        ("", ("", 1)),
    ],
)
def test_a_transcript_is_read_from_below_its_title_if_any(text: str, below: tuple[str, int]) -> None:
    assert below_title(text) == below


def test_a_transcript_is_checked_like_any_page_that_is_read() -> None:
    text = b"# All\n\n==Well== <b>now</b>\n\n[Nowhere](nowhere) {{ lead.first_name }}\n"
    found = {(problem.path, problem.line, problem.code) for problem in check_library(with_training(talk__md=text))[1]}
    assert found == {("assets/talk.md", line, code) for line, code in (
        (3, "markdown"), (3, "html"), (5, "link"), (5, "unknown-variable"),
    )}  # fmt: skip
