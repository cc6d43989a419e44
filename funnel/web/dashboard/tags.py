"""Tags on a person's page: each button puts one on her or takes one off, and says what that began and ended."""

from __future__ import annotations

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from funnel.curriculum.sold import BOUGHT
from funnel.curriculum.tag_names import TAG_RULE, is_tag
from funnel.models import Lead, LeadState
from funnel.subscription.refunding import Refund, note_refund
from funnel.subscription.tagging import TagWish, set_tags
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.guard import signed_in
from funnel.web.dashboard.params import LARGEST_ID, form_text

SAID = {
    "tagged": "The tag is put on. No sequence begins or ends by it.",
    "moved": "The tag is put on. What it begins and ends stands below.",
    "not-begun": "The tag is put on. What it starts does not begin: this person has not agreed to it, has had it, or "
    "gets no mail. Where she told you that she agrees, run funnel reader tag with --agreed.",
    "untagged": "The tag is taken off. What it began goes on, and what it ended stays ended.",
    "bought": "Nothing has changed. A purchase is noted with funnel reader bought.",
    "refunded": "The refund is noted. What the purchase had brought has ended; no mail says so, and her room does.",
    "keeps": "The refund is noted. Another purchase of the same still stands, so nothing ends.",
    "not-sold": "Nothing has changed. This is not sold any more, or nobody noted that she bought it.",
    "no-tag": f"Nothing has changed. {TAG_RULE}",
}
"""What the page says after a button, by the word in its address."""


@blueprint.post("/people/<int:lead_id>/tags", endpoint="tag")
def tag(lead_id: int) -> ResponseReturnValue:
    """Puts on the tag that was typed, or takes off the one whose button was pressed."""
    user = signed_in() or abort(401)
    if lead_id > LARGEST_ID:
        abort(404)
    removing, name = form_text("take"), form_text("name")
    if not removing and not is_tag(name):
        return _back(lead_id, "no-tag")
    if name.startswith(BOUGHT):
        return _back(lead_id, "bought")
    if removing.startswith(BOUGHT):
        return _refund(lead_id, removing.removeprefix(BOUGHT), user.email)
    wish = TagWish(remove=(removing,), by=user.email) if removing else TagWish(add=(name,), by=user.email)
    try:
        change = set_tags(current_service(), lead_id, wish, current_now())
    except LookupError:
        abort(404)
    if removing:
        return _back(lead_id, "untagged")
    if change.not_begun:
        return _back(lead_id, "not-begun")
    return _back(lead_id, "moved" if change.began or change.ended else "tagged")


def _refund(lead_id: int, offer: str, by: str) -> ResponseReturnValue:
    """The tag of a purchase goes with the purchase."""
    service = current_service()
    with service.db.read() as session:
        lead = session.get(Lead, lead_id)
    if lead is None or lead.state == LeadState.ERASED:
        abort(404)
    try:
        done = note_refund(service, Refund(lead.email, offer, by), current_now())
    except LookupError:
        return _back(lead_id, "not-sold")
    return _back(lead_id, "keeps" if done.keeps else "refunded")


def _back(lead_id: int, done: str) -> ResponseReturnValue:
    return redirect(url_for("dashboard.person", lead_id=lead_id, done=done), 303)
