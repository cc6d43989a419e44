"""Pages are made in threads, and the first of them come together."""

from __future__ import annotations

import subprocess
import sys

from tests.workers.waiting_for import PATIENCE

# A fresh process: what libraries fill at their first use is empty there.
_FIRST_PAGES = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from funnel.curriculum.markdown import new_parser

sys.setswitchinterval(1e-6)
together = Barrier(8)

def page(_):
    parser = new_parser()
    together.wait(10)
    return parser.render("Read [on](https://harbour.example/a%20b) at www.harbour.example or <ada@harbour.example>.")

with ThreadPoolExecutor(8) as pool:
    made = list(pool.map(page, range(8)))
assert len(set(made)) == 1 and "a%20b" in made[0], made
"""


def test_the_first_pages_may_be_made_by_several_threads_at_once() -> None:
    for _ in range(3):
        subprocess.run([sys.executable, "-c", _FIRST_PAGES], check=True, timeout=PATIENCE)
