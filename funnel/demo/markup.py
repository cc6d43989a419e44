"""As much of HTML as a person uses: links, pictures, forms. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_SOURCES = {"img": "images", "iframe": "framed", "script": "scripts"}
# What stands within a piece of text; all else begins and ends one.
_WITHIN = frozenset(
    {"a", "abbr", "b", "br", "code", "em", "i", "img", "q", "s", "small", "span", "strong", "sub", "sup"}
)
# The cells of a mail that hold what was written, and what stands below it.
_LETTER, _FOOTER = "letter", "footer"


@dataclass
class Form:
    """A form as it stands on the page: where it goes, and its fields with what is in them already.

    `kinds` says what a field is (`email`, `text`, `checkbox`, `hidden` …), `ticks` what a tick box sends when ticked.
    `begins_at` is where the page's script says that somebody began to fill it in, where it does. `buttons` are those
    that say which of them was pressed, as (name, value).
    """

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    ticks: dict[str, str] = field(default_factory=dict)
    begins_at: str = ""
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def pressed(self, value: str) -> dict[str, str] | None:
        """What is sent where the button of this value is pressed; None where the form has no such button."""
        found = next((button for button in self.buttons if button[1] == value), None)
        return None if found is None else self.fields | dict([found])


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, and the words it is known by, on one line."""

    href: str
    text: str


@dataclass
class ParsedPage:
    """The links, pictures and forms of a page, in order.

    `framed` are the addresses of its frames, `scripts` those of its scripts, `elements` the attributes of elements with
    names of their own (HTML, custom elements), by that name. `texts` are its headings, paragraphs and the like, each on
    one line, `letter` those of them that a mail holds above its footer. `language` is what it says it is written in.
    """

    links: list[Link] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    framed: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    elements: dict[str, dict[str, str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    letter: list[str] = field(default_factory=list)
    language: str = ""


def parse_page(html: str) -> ParsedPage:
    """What a person can follow, see or fill in on this page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = ParsedPage()
        self._form: Form | None = None
        self._link: tuple[str, list[str]] | None = None
        self._select: str | None = None
        self._text: list[str] = []
        self._unseen = False  # inside a script or a style sheet
        self._in_letter = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.page.language = values.get("lang", "")
        elif tag == "a" and values.get("href"):
            self._link = values["href"], []
        elif tag in _SOURCES and values.get("src"):
            getattr(self.page, _SOURCES[tag]).append(values["src"])
        elif "-" in tag:
            self.page.elements[tag] = values
        elif tag == "form":
            self._form = Form(values.get("action", ""), values.get("method", "get").lower())
            self._form.begins_at = values.get("data-begun", "")
            self.page.forms.append(self._form)
        elif tag in ("input", "button", "select", "textarea") and self._form is not None and values.get("name"):
            self._add_field(self._form, tag, values)
        elif tag == "option" and self._form is not None and self._select is not None:
            self._add_choice(self._form, self._select, values)
        if tag not in _WITHIN:
            self._end_text()
        if tag == "td" and values.get("class") in (_LETTER, _FOOTER):
            self._in_letter = values["class"] == _LETTER
        self._unseen = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = False
        if tag not in _WITHIN:
            self._end_text()
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "a" and self._link is not None:
            href, words = self._link
            self.page.links.append(Link(href, " ".join("".join(words).split())))
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._link[1].append(data)
        if not self._unseen:
            self._text.append(data)

    def close(self) -> None:
        super().close()
        self._end_text()

    def _end_text(self) -> None:
        words = " ".join("".join(self._text).split())
        if words:
            self.page.texts.append(words)
            if self._in_letter:
                self.page.letter.append(words)
        self._text.clear()

    def _add_choice(self, form: Form, name: str, values: dict[str, str]) -> None:
        """A list shows its first entry where none is chosen (HTML, the select element)."""
        if "selected" in values or not form.fields[name]:
            form.fields[name] = values.get("value", "")

    def _add_field(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name, kind = values["name"], values.get("type", "submit" if tag == "button" else "text")
        if kind == "submit":
            form.buttons.append((name, values.get("value", "")))
            return
        form.kinds[name] = kind
        self._select = name if tag == "select" else None
        if kind in ("checkbox", "radio"):
            form.ticks[name] = values.get("value", "on")
            if "checked" in values:
                form.fields[name] = form.ticks[name]
        else:
            form.fields[name] = values.get("value", "")
