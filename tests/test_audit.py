"""An audit that could ask nobody is no audit: `.ci/audit` says so, and fails where there is a hole."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from typing import Any

import pytest

from tests.test_standards import ROOT

CLEAN = {"name": "flask", "version": "3.1.0", "vulns": []}
UNKNOWN = {"name": "granian", "skip_reason": "Dependency not found on PyPI and could not be audited"}
HOLE = {"name": "jinja2", "version": "3.1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.6"]}]}


@pytest.fixture
def judge() -> Callable[[list[dict[str, Any]]], int]:
    found: Callable[[list[dict[str, Any]]], int] = runpy.run_path(str(ROOT / ".ci" / "audit"))["judge"]
    return found


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([CLEAN], 0, "No known hole in 1 of 1 packages."),
        ([UNKNOWN, UNKNOWN], 0, "!!! NOT AUDITED: PyPI told nothing about any of the 2 packages"),
        ([CLEAN, UNKNOWN], 0, "!!! NOT AUDITED: 1 of 2 packages: granian"),
        ([CLEAN, HOLE, UNKNOWN], 1, "jinja2 3.1.0: PYSEC-1, mended in 3.1.6"),
    ],
)
def test_what_is_not_known_is_not_called_clean(
    judge: Callable[[list[dict[str, Any]]], int],
    packages: list[dict[str, Any]],
    code: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert judge(packages) == code
    said = capsys.readouterr().out
    assert words in said
    assert ("No known hole" in said) is (code == 0 and packages[0] is CLEAN)
