"""Confidence intervals of a share, and of the difference between two. Pure; no database."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

LEVEL = 0.95


def normal_bound(level: float = LEVEL) -> float:
    """How many standard deviations to either side cover this part of a normal distribution: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)


def percent(share: float | None) -> str:
    """0.417 as "42%"; never "0%" for something, nor "100%" for not quite all; empty where there is no base."""
    if share is None:
        return ""
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return "99%"
    return f"{share:.0%}"


def wilson(hits: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """The confidence interval (0.0 to 1.0) of a share of which `hits` of `n` were seen, at this `level`.

    Wilson's score interval (1927). Unlike the usual one it is also right for small samples and shares near 0. (0, 1)
    where nothing was seen.
    """
    if n <= 0:
        return 0.0, 1.0
    z = normal_bound(level)
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(one: tuple[int, int], other: tuple[int, int], level: float = LEVEL) -> tuple[float, float]:
    """The confidence interval of the first share minus the second, each given as (hits, n).

    Newcombe's hybrid score interval (1998, method 10), built from both shares' Wilson intervals.
    """
    (hits1, n1), (hits2, n2) = one, other
    if n1 <= 0 or n2 <= 0:
        return -1.0, 1.0
    share1, share2 = hits1 / n1, hits2 / n2
    low1, high1 = wilson(hits1, n1, level)
    low2, high2 = wilson(hits2, n2, level)
    away = share1 - share2
    return (
        away - sqrt((share1 - low1) ** 2 + (high2 - share2) ** 2),
        away + sqrt((high1 - share1) ** 2 + (share2 - low2) ** 2),
    )


def between(hits: int, n: int) -> str:
    """The interval of a share in words: "between 18% and 45%" for 12 of 40; empty where nothing was seen."""
    if n <= 0:
        return ""
    low, high = wilson(hits, n)
    return f"between {percent(low)} and {percent(high)}"
