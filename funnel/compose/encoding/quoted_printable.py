"""Lessons as quoted-printable templates (RFC 2045, 6.7): fixed text is encoded once, values when they are filled in.

Encoding a whole mail costs more than all the rest of sending it. So every fragment, fixed or filled, is encoded by
itself, begins at the start of a line and ends with a line end: its own, or a soft one that is not part of the text. No
line begins with a dot, so SMTP has nothing to double (RFC 5321, 4.5.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from jinja2 import Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from funnel.compose.sandbox import sandbox
from funnel.compose.wrapping import wrapped
from funnel.mime import decoded, quoted_printable

SOFT = "=\r\n"
MARK = b"=01"  # before a line that is still to be wrapped: see `wrapping`
_PLACEHOLDER = re.compile(r"\0([a-z0-9_]+)\0")
_LINE = 75  # characters, plus the sign of a soft line end
# Values of one line that need no encoding; a leading dot and a trailing space would.
_PLAIN = re.compile(r"[!-\-/-<>-~](?:[ -<>-~]{0,73}[!-<>-~])?")
# An address of these characters, as our own are, needs no encoding in either part.
_HARMLESS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/._-\n"


class EncodedText(str):
    """A value whose encoded forms are known."""

    __slots__ = ("in_html", "in_text")
    in_html: str
    in_text: str

    def followed_by(self, other: EncodedText) -> EncodedText:
        """Both values joined into one."""
        both = EncodedText(self + other)
        both.in_text, both.in_html = self.in_text + other.in_text, self.in_html + other.in_html
        return both


def placeholder(name: str) -> EncodedText:
    """A value that puts a placeholder of this name, `\\0name\\0`, into a text."""
    found = EncodedText(name)
    found.in_text = found.in_html = f"\0{name}\0{SOFT}"
    return found


def one_after_another(parts: Iterable[str]) -> EncodedText:
    """These values joined into one, for the text part."""
    parts = list(parts)
    ready = EncodedText("".join(parts))
    ready.in_text = "".join(map(_in_text, parts))
    return ready


def encoded(values: Mapping[str, str]) -> dict[str, EncodedText]:
    """The values, ready for the template of either part."""
    texts, htmls = written(values)
    found: dict[str, EncodedText] = {}
    for name, value in values.items():
        ready = EncodedText(value)
        text, html = texts[name].decode("ascii"), htmls[name].decode("ascii")
        ready.in_text, ready.in_html = text and text + SOFT, html and html + SOFT
        found[name] = ready
    return found


def written(values: Mapping[str, str]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Each value as it goes into the text and into the HTML part, without the soft line end that follows it there."""
    joined = "\n".join(("", *values.values())).encode()
    lines = joined.split(b"\n")[1:]
    # A dot at the possible start of a line would have to be encoded.
    if len(lines) == len(values) and not (joined.translate(None, _HARMLESS) or b".." in joined or b"\n." in joined):
        if lines and max(map(len, lines)) > _LINE:
            lines = [_broken(line) for line in lines]
        same = dict(zip(values, lines, strict=True))
        return same, same
    pairs = {name: written_line(value) for name, value in values.items()}
    return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}


@lru_cache(maxsize=4096)
def written_line(line: str) -> tuple[bytes, bytes]:
    """As `written`, for one line. Cached, because many readers share a name and all share one subject."""
    text, html = spell(line).removesuffix(SOFT), spell(str(escape(line))).removesuffix(SOFT)
    return text.encode("ascii"), html.encode("ascii")


def spell(text: str) -> str:
    """The text as quoted-printable that starts a line and ends with a line end; "" for an empty text."""
    if _PLAIN.fullmatch(text):
        return text + SOFT
    # For a text of one line the encoder uses LF for the line ends it adds.
    encoded = quoted_printable(text).decode("ascii").replace("=\n", SOFT)
    while encoded.startswith(".") or "\n." in encoded:
        # A dot at the start of a line means something to SMTP. It gets a line of its own, so that no line grows too
        # long.
        encoded = ("\n" + encoded).replace("\n.", "\n=2E" + SOFT)[1:]
    if not encoded or encoded.endswith("\r\n"):
        return encoded
    start = encoded.rfind("\n") + 1
    if len(encoded) - start > _LINE:
        cut = start + _LINE - 3
        while "=" in encoded[cut - 2 : cut]:
            cut -= 1  # not inside =C3
        encoded = f"{encoded[:cut]}{SOFT}{encoded[cut:]}"
    return encoded + SOFT


@lru_cache(maxsize=512)
def written_template(html: bool, source: str) -> Template:
    """The compiled template of a part's source. `finished` takes its output."""
    env = _HTML if html else _TEXT
    tree = env.parse(source)
    for text in tree.find_all(nodes.TemplateData):
        text.data = spell(text.data)
    return Template.from_code(env, env.compile(tree), {})


def finished(filled: str, *, html: bool) -> bytes:
    """The part as it goes into the mail, without what only held fragments together."""
    if not html:
        # A soft line end before a real one says nothing. Conditions that did not hold leave empty lines behind.
        filled = filled.replace("=\r\n\r\n", "\r\n")
        while "\r\n\r\n\r\n" in filled:
            filled = filled.replace("\r\n\r\n\r\n", "\r\n\r\n")
    return filled.removesuffix(SOFT).encode("ascii")


def read_back(part: bytes) -> str:
    """The text of an encoded part, with its placeholders in place."""
    return decoded(part)


def written_text(text: str) -> bytes:
    """A text with placeholders, encoded for the text part."""
    turns = _PLACEHOLDER.split(text)
    turns[::2] = map(spell, turns[::2])
    turns[1::2] = [placeholder(name).in_text for name in turns[1::2]]
    return finished("".join(turns), html=False)


def broken_into_lines(part: bytes) -> bytes:
    """A filled text part, with the lines wrapped that could not be before."""
    return written_text(wrapped(read_back(part))) if MARK in part else part


def _broken(address: bytes) -> bytes:
    if len(address) <= _LINE:
        return address
    # The next line must not begin with a dot.
    end = _LINE - 1 if address[_LINE : _LINE + 1] == b"." else _LINE
    return address[:end] + SOFT.encode() + _broken(address[end:])


def _in_text(value: object) -> str:
    return value.in_text if type(value) is EncodedText else spell(str(value))


def _in_html(value: object) -> str:
    return value.in_html if type(value) is EncodedText else spell(str(escape(value)))


def _environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    # No autoescape, because a value must be escaped before it is encoded.
    env = sandbox(autoescape=False)
    env.finalize = _in_html if html else _in_text
    return env


_HTML, _TEXT = _environment(html=True), _environment(html=False)
