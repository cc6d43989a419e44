"""A practice's folder, read and tried: everything in it that would be sent or served has been made once."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

from funnel.compose.making import make_files
from funnel.compose.proof import prove
from funnel.curriculum import check_library, read_folder
from funnel.curriculum.model import Library, Problem


def examine(
    root: Path,
    templates_dir: Path,
    site_url: str,
    in_use: Mapping[str, AbstractSet[str]] | None = None,
    into: Path | None = None,
) -> tuple[Library | None, list[Problem]]:
    """What the folder `root` holds, and everything that is wrong with it, by file and line.

    1. Read it. 2. Check every text, and how the parts fit together; `in_use` are the lessons readers get now, by
    sequence. 3. Make its files, `into` a folder; with None only to see that they can be made. 4. Make every mail for
    every kind of reader, and every page.

    The library is None only if a part of it cannot be read; nothing may be published while any problem is an error.
    Raises nothing for what the folder holds.
    """
    texts, problems = read_folder(root)
    library, found = check_library(texts, in_use or {})
    problems += found
    if library is None:
        return None, problems
    files, unmade = make_files(root, library, into)
    library = replace(library, files=files)
    wrong = {problem.path for problem in problems if problem.severity == "error"}
    # What the check has found wrong already it has said with a column and with what to do.
    tried = [*unmade, *prove(library, texts, templates_dir, site_url)]
    return library, [*problems, *(problem for problem in tried if problem.path not in wrong)]
