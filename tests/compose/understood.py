"""What of markdown is understood: examples that are rendered, and the guide's list that is made of them.

`python -m tests.compose.understood` writes the list into docs/authoring.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from funnel.compose import HouseStyle, Reader, compile_lesson, fill_lesson
from funnel.compose.picture import Picture
from funnel.curriculum.lint.markup import check_markup
from funnel.links import Links
from tests.compose.conftest import PRACTICE, SENT, TEMPLATES, lesson_of, sequence_of

GUIDE = Path(__file__).parents[2] / "docs" / "authoring.md"
_LIST = re.compile(r"(?<=^### What is understood\n).*?(?=^### )", re.DOTALL | re.MULTILINE)
_PICTURES = {"assets/me.jpg": Picture("https://letters.example.org/media/1a.jpg", 300, 200)}


@dataclass(frozen=True)
class Example:
    """What is typed, what it becomes in words, and what of it must be in the HTML part."""

    typed: str
    becomes: str
    html: str


EXAMPLES = (
    Example("A blank line\n\nbegins a new paragraph.", "two paragraphs", "A blank line</p>"),
    Example("Warmly,\nAda", "two lines: a line with room for the next word was ended on purpose", "Warmly,<br>"),
    Example("One line\\\nand the next", "two lines, whatever their length", "One line<br>"),
    Example("*leaning* and **bold**", "leaning and bold words", "<em>leaning</em> and <strong>bold</strong>"),
    Example("~~struck~~", "struck out words", "<s>struck</s>"),
    Example("## A heading", "a heading; fewer # make a larger one", "A heading</h2>"),
    Example("- one\n- two", "a list", "<li>one</li>"),
    Example("1. one\n2. two", "a list with numbers", "<ol>"),
    Example("- [ ] to do\n- [x] done", "a list with boxes", "☑"),
    Example("> Somebody said so.", "a quotation", "<blockquote>"),
    Example("---", "a short line; leave a blank line above it", "<hr>"),
    Example("[words](https://example.org/)", "a link", ">words</a>"),
    Example("https://example.org/page", "a link, as is www.example.org", ">https://example.org/page</a>"),
    Example("hello@example.org", "a mail link", 'href="mailto:hello@example.org"'),
    Example("[Ring us](tel:+35315550100)", "a telephone link, never counted; sms: too", 'href="tel:+35315550100"'),
    Example("![Me at my desk](assets/me.jpg)", "a picture from the folder `assets`", 'alt="Me at my desk"'),
    Example("| When | What |\n|---|---|\n| Night | Rest |", "a table; on a phone, a list", 'scope="col"'),
    Example("Words.[^1]\n\n[^1]: A note.", "a footnote at the end", "<sup>1</sup>"),
    Example("Words.^[A note.]", "the same, written in place", "<sup>1</sup>"),
    Example("`as typed`", "words as they were typed", "<code>as typed</code>"),
    Example(
        "    four blanks first",
        "a block as it was typed; lines of three backticks above and below do the same",
        "<pre><code>",
    ),
    Example("\\*no star\\*", "the sign itself, with a backslash before it", "*no star*"),
    Example('"so", she said', "the quotation marks of your language", "“so”"),
)
# What other programs understand: the check says what to write here.
OTHERS = (
    "#Title", "[words] (https://example.org)", "(words)[https://example.org]", ":smile:", "==words==", "++words++",
    "[[page]]", "** words **", "-point of a list", "1.First", "| a | b |", "words[^9]", "> [!NOTE]", "::practice",
    "<b>words</b>", "<br>", "[ring](tel:01 555)", "![me](assets/my photo.jpg)", "![me](https://example.org/me.jpg)",
)  # fmt: skip


def rendered(typed: str) -> tuple[str, str]:
    """The HTML of the letter without its styles, and its text part."""
    lesson = lesson_of(typed)
    compiled = compile_lesson(
        sequence_of(lesson), lesson, HouseStyle(PRACTICE, TEMPLATES, "letters.example.org", pictures=_PICTURES)
    )
    mail = fill_lesson(
        compiled, Reader(1, 1, 1, 1, "ada@example.org", "none"), Links("https://letters.example.org", ("k" * 32,)), SENT
    )
    letter = mail.html.partition('role="article"')[2].partition('class="footer"')[0]
    html = re.sub(r' (?:style|class|align)="[^"]*"', "", letter.partition(">")[2])
    return html, mail.text.partition("\n" + "-" * 60)[0].strip("\n")


def advice(typed: str) -> list[tuple[bool, str, str]]:
    """For all that the check finds in it: whether it is an error, what is wrong, and what to write."""
    said: list[tuple[bool, str, str]] = []
    check_markup(typed, [], False, lambda _, error, __, message, fix: said.append((error, message, fix)), set())
    return said


def made_list() -> str:
    """The section of the guide."""
    rows = [f"| {_cell(each.typed)} | {each.becomes} | {_cell(rendered(each.typed)[1])} |" for each in EXAMPLES]
    others = [f"| {_cell(typed)} | {_plain(advice(typed)[0][2])} |" for typed in OTHERS]
    return "\n".join(
        [
            "",
            "In lessons, pages, sign-up pages, the transcript and the e-book. ⏎ is the end of a line.",
            "",
            "| write | and it becomes | in the plain text of the mail |",
            "|---|---|---|",
            *rows,
            "",
            "Other programs understand more. `funnel check` names each such place and what to write in its stead:",
            "",
            "| not understood | instead |",
            "|---|---|",
            *others,
            "",
            "",
        ]
    )


def written_list() -> str:
    """The section as it stands in the guide."""
    found = _LIST.search(GUIDE.read_text(encoding="utf-8"))
    return found[0] if found else ""


def _cell(text: str) -> str:
    shown = text.replace("|", "\\|").replace("\n", "⏎")
    fence = "``" if "`" in shown else "`"
    room = " " if fence == "``" else ""
    return f"{fence}{room}{shown}{room}{fence}"


def _plain(text: str) -> str:
    return re.sub(r"([*_\[\]`~#<>|\\])", r"\\\1", text)


if __name__ == "__main__":
    text = GUIDE.read_text(encoding="utf-8")
    GUIDE.write_text(_LIST.sub(lambda _: made_list(), text), encoding="utf-8")
