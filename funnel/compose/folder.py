"""Reads a practice's folder and makes everything in it that would be sent or served, to see that it can be made."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

from funnel.compose.film_lengths import film_problems
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
    """What the folder `root` holds, and every problem with it, by file and line.

    1. Read it.
    2. Check every text, and how the texts fit together; `in_use` are the lessons readers get now, by sequence.
    3. Make its files in the folder `into`; with None, only to see that they can be made.
    4. Make every mail for every kind of reader, and every page.

    The library is None only if part of it cannot be read. Nothing may be published while any problem is an error.
    Raises nothing because of the folder's content.
    """
    texts, problems = read_folder(root)
    library, found = check_library(texts, in_use or {})
    problems += found
    if library is None:
        return None, problems
    files, unmade = make_files(root, library, into)
    library = replace(library, files=files)
    wrong = {problem.path for problem in problems if problem.severity == "error"}
    # The check has reported this already, with a column and what to do.
    tried = [*unmade, *film_problems(library, texts)]
    # What could not be made is missing wherever it is shown; that it is broken is all there is to mend.
    missing = [repr(problem.path) for problem in unmade]
    proved = prove(library, texts, templates_dir, site_url)
    tried += [problem for problem in proved if not any(name in problem.message for name in missing)]
    return library, [*problems, *(problem for problem in tried if problem.path not in wrong)]
