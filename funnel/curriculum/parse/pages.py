"""pages/<slug>.md and home.md: the practice's own pages, and the words and pictures of the front page."""

from __future__ import annotations

from funnel.curriculum.model import Home, Page
from funnel.curriculum.names import HOME_KEYS, PAGE_KEYS, PAGES
from funnel.curriculum.parse.fields import Fields

HOME = "home.md"
# What the pages of the site show: mail knows fewer kinds.
PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg")
_OF_HOME = ("picture", "portrait", "logo")


def read_page(slug: str, fields: Fields, body: str, body_line: int) -> Page:
    """The page in a file's front matter and text. What is missing is reported; the page is made all the same."""
    fields.only(PAGE_KEYS)
    if slug in PAGES:
        fields.error(
            None, "reserved-name", f'page("{slug}") is one of the reader\'s own pages already',
            "Give the file another name.",
        )  # fmt: skip
    if not body.strip():
        fields.report.error(
            fields.path, body_line, 1, "empty-page", "the page has no text", "Write it below the second ---."
        )
    return Page(
        slug=slug,
        path=fields.path,
        title=fields.text("title", "Write title: followed by what stands above the page."),
        listed=fields.boolean("listed", True),
        untracked=fields.boolean("untracked", False),
        body=body,
        body_line=body_line,
    )


def read_home(fields: Fields, assets: frozenset[str], body: str, body_line: int) -> Home:
    """The front page in home.md. What is missing is reported; the page is made all the same."""
    fields.only(HOME_KEYS)
    pictures = {key: _picture(fields, key, assets) for key in _OF_HOME}
    return Home(
        title=fields.text("title", "Write title: followed by the front page's first words."),
        lead=fields.text("lead"),
        picture=pictures["picture"],
        picture_alt=_words_for(fields, "picture"),
        portrait=pictures["portrait"],
        portrait_alt=_words_for(fields, "portrait"),
        logo=pictures["logo"],
        logo_alt=_words_for(fields, "logo"),
        body=body,
        body_line=body_line,
    )


def _picture(fields: Fields, key: str, assets: frozenset[str]) -> str:
    """The name of a file below assets, or "" where there is none or it is no picture, which is reported."""
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


def _words_for(fields: Fields, key: str) -> str:
    words = fields.text(f"{key}_alt")
    if fields.node(key) is not None and not words:
        fields.missing(f"{key}_alt", "Write what the picture shows, for those who cannot see it.")
    return words
