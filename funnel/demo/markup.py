"""As much of HTML as a person uses: links, pictures, forms. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form as it stands on the page: where it goes, and its fields with what is in them already.

    `kinds` says what a field is (`email`, `text`, `checkbox`, `hidden` …), `ticks` what a tick box sends when ticked.
    `begins_at` is where the page's script says that somebody began to fill it in, where it does.
    """

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    ticks: dict[str, str] = field(default_factory=dict)
    begins_at: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, and the words it is known by, on one line."""

    href: str
    text: str


@dataclass
class ParsedPage:
    """The links, pictures and forms of a page, in order."""

    links: list[Link] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)


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

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a" and values.get("href"):
            self._link = values["href"], []
        elif tag == "img" and values.get("src"):
            self.page.images.append(values["src"])
        elif tag == "form":
            self._form = Form(values.get("action", ""), values.get("method", "get").lower())
            self._form.begins_at = values.get("data-begun", "")
            self.page.forms.append(self._form)
        elif tag in ("input", "button", "select", "textarea") and self._form is not None and values.get("name"):
            self._add_field(self._form, tag, values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "a" and self._link is not None:
            href, words = self._link
            self.page.links.append(Link(href, " ".join("".join(words).split())))
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._link[1].append(data)

    def _add_field(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name, kind = values["name"], values.get("type", "submit" if tag == "button" else "text")
        form.kinds[name] = kind
        if kind in ("checkbox", "radio"):
            form.ticks[name] = values.get("value", "on")
            if "checked" in values:
                form.fields[name] = form.ticks[name]
        elif kind != "submit":
            form.fields[name] = values.get("value", "")
