"""Taking a sign-up in, the same at every door: our page, a program's JSON, a form on another site."""

from __future__ import annotations

from dataclasses import replace

import structlog
from flask import request
from sqlalchemy.exc import SQLAlchemyError

from funnel.curriculum.model import Offer
from funnel.curriculum.typos import likely_meant
from funnel.language import _
from funnel.models import Consent, SignupPlace
from funnel.subscription.keeping import carried_result
from funnel.subscription.signup import SignupError, SignupRequest, checked_request, sign_up
from funnel.tracking.goals import count_visit
from funnel.web.context import current_now, current_service
from funnel.web.language import page_language
from funnel.web.site.doubt import OneMoreStep, current_doubt
from funnel.web.site.forms import SignupForm
from funnel.web.visitor import network

log = structlog.get_logger(__name__)


def take_signup(offer: Offer, form: SignupForm, place: SignupPlace = SignupPlace.PAGE) -> Consent | OneMoreStep | None:
    """Signs up who filled this form in: the asking, or what stands before that; None where `form.errors` says why."""
    program = place is SignupPlace.PROGRAM
    asked = replace(_request(offer, form, program=program), place=place)
    try:
        # Only what could be taken counts: somebody who mistypes an address five times is asked for nothing more.
        _, address = checked_request(current_service(), asked)
        ask_whether_meant(form, address, program=program)
        if not form.errors:
            step = current_doubt().step_before(form, request.remote_addr, program=program)
            if step is not None:
                return step
            return sign_up(current_service(), asked, current_now())
    except SignupError as error:
        form.errors.update(error.errors | form.errors)
    return None


def look_over(offer: Offer, form: SignupForm) -> bool:
    """Whether a form, but for its consent, could be taken as it is; else `form.errors` says why not.

    A question that nobody was asked yet is not missing.
    """
    try:
        request_so_far = _request(offer, form, program=False)
        asked = replace(request_so_far, consent=True, answers=request_so_far.answers or None)
        _, address = checked_request(current_service(), asked)
        ask_whether_meant(form, address, program=False)
    except SignupError as error:
        form.errors.update(error.errors | form.errors)
    return not form.errors


def count_form_elsewhere(offer: Offer) -> None:
    """A sign-up without our page counts as a view of it: what is a share of the views is never more than all."""
    try:
        count_visit(current_service(), offer.slug, current_now())
    except SQLAlchemyError:
        log.exception("a visit could not be counted", offer=offer.slug)


def _request(offer: Offer, form: SignupForm, *, program: bool) -> SignupRequest:
    """A browser may send a form of before, with a question that is asked no more; a program is told of it."""
    service, asked = current_service(), {question.name for question in offer.questions}
    return SignupRequest(
        offer=offer.slug,
        email=form.email,
        first_name=form.name,
        zone=form.timezone or None,
        consent=form.consent,
        followed_by=form.followed_by,
        may_measure=form.tracking,
        utm=form.utm,
        language=form.language or page_language(),
        origin=network(request.remote_addr),
        result=carried_result(service, offer.slug, form.result),
        keeps=form.keep,
        discreet=form.discreet,
        answers={name: said for name, said in form.answers.items() if program or name in asked},
    )


def ask_whether_meant(form: SignupForm, address: str, *, program: bool) -> None:
    """Asks once about an address that looks mistyped; whoever sends it again is sure. Nothing is changed unasked."""
    meant = likely_meant(address)
    if meant is None or form.errors or form.sure.strip().casefold() == form.email.strip().casefold():
        return
    form.meant, form.sure = meant, form.email
    named = {"meant": meant, "address": address}
    if program:
        said = _("Did you mean %(meant)s? If %(address)s is right, send it again with sure: true.", **named)
    else:
        said = _("Did you mean %(meant)s? If %(address)s is right, press the button below once more.", **named)
    form.errors["email"] = said
