"""Errors that people can fix, as one sentence. Everything else stays a traceback, because it is a bug of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from funnel.cli.support.formatting import sentence_of
from funnel.cli.support.options import settings_with
from funnel.settings import SettingsError


class CannotStart(Exception):
    """A sentence for the person at the command line: what prevents it, and what to do."""


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """Raises CannotStart with the sentence of a LookupError: something that was named does not exist."""
    try:
        yield
    except LookupError as error:
        raise CannotStart(sentence_of(error)) from None


def sentence(error: BaseException) -> str | None:
    """The sentence for an error; None where it is not of a kind that a sentence helps with."""
    if isinstance(error, (SettingsError, CannotStart)):
        return str(error)
    if isinstance(error, PermissionError):
        return f"{error.filename} may not be opened by this user: mend its rights, or choose another folder"
    return _of_a_part(error)


def _of_a_part(error: BaseException) -> str | None:
    # Imported only here, after an error: a command that needs none of them starts at once.
    from redis import RedisError
    from sqlalchemy.exc import ArgumentError, DBAPIError

    from funnel.adapters.dkim import DkimKeyError
    from funnel.adapters.url import AdapterUrlError

    if isinstance(error, DkimKeyError):
        return str(error)
    if isinstance(error, AdapterUrlError):
        return f"FUNNEL_MAIL_URL: {error}"
    if isinstance(error, RedisError):
        return f"Redis cannot be reached ({type(error).__name__}): see that it runs and that FUNNEL_REDIS_URL is right"
    if isinstance(error, ArgumentError):
        return "FUNNEL_DATABASE_URL is wrong: write postgresql://user:password@host/name or sqlite:////path/to/file"
    return _of_database(error) if isinstance(error, DBAPIError) else None


def _of_database(error: BaseException) -> str | None:
    from sqlalchemy import make_url
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

    cause = error.orig if isinstance(error, DBAPIError) else None
    if type(cause).__name__ in ("UndefinedTable", "UndefinedColumn") or str(cause).startswith("no such "):
        return "The database has not been prepared for this version: run 'funnel db upgrade'"
    if not isinstance(error, (OperationalError, InterfaceError)):
        return None
    shown = make_url(settings_with().database).render_as_string(hide_password=True)
    return (
        f"The database {shown} cannot be reached ({type(error.orig).__name__}): "
        "see that it runs and that FUNNEL_DATABASE_URL is right"
    )
