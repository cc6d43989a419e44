"""A mail's frame from `templates/email`, rendered once with the practice's texts and with placeholders for the
reader's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from types import CodeType

import css_inline
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.bccache import Bucket
from markupsafe import Markup

from funnel.compose.errors import CompileError
from funnel.compose.placeholders import Placeholders
from funnel.compose.plain import wrap
from funnel.curriculum.countries import country_code
from funnel.curriculum.palette import palette
from funnel.curriculum.practice import Helpline, Practice
from funnel.language import install_into

_GAPS = re.compile(r"\n{3,}")


class CompiledTemplates(BytecodeCache):
    """Compiled templates by their file and its source, kept for the process: all lessons share a few layouts."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key] = (bucket.checksum, bucket.code)


_COMPILED = CompiledTemplates()


class Layout:
    """The templates of one practice.

    In a template, `blank("first_name")` leaves a placeholder for the reader's name, and `tag("if pixel")` …
    `tag("endif")` makes a condition. Its words are in the language that is spoken while it is rendered.
    """

    def __init__(self, templates_dir: Path, practice: Practice) -> None:
        self._folder = templates_dir / "email"
        self._practice = practice
        self._env = Environment(  # nosec B701 # mails have a part in HTML, which is escaped, and one in plain text
            loader=FileSystemLoader(self._folder),
            autoescape=lambda name: bool(name and name.endswith(".html")),  # noqa: S701  # the rest is plain text
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=_COMPILED,
        )
        install_into(self._env)
        self._env.filters.update(dialled=dialled, place=place_of_zone, country=self._country, countries=self._countries)
        self._inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)

    def _country(self, line: Helpline) -> str:
        return country_code(line.country, *self._practice.spoken)

    def _countries(self, lines: Iterable[Helpline]) -> list[str]:
        """The countries of these helplines, each once; empty where the mail does not order them by country."""
        codes = [self._country(line) for line in lines]
        return list(dict.fromkeys(filter(None, codes))) if len(codes) > 1 else []

    def html(self, name: str, placeholders: Placeholders, **values: object) -> str:
        """The source of the HTML template `<name>`, its CSS inlined."""
        page = self._render(
            name,
            blank=lambda expression: Markup(placeholders.keep(f"{{{{ {expression} }}}}")),  # noqa: S704 - ours
            tag=lambda tag: Markup(f"<!--{placeholders.keep(f'{{% {tag} %}}', 'tag')}-->"),  # noqa: S704 - ours
            colour=palette(self._practice.colours),
            **values,
        )
        return placeholders.restore(self._inliner.inline(page))

    def text(self, name: str, placeholders: Placeholders, **values: object) -> str:
        """The source of the text template `<name>`."""
        self._env.filters["wrapped"] = lambda text, indent="": wrap(text, placeholders, indent, indent)
        page = self._render(
            name,
            blank=lambda expression: placeholders.keep(f"{{{{ {expression} }}}}"),
            tag=lambda tag: placeholders.keep(f"{{% {tag} %}}", "tag", 0),
            **values,
        )
        return placeholders.restore(_GAPS.sub("\n\n", page).strip() + "\n")

    def _render(self, name: str, **values: object) -> str:
        try:
            return self._env.get_template(name).render(practice=self._practice, **values)
        except UnicodeDecodeError as error:
            raise CompileError(str(self._folder / name), 1, "This template is not UTF-8: save it as UTF-8") from error
        except TemplateError as error:
            raise CompileError(
                str(self._folder / name), getattr(error, "lineno", None) or 1, f"This template does not work: {error}"
            ) from error


def place_of_zone(zone: str) -> str:
    """The place a time zone is named after: Dublin for Europe/Dublin."""
    return zone.rpartition("/")[2].replace("_", " ")


def dialled(phone: str) -> str:
    """A telephone number for a tel: link (RFC 3966): digits, and a leading plus."""
    # The zero of "+44 (0)20" is dialled only within the country.
    return re.sub(r"[^0-9+]", "", re.sub(r"^(\+[0-9 \u00a0]+)\(0\)", r"\1", phone))
