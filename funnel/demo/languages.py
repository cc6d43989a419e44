"""The starter as it is played: a copy, with texts in a second language and two small courses beside it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from funnel.cli.support.options import PRACTICE_FILE, changed
from funnel.settings import Settings, starter

SECOND = "de"
_BESIDE = Path(__file__).parent / "second_language"
_TOGETHER = Path(__file__).parent / "together"
_SOLD = Path(__file__).parent / "sold"
_COPY = "sequences"
_OWN_LANGUAGE = re.compile(r"^language = .*$", re.MULTILINE)


def with_a_second_language(settings: Settings) -> Settings:
    """The same settings with that copy, below the folder of data, where they name the starter, which speaks only one
    language and leaves no reader waiting. A practice's own folder is played as it is.
    """
    if settings.sequences_dir.resolve() != starter("sequences").resolve():
        return settings
    copy = settings.data_dir / _COPY
    shutil.copytree(settings.sequences_dir, copy, copy_function=shutil.copyfile)
    skipped = shutil.ignore_patterns("README.md")
    for beside in (_BESIDE, _TOGETHER, _SOLD):
        shutil.copytree(beside, copy, ignore=skipped, copy_function=shutil.copyfile, dirs_exist_ok=True)
    practice = copy / PRACTICE_FILE
    said = practice.read_text(encoding="utf-8")
    more = rf'\g<0>\nlanguages = ["{SECOND}"]\nremind = true'
    practice.write_text(_OWN_LANGUAGE.sub(more, said, count=1), encoding="utf-8")
    return changed(settings, sequences_dir=copy)
