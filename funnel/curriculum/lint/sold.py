"""Whether what is sold is only sold: nothing free starts it, and its purchase starts something."""

from __future__ import annotations

from funnel.curriculum.names import nearest
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.library import Parts
from funnel.curriculum.parse.nodes import Scalar
from funnel.curriculum.parse.report import Report, printable, some_of
from funnel.curriculum.problem import Location
from funnel.curriculum.references import begun_in
from funnel.curriculum.sold import BOUGHT, bought_tag, offers_selling, sold_by
from funnel.curriculum.tag_names import asked_tag, tag_trigger


def check_sold(parts: Parts, report: Report) -> None:
    """Reports purchases of what is not sold, ways into what is sold that cost nothing, and sales that start nothing."""
    if parts.broken:
        return
    for slug, sequence in parts.sequences.items():
        fields = parts.sources[f"{slug}/sequence.md"].fields
        for key in ("start_on", "stop_when"):
            for item in fields.texts(key):
                _check_is_sold(key, item, fields, parts)
        if offers_selling(sequence):
            _check_free_ways(slug, fields)
        for item in fields.texts("for_offers"):
            if item.text in parts.offers and parts.offers[item.text].paid:
                fields.error(
                    item, "sold", f"nobody signs up for {item.text}: it is sold",
                    f'Write start_on: ["{tag_trigger(bought_tag(item.text))}"] where a purchase is to start this.',
                )  # fmt: skip
    sold = {slug for slug, sequence in parts.sequences.items() if offers_selling(sequence)}
    _check_offers(sold, parts)
    _check_lessons(sold, parts, report)


def _check_is_sold(key: str, item: Scalar, fields: Fields, parts: Parts) -> None:
    tag = asked_tag(item.text)
    if not tag.startswith(BOUGHT):
        return
    offer = tag.removeprefix(BOUGHT)
    if offer not in parts.offers:
        sold = [slug for slug, each in parts.offers.items() if each.paid]
        near = nearest(offer, sold)
        fix = f"Did you mean {bought_tag(near)}?" if near else f"There is: {some_of(sold) or 'nothing that is sold'}."
        fields.error(item, "unknown-value", f"{key} asks for a purchase of {printable(offer)}, which is no offer", fix)
    elif not parts.offers[offer].paid:
        fields.error(
            item, "not-sold", f"{key} asks for a purchase of {offer}, which is free",
            f"Write paid: true in offers/{offer}.md, or use a tag of your own, such as tag:{offer}.",
        )  # fmt: skip


def _check_free_ways(slug: str, fields: Fields) -> None:
    for item in fields.texts("start_on"):
        if item.text != "by_hand" and not asked_tag(item.text).startswith(BOUGHT):
            fields.error(
                item, "sold", f"{slug} is sold, and {printable(item.text)} would start it for nothing",
                f"Take {printable(item.text)} out, or the tag of the purchase.",
            )  # fmt: skip
    if fields.texts("for_offers"):
        fields.error(fields.node("for_offers"), "sold", f"{slug} is sold: no sign-up starts it", "Take for_offers out.")


def _check_offers(sold: set[str], parts: Parts) -> None:
    for slug, offer in parts.offers.items():
        fields = parts.sources[f"offers/{slug}.md"].fields
        if offer.followed_by in sold:
            fields.error(
                fields.node("followed_by"), "sold", f"{offer.followed_by} is sold, and cannot be had by ticking a box",
                "Leave followed_by out, and lead to its page in the last lesson instead.",
            )  # fmt: skip
        if offer.paid and offer.open and not sold_by(parts.sequences.values(), slug):
            trigger = tag_trigger(bought_tag(slug))
            fields.warning(
                fields.node("paid"), "starts-nothing", f"nobody who buys {slug} gets a lesson",
                f'Write start_on: ["{trigger}"] in the sequence that it brings.',
            )  # fmt: skip


def _check_lessons(sold: set[str], parts: Parts, report: Report) -> None:
    for sequence in parts.sequences.values():
        for lesson in sequence.lessons:
            source = parts.sources[lesson.path]
            for number, line in enumerate(source.body.splitlines()):
                for slug in sorted(begun_in(line) & sold):
                    report.error(
                        Location(lesson.path, source.body_line + number), "sold",
                        f"a link begins {slug}, which is sold", "Lead to the page of its offer instead.",
                    )  # fmt: skip
