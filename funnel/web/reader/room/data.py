"""All that is kept of her, to take along; and having it erased. Only by the link that was mailed to her for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from flask import Response, make_response

from funnel.curriculum.questions import Answer
from funnel.links import Purpose
from funnel.models import Lead
from funnel.privacy.export import export
from funnel.subscription.answering import own_questions
from funnel.subscription.keeping import own_result
from funnel.web.context import current_now, current_service
from funnel.web.reader.room.pressed import ActionResult, Form
from funnel.web.reader.room.visit import visit
from funnel.web.site.forms import typed_answers


def copy(token: str) -> Response:
    """All that is kept of her as one file, made this moment."""
    found = visit(token, Purpose.OWN_DATA)
    if isinstance(found, Response):
        return found
    response = make_response(export(current_service(), found.lead, current_now()))
    response.headers["Content-Type"] = "application/zip"
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response


def answers_of_hers(lead: Lead, form: Form | None, said: ActionResult | None) -> dict[str, object]:
    """What fills `pages/_questions.html` in her room: her answers, or where one cannot be taken what she typed."""
    questions, kept = own_questions(current_service(), lead.id)
    shown: Mapping[str, object] = typed_answers(form) if form is not None else {k: _typed(v) for k, v in kept.items()}
    wrong = {} if form is None or said is None else said.values["wrong"]
    return {"questions": questions, "answers": shown, "wrong": wrong, "kept": bool(kept)}


def _typed(answer: Answer) -> list[str]:
    if isinstance(answer, bool):
        return ["yes" if answer else "no"]
    return [answer] if isinstance(answer, str) else list(answer)


class OwnResult(NamedTuple):
    """The result of her quiz in the words of its page, and until when (UTC) it is kept at the latest."""

    says: str
    until: datetime


def result_of(lead: Lead) -> OwnResult | None:
    """What is kept of her quiz; None where nothing is."""
    service = current_service()
    found = own_result(service, lead.id, current_now())
    if found is None:
        return None
    slug, region, until = found
    offer = service.library.offers.get(slug)
    words = None if offer is None or offer.quiz is None else offer.quiz.results.get(region)
    return OwnResult(words.title if words else region, until)
