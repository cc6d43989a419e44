"""A folder of one's own to write in, the preview of it, and a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.test import TestResponse

from funnel.cli.preview import start, stop_server
from funnel.settings import load_settings, starter
from funnel.web.preview import create_preview
from tests.browsers import chromium as chromium
from tests.web.conftest import text_of

WEEK_1 = "anxious-attachment/week-1"


@dataclass(frozen=True)
class Writing:
    """Somebody who writes in a folder and looks at its preview."""

    sequences: Path
    templates: Path
    app: Flask

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.app.test_client().get(path, headers=headers, buffered=True)

    def text(self, path: str) -> str:
        """What a person reads there."""
        answer = self.get(path)
        assert answer.status_code == 200
        return text_of(answer)

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.sequences / name
        before = path.read_text()
        assert old in before
        path.write_text(before.replace(old, new))


@pytest.fixture
def writing(tmp_path: Path) -> Writing:
    """The starter sequences and templates, copied so that they can be spoiled."""
    for name in ("sequences", "templates"):
        shutil.copytree(starter(name), tmp_path / name)
    app = create_preview(tmp_path / "sequences", tmp_path / "templates")
    return Writing(tmp_path / "sequences", tmp_path / "templates", app)


@pytest.fixture
def site(writing: Writing) -> Iterator[str]:
    """The same folder, behind the server that `funnel preview` starts."""
    settings = load_settings({}, sequences_dir=writing.sequences, templates_dir=writing.templates)
    server = start(settings, 0)
    yield f"http://127.0.0.1:{server.port}"
    stop_server(server)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()
