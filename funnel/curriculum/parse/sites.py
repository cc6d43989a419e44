"""The key `sites` of practice.toml: where the practice's forms may stand, besides its own pages."""

from __future__ import annotations

from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.report import printable
from funnel.curriculum.sites import MOST_SITES, is_bare, is_for_trying, site_origin, wrong_site


def read_sites(fields: Fields) -> tuple[str, ...]:
    """The origins, each once, in the order they were written; what is none is reported with what to write instead."""
    found: list[str] = []
    for item in fields.texts("sites"):
        text = item.text.strip()
        origin = site_origin(text)
        if origin is None or not is_bare(text):
            what, fix = wrong_site(text)
            fields.error(item, "bad-site", f"in sites, {printable(text, 60)} {what}", fix)
            continue
        if origin in found:
            fields.warning(item, "twice", f"sites names {printable(origin, 60)} twice", "Keep one of the two.")
            continue
        if is_for_trying(origin):
            fields.warning(
                item, "for-trying", f"sites names this machine, {origin}: nobody else sees a form there",
                "Take it out once the form stands on your site.",
            )  # fmt: skip
        found.append(origin)
    if len(found) > MOST_SITES:
        fields.error(
            fields.node("sites"), "too-many", f"sites names {len(found)} sites",
            f"Keep at most {MOST_SITES}: browsers are told all of them with every form.",
        )  # fmt: skip
    return tuple(found[:MOST_SITES])
