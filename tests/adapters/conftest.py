from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.certificates import make_certificate
from tests.adapters.scripted_server import ScriptedServer


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Starts scripted servers that end with the test."""
    with ExitStack() as stack:

        def start(*args: Any, **options: Any) -> ScriptedServer:
            return stack.enter_context(ScriptedServer(*args, **options))

        yield start


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For localhost and 127.0.0.1."""
    return make_certificate(tmp_path_factory.mktemp("certificate"), "localhost")


@pytest.fixture(scope="session")
def other_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For another server."""
    return make_certificate(tmp_path_factory.mktemp("certificate"), "elsewhere.example.org")
