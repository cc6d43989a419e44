"""What counts as late and as twice without cause; `make chaos` does the killing."""

from __future__ import annotations

import pytest

from tests.chaos.waited_for import ON_THE_WIRE, Asked, lines, reckon

ADA = "ada@example.org"


@pytest.mark.parametrize(
    ("stood", "came", "breach"),
    [
        ("taken", [1031.0], None),
        ("claimed", [1059.9], None),
        (ON_THE_WIRE, [1000.5, 1031.0], None),
        ("claimed", [1061.0], "late"),
        ("queued", [], "late"),
        ("taken", [1000.5, 1031.0], "twice without cause"),
        ("accepted", [1000.5, 1031.0], "twice without cause"),
        ("", [1000.5, 1031.0], "twice without cause"),
        (ON_THE_WIRE, [1000.5, 1031.0, 1062.0], "more than twice"),
    ],
)
def test_what_counts_as_broken(stood: str, came: list[float], breach: str | None) -> None:
    waits = reckon("sqlite", [Asked(ADA, 1000.0, stood, slow=not stood)], {ADA: came})
    assert [name for name, found in waits.breaches.items() if found] == ([breach] if breach else [])
    assert waits.ok is (breach is None)


def test_the_report_says_how_late_and_what_came_twice() -> None:
    asked = [
        Asked(ADA, 1000.0, ON_THE_WIRE),
        Asked("ben@example.org", 1000.0, "taken"),
        Asked("fay@example.org", 0, "", slow=True),
    ]
    told = "\n".join(lines(reckon("sqlite", asked, {ADA: [1001.0, 1031.0], "ben@example.org": [1030.5]})))
    assert "handing_over     1: there after 1.0 to 1.0 s, half within 1.0; 1 came twice" in told
    assert "taken            1: there after 30.5 to 30.5 s" in told
    assert "late 1, twice without cause 0" in told
