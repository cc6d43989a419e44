"""What people write because another program understood it, and this one shows as typed: found, with what to write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it.token import Token

_SMILES = {
    "smile": "😄", "smiley": "😃", "grinning": "😀", "blush": "😊", "wink": "😉", "slightly_smiling_face": "🙂",
    "heart": "❤️", "hug": "🤗", "hugs": "🤗", "pray": "🙏", "thumbsup": "👍", "+1": "👍", "wave": "👋", "star": "⭐",
    "sparkles": "✨", "sun": "☀️", "sunny": "☀️", "seedling": "🌱", "leaves": "🍃", "rose": "🌹", "cry": "😢",
    "tada": "🎉", "muscle": "💪", "bulb": "💡", "warning": "⚠️", "check": "✔️", "white_check_mark": "✅",
}  # fmt: skip
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_SMILE = re.compile(r"(?<![\w:/]):([a-z+][a-z0-9_+-]{1,30}):(?![\w:/])")
# At the beginning of a line of running text.
_LINES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"#{1,6}(?=[^\s#\d])"), "a heading needs a blank after its #", "Write ## and a blank, then the words."),
    (re.compile(r"[-+](?=[^\W\d_])(?=\w+[ \t])"), "a point of a list needs a blank after its sign",
     "Write - and a blank, then the words."),
    (re.compile(r"\d{1,2}[.)](?=[^\W\d_])"), "a numbered point needs a blank after its number",
     "Write 1. and a blank, then the words."),
    (re.compile(r"\|"), "this is no table yet: the line under its first one is missing",
     "Put |---|---| under the first line, one --- for each column, and an empty line before the table."),
    (re.compile(r"\[!(?:note|tip|important|warning|caution)\]", re.I), "this kind of note is not understood",
     "Write :::note on a line, then the words, then ::: on a line."),
    (re.compile(r"::(?!:)[ \t]*[a-z]", re.I), "a block begins with three colons, and ends with three",
     "Write :::practice and a title on a line, then the words, then ::: on a line."),
    (re.compile(r"\[toc\]\s*$", re.I | re.M), "a table of contents is not made here", "Remove it."),
)  # fmt: skip
# Anywhere in running text.
_WORDS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"!\[[^\]\n]*\]\([^)<\n]*\s[^)\n]*\.(?:jpe?g|png|gif|webp)\)", re.I),
     "this picture's name has a blank in it", "Rename the file without blanks: ![what it shows](assets/name.jpg)."),
    (re.compile(r"(?<!\\)\]\s+\((?=https?:|www\.|mailto:|tel:|sms:|\S+\.(?:jpe?g|png|gif|webp)\))", re.I),
     "a link has no blank between its words and its address", "Write [words](https://…)."),
    (re.compile(r"(?<!\\)\([^()\n]{1,200}\)\[(?=https?:|www\.|mailto:|tel:)", re.I),
     "a link has its brackets the other way round", "Write [words](https://…)."),
    (re.compile(r"(?<!!)\[[^\]\n]*\]\((?:https?|mailto|tel|sms):[^)\s]*[ \t]+[^)\"'\s][^)]*\)", re.I),
     "this link's address has a blank in it", "Write the address without blanks: tel:+35315550100."),
    (re.compile(r"!?\[\[[^\]\n]+\]\]"), "this kind of link is not understood", "Write [words](https://…)."),
    (re.compile(r"(?<![=\w])==(?=[^\s=])[^=\n]{1,200}(?<=[^\s=])==(?![=\w])"), "== does not mark words here",
     "Write **words**."),
    (re.compile(r"(?<![+\w])\+\+(?=[^\s+])[^+\n]{1,200}(?<=[^\s+])\+\+(?![+\w])"), "++ does not underline here",
     "Write *words*; a line under words looks like a link."),
    (re.compile(r"\[\^[^\]\s]+\]"), "this footnote has no text", "Write a line [^1]: with the text, below."),
    (re.compile(r"\{[.#][A-Za-z][\w .#-]*\}"), "classes in braces are not understood", "Remove them."),
)  # fmt: skip
# Bold, struck and slanted words, code, and links, where a line is shown as it is.
_MARKED = re.compile(
    r"\*\*(?=\S)[^*\n]{1,200}(?<=\S)\*\*|(?<![\w*])\*(?=[^\W_])[^*\n]{1,200}(?<=\w)\*(?![\w*])|~~(?=\S)[^~\n]{1,200}~~"
    r"|(?<!\w)__(?=\S)[^_\n]{1,200}__(?!\w)|`[^`\n]{1,200}`|\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)"
)
_LEFT = {"**": "bold", "~~": "struck out"}


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something shown as typed: the block it stands in, the text to find there, what is wrong, and what to write."""

    block: Token
    needle: str
    message: str
    fix: str


def oddities(tokens: Sequence[Token], env: Mapping[str, Any]) -> Iterator[Oddity]:
    """All of it. `tokens` and `env` are those of a parser made by `new_parser`."""
    heading: Token | None = None
    for token in tokens:
        heading = token if token.type == "heading_open" else heading
        if token.type == "heading_close" and heading is not None and token.markup in ("-", "="):
            yield from _underlined(heading)
        if token.type == "inline":
            yield from _in_text(token)
    for name, number in env.get("footnotes", {}).get("refs", {}).items():
        if number < 0:
            yield Oddity(
                tokens[0] if tokens else Token("inline", "", 0), f"[^{name[1:]}]:", "nothing points to this footnote",
                f"Write [^{name[1:]}] behind the words it belongs to, or remove it: it is not shown.",
            )  # fmt: skip


def odd_in_line(text: str) -> Iterator[tuple[int, str, str]]:
    """(offset, what is wrong, what to write) for markdown in a line that is none, such as a subject or a title."""
    for found in _SMILE.finditer(text):
        yield found.start(), *_instead_of(found)
    for found in _MARKED.finditer(text):
        yield (
            found.start(),
            f"{found[0][:40]} is shown as typed",
            "This line takes no markdown: write the words only.",
        )


def _instead_of(smile: re.Match[str]) -> tuple[str, str]:
    sign = _SMILES.get(smile[1])
    return f"{smile[0]} is shown as typed", f"Write the sign itself{f': {sign}' if sign else ''}."


def _underlined(heading: Token) -> Iterator[Oddity]:
    if heading.markup == "-" and heading.map and heading.map[1] - heading.map[0] > 2:
        yield Oddity(
            heading, "", "the line of --- under these lines makes a heading of them",
            "Put an empty line before ---, or write ## before a heading.",
        )  # fmt: skip


def _in_text(inline: Token) -> Iterator[Oddity]:
    content = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), inline.content)
    for line in content.split("\n"):
        text = line.lstrip()
        for pattern, message, fix in _LINES:
            if pattern.match(text):
                yield Oddity(inline, text[:12], message, fix)
    shown = [child.content for child in inline.children or () if child.type == "text"]
    for pattern, message, fix in _WORDS:
        for found in pattern.finditer(content):
            if "[^" not in found[0] or any(found[0] in text for text in shown):
                yield Oddity(inline, found[0], message, fix)
    for text in shown:
        for found in _SMILE.finditer(text):
            yield Oddity(inline, found[0], *_instead_of(found))
        for sign, what in _LEFT.items():
            if sign in text and f"\\{sign[0]}" not in content and not re.fullmatch(r"[\s*~]+", text):
                yield Oddity(
                    inline, sign, f"this {sign} is shown as typed",
                    f"Signs touch the words they make {what}: {sign}words{sign}; \\{sign[0]} is the sign itself.",
                )  # fmt: skip
