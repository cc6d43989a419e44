"""Error responses: a calm page, or `application/problem+json` (RFC 9457) for programs."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from funnel.language import N_, _
from funnel.web.context import current_service

# Set in the WSGI environment by the tracking layer when a request cannot be answered at the moment.
AWAY = "funnel.away"
_RETRY_SECONDS = 30

log = structlog.get_logger(__name__)

# status: (heading, what to do)
_SAYS: dict[int, tuple[str, str]] = {
    400: (N_("We could not read that"), N_("The request was incomplete. Please go back and try again.")),
    403: (N_("This form came from another site"), N_("Please open our own page and send the form from there.")),
    404: (
        N_("There is nothing here"),
        N_("The link may be incomplete. Please open it from the mail again."),
    ),
    405: (N_("This page cannot be opened this way"), N_("It only accepts a form sent from one of our pages.")),
    410: (N_("This link is no longer known"), N_("What it led to is gone. The links in a newer mail from us work.")),
    413: (N_("That was too long for us"), N_("Please send less text: we accept up to 64 kilobytes.")),
    415: (N_("We cannot read this format"), N_("Send a form, or JSON with the content type application/json.")),
    422: (N_("Something needs another look"), N_("Please look at the fields that are marked.")),
    429: (N_("That was a lot at once"), N_("Please wait an hour, then try again. Nothing is lost.")),
    500: (
        N_("Something went wrong on our side"),
        N_("It is not your fault. We have noted it; please try again later."),
    ),
    503: (N_("We are away for a moment"), N_("Please open the link again in a minute. Nothing is lost.")),
}

_OTHERWISE = (N_("That did not work"), N_("Please go back and try again."))


def prefers_json() -> bool:
    """Whether the client sent JSON, or prefers it to a page."""
    if request.is_json:
        return True
    kinds = request.accept_mimetypes
    return bool(kinds) and kinds.best_match(["text/html", "application/json", "application/problem+json"]) in (
        "application/json",
        "application/problem+json",
    )


def problem(status: int, detail: str, errors: Mapping[str, str] | None = None, **more: str) -> Response:
    """A problem document: type, title, status, detail, and for bad input `errors`, a sentence for each field.

    `more` are further members (RFC 9457, 3.2).
    """
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = dict(errors)
    body |= more
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def problem_page(status: int, heading: str = "", advice: str = "") -> Response:
    """The same for people, in the practice's look unless this process does not know the practice yet."""
    said = _SAYS.get(status, _OTHERWISE)
    values = {"status": status, "heading": heading or _(said[0]), "advice": advice or _(said[1])}
    if current_service().in_force.is_known:
        page = render_template("pages/problem.html", **values)
    else:
        page = current_app.jinja_env.get_template("pages/away.html").render(values)
    return make_response(page, status)


def add_problem_handlers(app: Flask) -> None:
    """Answer every HTTP error and every unexpected exception in the service's own words."""

    @app.before_request
    def away() -> None:
        if AWAY in request.environ:
            raise ServiceUnavailable(retry_after=_RETRY_SECONDS)

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(PoolTimeout)
    def database_away(error: SQLAlchemyError) -> Response:
        log.error("the database is away", page=request.endpoint, error=type(error).__name__)
        return http_error(ServiceUnavailable(retry_after=_RETRY_SECONDS))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or 500
        if error.response is not None or status < 400:
            return make_response(error.get_response())
        heading, advice = _SAYS.get(status, _OTHERWISE)
        # A browser never sends a form in a wrong format, so this is a program that sent no Accept header.
        names_html = "text/html" in request.headers.get("Accept", "")
        if prefers_json() or (status == 415 and not names_html):
            answer = problem(status, f"{_(heading)}. {_(advice)}")
        else:
            answer = problem_page(status)
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                answer.headers[name] = value
        return answer
