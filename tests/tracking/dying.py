"""Processes that write hits or take them in, and are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from funnel.tracking.hit import Hit
from tests.conftest import MONDAY
from tests.workers.waiting_for import PATIENCE

ONE = Hit(kind="open", delivery_id=1, at=MONDAY, user_agent="Mozilla/5.0 (X11) Firefox/140.0")

WRITES_AND_DIES = """
import os, sys
from pathlib import Path
from funnel.tracking.hit import Hit
from funnel.tracking.spool import HitSpool
spool = HitSpool(Path(sys.argv[1]))
for line in sys.stdin.buffer:
    spool.write(Hit.from_line(line))
os.kill(os.getpid(), 9)
"""

TAKES_IN_AND_DIES = """
import os, sys
from pathlib import Path
from funnel.tracking import tracking
from funnel.settings import load_settings
from funnel.wiring import build_service
service = build_service(load_settings({}, data_dir=Path(sys.argv[1]), database_url=sys.argv[2], secret_key=sys.argv[3]))
tracking._AT_ONCE = 10
stored, left = tracking._store_all, [1]
def dies(session, *rest):
    stored(session, *rest)
    if not left:
        session.flush()
        os.kill(os.getpid(), 9)
    left.pop()
tracking._store_all = dies
tracking.take_in(service, service.hits)
"""


def run(program: str, *arguments: object, lines: bytes = b"") -> int:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, input=lines, check=False, timeout=PATIENCE).returncode


def left_behind(folder: Path, hits: list[Hit]) -> None:
    """The file of a web process that took these hits and was killed."""
    lines = b"".join(one.to_line() for one in hits)
    assert run(WRITES_AND_DIES, folder, lines=lines) == -signal.SIGKILL


def files(spool_folder: Path) -> list[str]:
    return sorted(path.suffix for path in spool_folder.iterdir())
