"""Against 296 real bounces that lie beside the repository. They are read there and never copied."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from funnel.bounces import read_bounce

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "bounces"
NO_BOUNCE = {"vacation", "delivered", "feedback"}
LABELS: dict[str, list[dict[str, Any]]] = (
    json.loads((CORPUS / "labels.json").read_text()) if (CORPUS / "labels.json").is_file() else {}
)
# They say "Action: delayed" and go on trying: RFC 3464, 2.3.3.
DELAYS = {name for name, labels in LABELS.items() if all(label.get("delayed") for label in labels)}

pytestmark = pytest.mark.skipif(not LABELS, reason=f"the labelled bounces are not in {CORPUS.name}: see the docs")


@dataclass
class Score:
    mails: int = 0
    found: int = 0
    recipients: int = 0
    hard: int = 0
    wrongly_suppressed: int = 0
    reason: int = 0

    def __str__(self) -> str:
        return (
            f"{self.mails} bounces, address found {self.found / self.mails:.1%}; {self.recipients} recipients, "
            f"hard right {self.hard / self.recipients:.1%}, "
            f"wrongly suppressed at once {self.wrongly_suppressed / self.recipients:.1%}, "
            f"reason right {self.reason / self.recipients:.1%}"
        )


def entries(file: Path) -> list[bytes]:
    """The mails of one file; one of them is an mbox of two."""
    raw = file.read_bytes()
    return [b"From " + part for part in raw.split(b"\nFrom ")] if raw.startswith(b"From ") else [raw]


@pytest.fixture(scope="module")
def score() -> Score:
    score = Score()
    for name, labels in LABELS.items():
        readings = [read_bounce(raw) for raw in entries(CORPUS / "mail" / name)]
        found = [recipient for reading in readings for recipient in reading.recipients]
        if not all(label["reason"] in NO_BOUNCE for label in labels):
            is_bounce = any(reading.is_delay if name in DELAYS else reading.is_bounce for reading in readings)
            score.mails += 1
            score.found += is_bounce and len(found) == len(labels) and all("@" in each.address for each in found)
        for label, each in zip(labels, [*found, *[None] * len(labels)], strict=False):
            score.recipients += 1
            score.hard += each is not None and each.hard == label["hard"]
            score.wrongly_suppressed += each is not None and each.suppresses and not label["hard"]
            score.reason += each is not None and each.reason == label["reason"]
    return score


def test_the_figures_are_what_was_promised(score: Score, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{score}")
    assert score.found / score.mails >= 0.98
    assert score.hard / score.recipients >= 0.95
    assert score.wrongly_suppressed / score.recipients <= 0.01
    assert score.reason / score.recipients >= 0.88


@pytest.mark.parametrize("name", sorted(DELAYS))
def test_a_delay_notice_is_no_bounce_but_says_why(name: str) -> None:
    reading = read_bounce((CORPUS / "mail" / name).read_bytes())
    assert (reading.is_bounce, reading.is_delay, reading.recipients[0].hard) == (False, True, False)
