"""One-line texts that may name the practice: those of sign-up pages, pages and the front page."""

from __future__ import annotations

from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.practice import Practice
from funnel.curriculum.words import with_practice_words


def filled_text(fields: Fields, key: str, practice: Practice | None, fix: str = "") -> str:
    """The text of `key` as `Fields.text` gives it, with the practice's variables filled. An unknown one is reported.

    If the practice could not be read, which is reported too, the text stays as it is.
    """
    text = fields.text(key, fix)
    if practice is None or "{" not in text:
        return text

    def wrong(offset: int, message: str, what_to_do: str) -> None:
        fields.error(fields.node(key), "unknown-variable", f"{key}: {message}", what_to_do)

    return with_practice_words(text, practice, wrong)
