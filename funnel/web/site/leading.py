"""Pages of the practice's own to which our forms lead on, after signing up or confirming, where an offer names one."""

from __future__ import annotations

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from funnel.curriculum.sites import is_listed, site_origin
from funnel.web.context import current_service
from funnel.web.headers import PAGE_POLICY

# Their forms are answered with a redirect, and browsers ask `form-action` about its target too.
_WITH_FORMS = {"pages", "signup", "quiz", "embed", "reader"}


def lead_to(url: str) -> AnyResponse | None:
    """There, and nothing of hers goes along; None where the offer names no page, or its site is not listed any more."""
    if not url or not is_listed(url, current_service().library.practice.sites):
        return None
    return redirect(url, 303)


def let_forms_lead_on(app: Flask) -> None:
    """Let the forms of this app lead to the pages that open offers name. Call it after `add_headers`."""

    @app.after_request
    def allow(response: Response) -> Response:
        if request.blueprint in _WITH_FORMS and (origins := _origins()):
            policy = PAGE_POLICY.replace("form-action 'self'", f"form-action 'self' {' '.join(origins)}")
            response.headers.setdefault("Content-Security-Policy", policy)
        return response


def _origins() -> list[str]:
    if not current_service().in_force.is_known:
        return []  # the page that says we are away has no form
    library = current_service().library
    urls = [url for offer in library.offers.values() for url in (offer.thanks_url, offer.confirmed_url) if url]
    return sorted({origin for url in urls if (origin := site_origin(url)) in library.practice.sites and origin})
