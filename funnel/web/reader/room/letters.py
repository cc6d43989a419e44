"""Her lessons as they were sent, to read again in order, to search and to print: only after a fresh mailed link."""

from __future__ import annotations

from flask import Response, abort, make_response, render_template, request

from funnel.links import Purpose
from funnel.sending.kept_copies import LONGEST_SEARCH, courses_of, kept_copy, search
from funnel.web.context import current_service
from funnel.web.letters import own_letter_page
from funnel.web.reader.room.visit import visit


def listing(token: str) -> Response:
    """Everything she has been sent, or what of it holds the words of `?q=`: a form without a script."""
    found = visit(token, Purpose.OWN_DATA)
    if isinstance(found, Response):
        return found
    service, words = current_service(), request.args.get("q", "")[:LONGEST_SEARCH].strip()
    return make_response(
        render_template(
            "pages/room/letters.html",
            visit=found,
            words=words,
            hits=search(service, found.lead.id, words) if words else None,
            courses=courses_of(service, found.lead.id),
            zone=service.zone_of(found.lead),
        )
    )


def letter(token: str, number: int) -> Response:
    """One lesson as it was sent, with the way to the one before and the one after it. It runs nothing of its own."""
    found = visit(token, Purpose.OWN_DATA)
    if isinstance(found, Response):
        return found
    service = current_service()
    numbers = [each.delivery.number for course in courses_of(service, found.lead.id) for each in course.letters]
    copy = kept_copy(service, found.lead.id, number) if number in numbers else None
    if copy is None:
        abort(404)
    at = numbers.index(number)
    values = {
        "visit": found,
        "before": numbers[at - 1] if at else None,
        "after": numbers[at + 1] if at + 1 < len(numbers) else None,
    }
    return own_letter_page(copy.html, discreet=found.lead.discreet, **values)
