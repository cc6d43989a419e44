"""Mails for a person to view: made exactly as for a reader, but with links that open nothing."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path

from funnel.cli.support.problems import CannotStart
from funnel.cli.support.rehearsal import Rehearsal
from funnel.compose import CompiledLesson, CompileError, FillError, fill_lesson
from funnel.compose.cast import CAST, Character
from funnel.compose.compiler import Compiler
from funnel.compose.making import make_pictures
from funnel.curriculum import Library
from funnel.links import Links
from funnel.mail import Mail
from funnel.settings import Settings


def write_mails(settings: Settings, library: Library, rehearsal: Rehearsal, folder: Path) -> int:
    """Writes each lesson this reader would get as <number>-<lesson>.html and .txt. Returns how many.

    Raises CannotStart. Pictures are in `media` beside them.
    """
    sequence, written = rehearsal.sequence, 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shown = [name for name in library.assets if any(f"assets/{name}" in each.body for each in sequence.lessons)]
        pictures, _ = make_pictures(settings.sequences_dir, shown, folder / "media")
        compiler = Compiler(
            library.practice,
            library.pages,
            pictures,
            settings.templates_dir,
            settings.site_url,
            library.help_addresses,
            library.sensitive,
        )
        for number, step in enumerate(rehearsal.steps, start=1):
            if step.passed_over:
                continue
            mail = example(compiler.compile(sequence, step.lesson), settings.site_url, step.due.at, rehearsal.who)
            html = mail.html.replace(f"{settings.site_url}/media/", "media/")
            stem = folder / f"{number:02}-{step.lesson.id}"
            stem.with_name(f"{stem.name}.html").write_text(html, encoding="utf-8")
            stem.with_name(f"{stem.name}.txt").write_text(f"{mail.subject}\n\n{mail.text}", encoding="utf-8")
            written += 1
    except CompileError as error:
        raise CannotStart(str(error)) from None
    except OSError as error:
        raise CannotStart(f"{folder} cannot be written to ({error.strerror}): name another folder") from None
    return written


def example(compiled: CompiledLesson, site_url: str, at: datetime, who: Character = CAST["ada"]) -> Mail:
    """The mail this reader would get, not tracked, so that ordinary links lead where they say.

    Links into the service are signed with a key that is thrown away: they look right and open nothing, so that a copy
    lying about can unsubscribe nobody. Raises CannotStart where it cannot be filled.
    """
    try:
        return fill_lesson(compiled, who.reader(), Links(site_url, (secrets.token_hex(32),)), at)
    except FillError as error:
        raise CannotStart(str(error)) from None
