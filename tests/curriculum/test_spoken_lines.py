"""What captions say, as lines to be read beside the film."""

from __future__ import annotations

from funnel.curriculum.parse.webvtt import Cue, as_clock, plain, spoken_lines


def cues(*said: tuple[int, int, str]) -> list[Cue]:
    return [Cue(start, end, text, 1) for start, end, text in said]


def test_captions_are_joined_to_sentences_and_lose_their_marks() -> None:
    lines = spoken_lines(
        cues(
            (0, 1000, "<v Ada>Hello &amp;"), (1000, 2000, "<i>welcome</i>."), (2000, 3000, "[a door]"),
            (3000, 4000, "So then"), (4400, 5000, "we begin"), (5000, 6000, "now?”"), (6000, 7000, "<c.x></c>"),
            (7000, 8000, "Good"),
        )
    )  # fmt: skip
    assert [(line.start, line.end, line.text) for line in lines] == [
        (0, 2000, "Hello & welcome."), (2000, 3000, "[a door]"), (3000, 4000, "So then"),
        (4400, 6000, "we begin now?”"), (7000, 8000, "Good"),
    ]  # fmt: skip
    endless = spoken_lines(cues(*((at, at + 1, "and on it goes") for at in range(1000))))
    assert max(len(line.text) for line in endless) <= 255


def test_marks_and_times_are_as_webvtt_and_players_have_them() -> None:
    assert plain("<b>1 &lt; 2</b>\n<00:01.000>next") == "1 < 2 next"
    assert [as_clock(seconds) for seconds in (0, 59, 270, 3600, 3723)] == ["0:00", "0:59", "4:30", "1:00:00", "1:02:03"]
