"""offers/<slug>.md: what a visitor signs up for, and the text of the sign-up page."""

from __future__ import annotations

from funnel.curriculum.model import Offer
from funnel.curriculum.names import OFFER_KEYS, OFFER_KINDS, QUIZ_KEYS
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.filled import filled_text
from funnel.curriculum.parse.paid import read_sale
from funnel.curriculum.parse.questions import read_questions
from funnel.curriculum.parse.quiz import read_quiz
from funnel.curriculum.parse.report import Report, printable
from funnel.curriculum.practice import Practice
from funnel.curriculum.quiz import Quiz
from funnel.curriculum.sites import site_origin, wrong_site


def read_offer(slug: str, fields: Fields, body: str, practice: Practice | None) -> Offer:
    """The offer in a file's front matter and text, with the practice's variables filled.

    What is missing is reported; the offer is made anyway.
    """
    kind = fields.choice("kind", OFFER_KINDS)
    fields.only({**OFFER_KEYS, **QUIZ_KEYS} if kind == "quiz" else OFFER_KEYS)
    asset = fields.text("asset") or None
    if kind in ("ebook", "training") and asset is None:
        fields.missing("asset", f"Write asset: followed by the name of the file in assets that this {kind} is.")
    is_open = fields.boolean("open", True)
    followed_by = fields.text("followed_by")
    what_for = "Write the sentence beside the second box: what comes afterwards, and how to stop."
    beside_box = filled_text(fields, "followed_by_consent", practice, what_for if followed_by else "")
    if beside_box and not followed_by:
        fields.missing("followed_by", "Name the sequence that the second box asks for, or leave its sentence out.")
    sale = read_sale(slug, kind, fields, practice)
    quiz = _quiz(fields, practice, is_open) if kind == "quiz" else None
    thanks_for = "Write a sentence or two for the page after signing up."
    return Offer(
        slug=slug,
        title=filled_text(fields, "title", practice, "Write title: followed by what it is called."),
        kind=kind,
        open=is_open,
        teaser=filled_text(fields, "teaser", practice, "Write one sentence for the front page."),
        button=filled_text(fields, "button", practice, "Write the words on the button."),
        consent=filled_text(
            fields, "consent", practice, "Write the sentence beside the tick box: what will be sent, and how to stop."
        ),
        thanks=filled_text(fields, "thanks", practice, "" if sale.paid else thanks_for),
        asset=asset,
        body=body,
        quiz=quiz,
        followed_by=followed_by,
        followed_by_consent=beside_box,
        thanks_url=_own_page(fields, "thanks_url", practice),
        confirmed_url=_own_page(fields, "confirmed_url", practice),
        questions=read_questions(fields, practice),
        paid=sale.paid,
        price=sale.price,
        checkout=sale.checkout,
    )


def _own_page(fields: Fields, key: str, practice: Practice | None) -> str:
    """The address of a page on a listed site; "" where there is none, or it is reported."""
    text, node = fields.text(key), fields.node(key)
    origin = site_origin(text) if text else None
    if not text:
        return ""
    if origin is None:
        what, fix = wrong_site(text)
        fields.error(node, "bad-url", f"{key}, {printable(text, 60)}, {what}", fix)
        return ""
    if practice is not None and origin not in practice.sites:
        fields.error(
            node, "site-not-listed", f"{key} is on {printable(origin, 60)}, which is none of your sites",
            f'Add it in practice.toml: sites = ["{origin}"].',
        )  # fmt: skip
        return ""
    if key == "thanks_url" and fields.text("kind") == "training":
        fields.warning(
            node, "not-shown", "thanks_url is not shown: after its form a training plays at once",
            "Take it out; confirmed_url is for the page after confirming.",
        )  # fmt: skip
    return text


def _quiz(fields: Fields, practice: Practice | None, is_open: bool) -> Quiz | None:
    """The quiz of an offer; None while it is unfinished and not open, which is no reason to stop everything else."""
    if is_open:
        return read_quiz(fields, practice)
    aside = Report()
    quiz = read_quiz(Fields(fields.path, fields.table, aside), practice)
    fields.report.add_as_warnings(aside.problems)
    return None if aside.count_errors() else quiz
