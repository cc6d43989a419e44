"""What is drawn for a reader once stays drawn."""

from __future__ import annotations

import pytest

from funnel.curriculum import (
    stable_choice,
)


def test_a_choice_of_subject_is_stable_and_even() -> None:
    chosen = [stable_choice(f"{number}:b", 3) for number in range(3000)]
    assert chosen == [stable_choice(f"{number}:b", 3) for number in range(3000)]
    assert all(900 < chosen.count(option) < 1100 for option in range(3))
    with pytest.raises(ValueError, match="nothing"):
        stable_choice("x", 0)
