"""What an offer says of its sale: that it is sold, what it costs, and where one pays."""

from __future__ import annotations

from typing import NamedTuple

from funnel.curriculum.links import https_origin, link_kind
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.filled import filled_text
from funnel.curriculum.parse.report import printable
from funnel.curriculum.practice import Practice
from funnel.curriculum.sold import bought_tag
from funnel.curriculum.tag_names import LONGEST_TAG

_LONGEST_PRICE = 60
_NO_FORM = ("followed_by", "followed_by_consent", "thanks_url", "confirmed_url", "asset", "questions")


class Sale(NamedTuple):
    """Of what is free all of it is empty."""

    paid: bool = False
    price: str = ""
    checkout: str = ""


def read_sale(slug: str, kind: str, fields: Fields, practice: Practice | None) -> Sale:
    """Whether an offer is sold, its price as a text, and the address of the practice's own checkout.

    What is missing, or fits no sale, is reported.
    """
    if not fields.boolean("paid", False):
        for key in ("price", "checkout"):
            if fields.node(key) is not None:
                fields.error(
                    fields.node(key), "not-sold", f"{key} is said of what is sold, and this offer is free",
                    f"Write paid: true, or leave {key} out.",
                )  # fmt: skip
        return Sale()
    node = fields.node("paid")
    if kind and kind != "course":
        fields.error(
            node, "paid-kind", f"only a course can be sold, and this is of kind {kind}",
            "Write kind: course, or leave paid out.",
        )  # fmt: skip
    if len(bought_tag(slug)) > LONGEST_TAG:
        most = LONGEST_TAG - len(bought_tag(""))
        fields.error(
            node, "long-name", f"the tag of a purchase, {bought_tag(slug)}, would be too long",
            f"Give the file a name of at most {most} characters.",
        )  # fmt: skip
    for key in _NO_FORM:
        if fields.node(key) is not None:
            fields.error(
                fields.node(key), "no-form", f"{key} belongs to a form, and what is sold has none", f"Leave {key} out."
            )
    price = filled_text(fields, "price", practice, 'Write what it costs, as readers are to see it: price: "EUR 120".')
    if len(price) > _LONGEST_PRICE:
        fields.error(
            fields.node("price"), "too-long", f"price has {len(price)} characters",
            f"At most {_LONGEST_PRICE}, please.",
        )  # fmt: skip
    return Sale(True, price, _checkout(fields))


def _checkout(fields: Fields) -> str:
    """Who pays there types a name and a card, so only an address that is encrypted on the way is led to."""
    url = fields.text("checkout", 'Write where one pays: checkout: "https://…", a page of your own shop.')
    if not url or (https_origin(url) is not None and link_kind(url) == "web"):
        return url
    fields.error(
        fields.node("checkout"), "bad-link", f"checkout is not an https address: {printable(url)}",
        'Write checkout: "https://…", the page where one pays.',
    )  # fmt: skip
    return ""
