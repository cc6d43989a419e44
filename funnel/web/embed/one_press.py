"""Where a plain form of another site leads: our page with everything filled in. One press there signs up."""

from __future__ import annotations

from flask import Response, make_response, render_template, request

from funnel.curriculum.model import Offer
from funnel.language import _
from funnel.web.site.forms import SignupForm, read_form
from funnel.web.site.pages import KIND_NAMES, offer_page, sign_up_values
from funnel.web.site.taking import count_form_elsewhere, look_over


def one_press_page(offer: Offer) -> Response:
    """The page; where something has to be looked at first, the sign-up page that says so. Takes nothing in."""
    if offer.paid:
        return make_response(offer_page(offer, SignupForm()))
    form = read_form(request.form)
    # A box whose sentence stood on another site is ticked here or not at all.
    form.consent, form.followed_by = False, False
    form.opened, form.altcha, form.waited, form.result = "", "", "", ""
    count_form_elsewhere(offer)
    if not look_over(offer, form):
        return make_response(offer_page(offer, form), 422)
    page = render_template(
        "pages/one_press.html", kind=_(KIND_NAMES[offer.kind]), by_press=True, **sign_up_values(offer, form)
    )
    return make_response(page)
