"""Whether everything that readers see is written in each language in which they are served."""

from __future__ import annotations

from itertools import groupby
from pathlib import PurePosixPath

from funnel.curriculum.model import Library
from funnel.curriculum.parse.report import Report, some_of
from funnel.curriculum.problem import Location
from funnel.curriculum.untranslated import beside, missing_words, untranslated


def check_translated(library: Library, report: Report) -> None:
    """Warns, once for each folder and language, of texts that are not written in a language that is offered."""
    own = library.practice.language
    for code, paths in untranslated(library).items():
        for _folder, some in groupby(paths, key=lambda path: path.rpartition("/")[0]):
            missing = list(some)
            if "practice.toml" in missing:
                missing.remove("practice.toml")
                _practice(library, code, report)
            if missing:
                report.warning(
                    Location(missing[0]), "not-translated",
                    f"not written in {code}, whose readers get it in {own}: {some_of(_names(missing))}",
                    f"Write {beside(missing[0], code)} beside it; docs/translating.md says how.",
                )  # fmt: skip


def _practice(library: Library, code: str, report: Report) -> None:
    report.warning(
        Location("practice.toml"), "not-translated",
        f"not written in {code}, whose readers get it in {library.practice.language}: "
        f"{some_of(missing_words(library, code))}",
        f"Write it in practice.{code}.toml beside it; docs/translating.md says how.",
    )  # fmt: skip


def _names(paths: list[str]) -> list[str]:
    return [PurePosixPath(path).name for path in paths]
