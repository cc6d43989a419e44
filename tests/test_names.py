"""No public name of the code is defined in two modules with two meanings."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# These have one meaning, and each module that defines them its own part of it.
ONE_MEANING = {
    "parse": "each provider's webhook parser",
    "verify": "each provider's signature check",
    "main": "what a program runs first",
    "deliver": "the job, and what it calls",
}
# Commands of the CLI and views of the web app are called by address, never imported by name.
ADDRESSED = ("blueprint.", "click.", "command.")


def public_names(text: str) -> Iterator[str]:
    """The functions and classes that a module defines for others."""
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not any(ast.unparse(each).startswith(ADDRESSED) for each in node.decorator_list):
            yield node.name


def defined_twice(sources: dict[str, str]) -> dict[str, set[str]]:
    """Each public name that several modules define, with those modules' paths."""
    modules: dict[str, set[str]] = defaultdict(set)
    for path, text in sources.items():
        for name in public_names(text):
            modules[name].add(path)
    return {name: paths for name, paths in modules.items() if len(paths) > 1}


@pytest.fixture(scope="module")
def twice() -> dict[str, set[str]]:
    paths = [path for folder in ("funnel", "workers") for path in (ROOT / folder).rglob("*.py")]
    return defined_twice(
        {str(path.relative_to(ROOT)): path.read_text() for path in paths if "versions" not in path.parts}
    )


def test_no_name_is_given_to_a_second_thing(twice: dict[str, set[str]]) -> None:
    assert {name: paths for name, paths in twice.items() if name not in ONE_MEANING} == {}


def test_names_that_may_occur_twice_do(twice: dict[str, set[str]]) -> None:
    assert set(twice) >= set(ONE_MEANING)


def test_a_view_or_a_command_may_be_called_like_another() -> None:
    view = "@blueprint.get('/')\ndef page(): ...\n"
    assert defined_twice({"a.py": view, "b.py": view, "c.py": "def page(): ...\n"}) == {}
    assert defined_twice({"a.py": "class Rule: ...\n", "b.py": "class Rule: ...\n"}) == {"Rule": {"a.py", "b.py"}}
