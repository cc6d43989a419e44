"""What becomes of the files of the data folder that are about one person, by `decisions.FILES`."""

from __future__ import annotations

import re
from pathlib import Path

from funnel.privacy.traces import Traces

_HIT = re.compile(rb'"delivery_id":\s*(\d+)')


def delete_files(data_dir: Path, traces: Traces) -> int:
    """Deletes returned and caught mail that names her, and lines of hits that were set aside; how many files changed.

    Hits on their way into the database are in no file of this: whoever takes them in drops those of an erased reader.
    """
    mails = [*(data_dir / "bounces").rglob("*.eml"), *(data_dir / "outbox").glob("*.eml")]
    changed = sum(_delete_if_named(path, traces) for path in mails)
    return changed + sum(_without_her_lines(path, traces) for path in (data_dir / "hits").glob("*.broken"))


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
