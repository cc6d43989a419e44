"""The language that is spoken now, and texts said in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from jinja2 import Environment

from funnel.language.catalogues import catalogue

SOURCE = "en"
"""The language that texts are written in, in templates and code."""
_spoken: ContextVar[str] = ContextVar("language", default="")


def language() -> str:
    """The language that is spoken now, as a tag of BCP 47 such as de-AT; English where nobody said which."""
    return _spoken.get() or SOURCE


def spoken() -> str:
    """The same, but "" where nobody said which: then texts of the practice are as it wrote them."""
    return _spoken.get()


def speak(code: str) -> None:
    """Speak this language from now on, in this thread ("": none in particular); `speaking` is for a part of it."""
    _spoken.set(code)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak this language inside."""
    before = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(before)


def _(message: str, /, **values: object) -> str:
    """The message in the language that is spoken, with `values` for its %(placeholders)s."""
    said = _said(message)
    return said % values if values else said


def ngettext(singular: str, plural: str, number: int, /, **values: object) -> str:
    """The message in the form for this number, in the language that is spoken; %(num)s is the number itself."""
    return _said_of(singular, plural, number) % {"num": number, **values}


def N_(message: str) -> str:
    """The message as it is: marked for the catalogues, and said by `_` later."""
    return message


@lru_cache(maxsize=64)
def direction(code: str) -> str:
    """ "rtl" for a language that is written from right to left, else "ltr" (CLDR)."""
    for known in (code, code.partition("-")[0]):
        try:
            return str(Locale.parse(known, sep="-").text_direction)
        except (UnknownLocaleError, ValueError):
            continue
    return "ltr"


@lru_cache(maxsize=64)
def own_name(code: str) -> str:
    """What a language calls itself: Deutsch for de; the tag where nobody knows."""
    try:
        name = Locale.parse(code, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        return code
    return name[:1].upper() + name[1:] if name else code


def install_into(environment: Environment) -> None:
    """Let templates say `_("…")`, `ngettext(…)` and `{% trans %}…{% endtrans %}`, and ask for `language()`."""
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(_said, _said_of, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(language=language, direction=direction)


def _said(message: str) -> str:
    code = language()
    return message if code == SOURCE or not message else catalogue(code).gettext(message)


def _said_of(singular: str, plural: str, number: int) -> str:
    code = language()
    if code == SOURCE:
        return singular if number == 1 else plural
    return catalogue(code).ngettext(singular, plural, number)
