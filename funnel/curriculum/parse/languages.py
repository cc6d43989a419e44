"""The languages of practice.toml: the one its texts are written in, and others in which readers are served."""

from __future__ import annotations

from funnel.curriculum.languages import likely_language, read_language
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.nodes import Node
from funnel.curriculum.parse.report import printable
from funnel.language import SOURCE, has_catalogue


def own_language(fields: Fields) -> str:
    """The language that the practice's texts are written in."""
    text = fields.text("language")
    if not text:
        return SOURCE
    return _known(fields, "language is not one that is known", fields.node("language"), text) or SOURCE


def other_languages(fields: Fields, own: str) -> tuple[str, ...]:
    """Those beside its own, each once, in the order in which they are written."""
    says = "languages names one that is not known"
    named = (_known(fields, says, item, item.text) for item in fields.texts("languages"))
    return tuple(dict.fromkeys(found for found in named if found and found != own))


def _known(fields: Fields, unknown: str, node: Node | None, text: str) -> str | None:
    found = read_language(text)
    if found is None:
        likely = likely_language(text)
        fields.error(
            node, "bad-language", f"{unknown}: {printable(text)}",
            f'Did you mean "{likely}"?' if likely else 'Write a code such as "en", "de" or "pt-BR" (BCP 47).',
        )  # fmt: skip
        return None
    if not has_catalogue(found):
        fields.warning(
            node, "no-catalogue", f"our own words on pages and in mails are not translated into {found}",
            "Readers get them in English until there is a catalogue: docs/translating.md says how to make one.",
        )  # fmt: skip
    return found
