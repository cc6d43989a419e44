"""Views are written one way: decorated functions on a module's own blueprint."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from flask import Blueprint

import funnel.web

ROOT = Path(funnel.web.__file__).parent
SOURCES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in ROOT.rglob("*.py")}
# One object for each previewed folder, with its views as methods; its docstring says so.
NOT_ON_A_BLUEPRINT = {"preview/app.py"}


def test_no_view_is_registered_but_by_its_decorator() -> None:
    by_hand = {name for name, text in SOURCES.items() if "add_url_rule" in text}
    assert by_hand == NOT_ON_A_BLUEPRINT


@pytest.mark.parametrize("name", sorted(name for name, text in SOURCES.items() if "Blueprint(" in text))
def test_a_blueprint_is_made_once_when_its_module_is_read(name: str) -> None:
    module = importlib.import_module("funnel.web." + name.removesuffix(".py").replace("/", "."))
    assert isinstance(module.blueprint, Blueprint)
    assert SOURCES[name].count("Blueprint(") == 1
