"""What every test would do anew, though it is the same for all and no test is about it: done once, or left out."""

from __future__ import annotations

import fcntl
import gc
import os
import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine, event

from funnel.compose.layout import CompiledTemplates
from funnel.people import admins

# What the service makes password hashes with.
real_hasher = admins._hasher


def compile_pages_once() -> None:
    """An app's pages are compiled once for a process, not again for each app; all apps compile them the same way."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}


def wait_for_no_disk() -> None:
    """SQLite in this process does not wait for the disk, for no test cuts the power: PostgreSQL does not either."""

    @event.listens_for(Engine, "checkout")
    def do_not_wait(connection: object, *_: object) -> None:
        if isinstance(connection, sqlite3.Connection):  # after what the service sets when it connects
            connection.execute("PRAGMA synchronous=OFF")


def tidy_later() -> None:
    """While tests are collected nearly all that is made stays: memory is not tidied until `tidy_the_rest`."""
    gc.disable()


def tidy_the_rest() -> None:
    """From now on memory is tidied without looking at what was made so far."""
    gc.freeze()
    gc.enable()


def hash_quickly() -> None:
    """Passwords are hashed in the same way, but at a strength that costs next to nothing."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    setattr(admins, "_hasher", cache(lambda: quick))  # noqa: B010 - a function that mypy would keep


def made_once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The file that `make` writes at the path it is given, made by the first of the processes that share a test run."""
    beside = folders.getbasetemp()
    shared = (beside.parent if os.environ.get("PYTEST_XDIST_WORKER") else beside) / "made-once"
    shared.mkdir(exist_ok=True)
    path = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # given back when the file is closed
        if not path.exists():
            begun = shared / f"begun-{name}"
            make(begun)
            begun.rename(path)
    return path
