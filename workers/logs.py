"""How logs look, said once: short lines for people or JSON for machines, the same for our code and for the libraries.

Logs carry ids, never an address or a name. A traceback shows where, never the values in the exception's message,
because a database puts the whole row there.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from types import TracebackType

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# What our own exceptions say was written by us for the log; what a library says may quote a reader's row.
_OURS = ("funnel", "workers")
# Libraries that tell more about their own working than anybody asked for.
_QUIET = ("rq", "rq.worker", "rq.job", "alembic", "werkzeug", "mail.log", "asyncio", "urllib3")


def set_up_logs(log_format: str, process: str | None = None) -> None:
    """Sends structlog and `logging` to standard error in one form. `log_format` is "text" or "json"."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if log_format == "json" else "%H:%M:%S", utc=log_format == "json"),
        _where_it_happened,
    ]
    if process is not None and log_format == "json":
        shared.insert(0, _naming(process))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False) if log_format == "json" else _as_text
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # What Python itself would print of an exception that nobody caught is its message too.
    sys.excepthook = _log_crash
    threading.excepthook = _log_thread
    sys.unraisablehook = _log_unraisable


def safe_words(error: BaseException) -> str:
    """What may be logged of an exception: our own message in full, of a library's only its type and origin."""
    kind = type(error)
    if kind.__module__.split(".")[0] in _OURS:
        return f"{kind.__name__}: {error}"
    cause = getattr(error, "orig", None)
    return f"{kind.__module__}.{kind.__name__}" + (f" ({type(cause).__name__})" if cause is not None else "")


def places(trace: TracebackType | None) -> str:
    """The way to where it happened: files, lines and source, no values."""
    return "".join(traceback.format_tb(trace)).rstrip()


def _naming(process: str) -> Processor:
    def name(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("process", process)
        return event

    return name


def _where_it_happened(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    if not given:
        return event
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    if error is not None:
        event["exception"] = " <- ".join(safe_words(link) for link in _chain(error))
        event["trace"] = places(error.__traceback__)
    return event


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    seen: set[int] = set()
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _as_text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    level = str(event.pop("level", "info"))
    when, what = event.pop("timestamp", ""), event.pop("event", "")
    trace = event.pop("trace", "")
    rest = " ".join(f"{name}={value}" for name, value in event.items())
    mark = "" if level == "info" else f"{level.upper()} "
    return f"{when} {mark}{what}" + (f"  {rest}" if rest else "") + (f"\n{trace}" if trace else "")


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger("funnel").error("this process ends on an error", exc_info=(kind, error, trace))


def _log_thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_type is SystemExit or given.exc_value is None:
        return
    name = given.thread.name if given.thread is not None else ""
    structlog.get_logger("funnel").error("a thread ends on an error", thread=name, exc_info=given.exc_value)


def _log_unraisable(given: sys.UnraisableHookArgs) -> None:
    """For what is raised where nobody can catch it: while an object is thrown away, or in a callback from C."""
    if given.exc_value is not None:
        structlog.get_logger("funnel").error("an error could not be raised", exc_info=given.exc_value)
