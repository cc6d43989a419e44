"""What every test would do anew, though it is the same for all and no test is about it: done once, or left out."""

from __future__ import annotations

import gc
import sqlite3
from functools import cache

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


def tidy_less() -> None:
    """What was read and collected before the first test stays to the end: memory is tidied without looking at it."""
    gc.collect()
    gc.freeze()


def hash_quickly() -> None:
    """Passwords are hashed in the same way, but at a strength that costs next to nothing."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    setattr(admins, "_hasher", cache(lambda: quick))  # noqa: B010 - a function that mypy would keep
