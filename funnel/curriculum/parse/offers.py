"""offers/<slug>.md: what a visitor signs up for, and the words of the sign-up page."""

from __future__ import annotations

from funnel.curriculum.model import Offer
from funnel.curriculum.names import OFFER_KEYS, OFFER_KINDS, QUIZ_KEYS
from funnel.curriculum.parse.fields import Fields, plain
from funnel.curriculum.parse.nodes import Table


def read_offer(slug: str, fields: Fields, body: str) -> Offer:
    """The offer in a file's front matter and text. What is missing is reported; the offer is made all the same."""
    kind = fields.choice("kind", OFFER_KINDS)
    fields.only({**OFFER_KEYS, **QUIZ_KEYS} if kind == "quiz" else OFFER_KEYS)
    asset = fields.text("asset") or None
    if kind in ("ebook", "training") and asset is None:
        fields.missing("asset", f"Write asset: followed by the name of the file in assets that this {kind} is.")
    return Offer(
        slug=slug,
        title=fields.text("title", "Write title: followed by what it is called."),
        kind=kind,
        open=fields.boolean("open", True),
        teaser=fields.text("teaser", "Write one sentence for the front page."),
        button=fields.text("button", "Write the words on the button."),
        consent=fields.text("consent", "Write the sentence beside the tick box: what will be sent, and how to stop."),
        thanks=fields.text("thanks", "Write a sentence or two for the page after signing up."),
        asset=asset,
        body=body,
        extra=_quiz(fields) if kind == "quiz" else {},
    )


def _quiz(fields: Fields) -> dict[str, object]:
    extra = {name: plain(entry.value) for name, entry in fields.table.entries.items() if name in QUIZ_KEYS}
    for key in ("statements", "results"):
        if key not in extra:
            fields.missing(key, f"A quiz needs its {key}.")
    statements = fields.node("statements")
    for item in getattr(statements, "items", ()):
        if isinstance(item, Table):
            inner = Fields(fields.path, item, fields.report)
            inner.text("id", "Every statement needs an id that stays the same.")
            inner.text("text", "Every statement needs its text.")
            inner.text("scale", "Every statement needs the scale it counts for.")
        else:
            fields.error(item, "not-a-table", "a statement is not a list of keys", "Write {id: …, scale: …, text: …}.")
    return extra
