"""The addresses of static files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from flask import url_for


def static_urls(endpoint: str, folder: Path) -> Callable[[str], str]:
    """What gives a file's address: with a mark of its content, so that browsers never keep an old one."""

    @cache
    def mark(name: str) -> str:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()[:10]

    return lambda name: url_for(endpoint, filename=name, v=mark(name))
