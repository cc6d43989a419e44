"""pages/<slug>.md and home.md: the practice's own pages, and the texts and pictures of the front page."""

from __future__ import annotations

from funnel.curriculum.links import https_origin
from funnel.curriculum.model import Home, Page
from funnel.curriculum.names import HOME_KEYS, PAGE_KEYS, PAGES, PICTURES
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.filled import filled_text
from funnel.curriculum.practice import Practice
from funnel.curriculum.problem import Location

HOME = "home.md"
_OF_HOME = ("picture", "portrait", "signature", "logo")


def read_page(slug: str, fields: Fields, body: str, body_line: int, practice: Practice | None) -> Page:
    """The page in a file's front matter and text. What is missing is reported; the page is made anyway."""
    fields.only(PAGE_KEYS)
    if slug in PAGES:
        fields.error(
            None, "reserved-name", f'page("{slug}") is one of the reader\'s own pages already',
            "Give the file another name.",
        )  # fmt: skip
    if not body.strip():
        fields.report.error(
            Location(fields.path, body_line), "empty-page", "the page has no text", "Write it below the second ---."
        )
    return Page(
        slug=slug,
        path=fields.path,
        title=filled_text(fields, "title", practice, "Write title: followed by what stands above the page."),
        listed=fields.boolean("listed", True),
        untracked=fields.boolean("untracked", False),
        body=body,
        body_line=body_line,
        exit_to=_exit(fields),
    )


def _exit(fields: Fields) -> str:
    url = fields.text("exit_to")
    if url and https_origin(url) is None:
        fields.error(
            fields.node("exit_to"), "bad-link", "exit_to is not a safe web address",
            "Write the whole address of a harmless page, https://….",
        )  # fmt: skip
        return ""
    return url


def read_home(fields: Fields, assets: frozenset[str], body: str, body_line: int, practice: Practice | None) -> Home:
    """The front page in home.md. What is missing is reported; the page is made anyway."""
    fields.only(HOME_KEYS)
    pictures = {key: _picture(fields, key, assets) for key in _OF_HOME}
    return Home(
        title=filled_text(fields, "title", practice, "Write title: followed by the front page's first words."),
        lead=filled_text(fields, "lead", practice),
        picture=pictures["picture"],
        picture_alt=_words_for(fields, "picture", practice),
        portrait=pictures["portrait"],
        portrait_alt=_words_for(fields, "portrait", practice),
        logo=pictures["logo"],
        logo_alt=_words_for(fields, "logo", practice),
        body=body,
        body_line=body_line,
        signature=pictures["signature"],
        signature_alt=_words_for(fields, "signature", practice),
    )


def _picture(fields: Fields, key: str, assets: frozenset[str]) -> str:
    """The name of a picture below assets, or "" where there is none. A file that is not a picture is reported."""
    name = fields.text(key).removeprefix("assets/")
    if not name:
        return ""
    if name not in assets:
        fields.error(
            fields.node(key), "missing-asset", f"there is no {name[:60]!r} in assets",
            "Put the picture there, or correct the name.",
        )  # fmt: skip
        return ""
    if not name.lower().endswith(PICTURES):
        fields.error(
            fields.node(key), "missing-asset", f"{name[:60]!r} is no picture",
            f"Name a file that ends in {', '.join(PICTURES)}.",
        )  # fmt: skip
        return ""
    return name


def _words_for(fields: Fields, key: str, practice: Practice | None) -> str:
    words = filled_text(fields, f"{key}_alt", practice)
    if fields.node(key) is not None and not words:
        fields.missing(f"{key}_alt", "Write what the picture shows, for those who cannot see it.")
    return words
