"""What becomes of the files of the data folder that are about one person, by `decisions.FILES`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from funnel.privacy.traces import Traces

MAIL_FILES = (".eml", ".part")  # the latter is being written, or what a killed process left of it
_HIT = re.compile(rb'"delivery_id":\s*(\d+)')

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Cleared:
    """How many files were deleted or changed, and which may name her still: this user may not read or delete them."""

    changed: int = 0
    stuck: list[Path] = field(default_factory=list)


def delete_files(data_dir: Path, traces: Traces) -> Cleared:
    """Deletes returned and caught mail that names her, half-written too, and lines of hits that were set aside.

    Hits on their way into the database are in no file of this: whoever takes them in drops those of an erased reader.
    """
    cleared = delete_mails(data_dir, traces)
    for path in (data_dir / "hits").glob("*.broken"):
        _clear(path, _without_her_lines, traces, cleared)
    return cleared


def delete_mails(data_dir: Path, traces: Traces) -> Cleared:
    """Deletes returned and caught mail that names her, half-written too."""
    cleared = Cleared()
    for folder in ("bounces", "outbox"):
        for path in (data_dir / folder).rglob("*"):
            if path.suffix in MAIL_FILES:
                _clear(path, _delete_if_named, traces, cleared)
    return cleared


def old_mail_files(data_dir: Path, cutoff: datetime) -> list[Path]:
    """Files of mail that were written before `cutoff` (machine time): what came back, and what was caught."""
    kept = (*data_dir.glob("bounces/kept/*.eml"), *data_dir.glob("bounces/*.part"), *data_dir.glob("outbox/*"))
    return [path for path in kept if path.suffix in MAIL_FILES and _written(path) < cutoff.timestamp()]


def delete_file(path: Path) -> bool:
    """False where this user may not; nothing else waits for that."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.error("a file cannot be deleted: delete it by hand", file=str(path), error=type(error).__name__)
        return False
    return True


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _clear(path: Path, work: Callable[[Path, Traces], bool], traces: Traces, cleared: Cleared) -> None:
    """A file that somebody else owns keeps nothing else from being erased."""
    try:
        cleared.changed += work(path, traces)
    except OSError as error:
        log.error("a file may name an erased reader: delete it by hand", file=str(path), error=type(error).__name__)
        cleared.stuck.append(path)


def _delete_if_named(path: Path, traces: Traces) -> bool:
    try:
        if not traces.named_in(path.read_bytes()):
            return False
    except FileNotFoundError:  # read, or pushed out, meanwhile
        return False
    path.unlink(missing_ok=True)
    return True


def _without_her_lines(path: Path, traces: Traces) -> bool:
    """Only the intake writes such a file, and only to its end; what it adds in this moment is of other people."""
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not _is_hers(line, traces)]
    if len(kept) == len(lines):
        return False
    path.write_bytes(b"".join(kept))
    return True


def _is_hers(line: bytes, traces: Traces) -> bool:
    found = _HIT.search(line)
    return (found is not None and int(found[1]) in traces.mails) or traces.named_in(line)
