"""The training: a video with captions, chapters and the whole text, and how far a reader has come."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from funnel.compose.page import PageText
from funnel.curriculum.transcript import below_title
from funnel.enrolment.standing import Standing, standing
from funnel.enrolment.telling import comes_next
from funnel.language import _
from funnel.links import Purpose, number_of
from funnel.models import Lead
from funnel.signing import base36
from funnel.subscription.opening import Opened, open_link
from funnel.tracking.goals import watched
from funnel.web.context import current_now, current_service, find_signup, speak_to_reader
from funnel.web.files import file_response
from funnel.web.headers import PAGE_POLICY
from funnel.web.markup import page_markup
from funnel.web.reader.assets import TrainingFiles, training_files
from funnel.web.reader.discretion import be_discreet
from funnel.web.reader.from_mail import expired

_AN_HOUR = 3600
_SECONDS = re.compile(r"[0-9]{1,5}")

blueprint = Blueprint("watch", __name__)


@blueprint.get("/watch/<token>")
def page(token: str) -> Response:
    """The player with what is said beside it. A film that lies elsewhere is asked for only after a press (`?play`).

    `?at` begins at a second, for chapters and lines that are pressed where no script runs.
    """
    opened, training = _opened(token)
    if not opened.valid:
        return expired(
            find_signup(opened.signup),
            _("This link has expired"),
            _("A link like this works for %(days)s days.", days=180),
        )
    return player(training, _addresses(token), comes_next=comes_next(_standing(opened)))


@dataclass(frozen=True, slots=True)
class PlayerAddresses:
    """The addresses of one viewer's player: those of a blueprint that has `page`, `part` and `progress`."""

    blueprint: str
    values: Mapping[str, Any]

    def page(self, **more: object) -> str:
        return self._url("page", **more)

    def part(self, what: str) -> str:
        return self._url("part", what=what)

    def progress(self) -> str:
        return self._url("progress")

    def _url(self, view: str, **more: Any) -> str:
        return url_for(f"{self.blueprint}.{view}", **self.values, **more)


def player(training: TrainingFiles, at: PlayerAddresses, *, thanks: str = "", comes_next: str = "") -> Response:
    """The page with the film. `thanks` stands above it, for who has just signed up; `comes_next` below."""
    origin = training.said.video_origin
    plays = origin is None or "play" in request.args
    response = make_response(
        render_template(
            "pages/watch.html",
            at=at,
            training=training,
            host=urlsplit(training.said.video_url or "").hostname,
            plays=plays,
            begins=_second(),
            kept_as=base36(number_of(training.said.name)),
            transcript=_transcript(training),
            noted="noted" in request.args,
            thanks=thanks,
            comes_next=comes_next,
        )
    )
    if origin and plays:
        response.headers["Content-Security-Policy"] = f"{PAGE_POLICY}; media-src 'self' {origin}"
    return response


def _second() -> int:
    """Where the address says to begin, in whole seconds; 0 where it says nothing of use."""
    text = request.args.get("at", "")
    return int(text) if _SECONDS.fullmatch(text) else 0


def _transcript(training: TrainingFiles) -> str:
    """The whole text below its heading, which the page has already."""
    text, first_line = below_title(training.transcript)
    path = f"assets/{training.said.transcript}"
    return page_markup(PageText(text, path, first_line), current_service(), 1) if text.strip() else ""


@blueprint.get("/watch/<token>/<any(video, captions, chapters, poster):what>")
def part(token: str, what: str) -> Response:
    opened, training = _opened(token)
    if not opened.valid:
        abort(404)
    return training_part(training, what)


def training_part(training: TrainingFiles, what: str) -> Response:
    """One of a training's files, for this browser alone. Answers 404 where there is none."""
    files: dict[str, tuple[Path | None, str | None]] = {
        "video": (training.video, training.said.video_type),
        "captions": (training.captions, "text/vtt"),
        "chapters": (training.chapters, "text/vtt"),
        "poster": (training.poster, None),
    }
    path, kind = files[what]
    if path is None:
        abort(404)
    response = file_response(path, kind, max_age=_AN_HOUR)
    response.headers["Cache-Control"] = f"private, max-age={_AN_HOUR}"
    return response


@blueprint.post("/watch/<token>/progress")
def progress(token: str) -> AnyResponse:
    """Notes that a quarter (1 to 4) has been watched: from the page's script, or by hand where there is none."""
    quarter = quarter_sent()
    opened, _ = _opened(token)
    if not opened.valid:
        abort(404)
    watched(current_service(), opened, quarter, current_now())
    if "by-hand" in request.form:
        return redirect(_addresses(token).page(noted=""), 303)
    return make_response("", 204)


def quarter_sent() -> int:
    """The quarter (1 to 4) that was sent. Answers 400 to anything else."""
    quarter = request.form.get("quarter", "")
    if quarter not in ("1", "2", "3", "4"):
        abort(400)
    return int(quarter)


def _addresses(token: str) -> PlayerAddresses:
    return PlayerAddresses("watch", {"token": token})


def _standing(opened: Opened) -> Standing:
    """Where whoever has this link stands, whatever she is sent."""
    service = current_service()
    with service.db.read() as session:
        lead = session.get(Lead, opened.lead_id)
        be_discreet(lead)
        return standing(session, service, lead, current_now())


def _opened(token: str) -> tuple[Opened, TrainingFiles]:
    """Whose link this is, and the training that it names. Answers 404 where it opens none."""
    service = current_service()
    opened = open_link(service, Purpose.WATCH, token, current_now())
    if opened is not None:
        speak_to_reader(opened.lead_id)
    training = None if opened is None else training_files(service, opened.name)
    if opened is None or training is None:
        abort(404)
    return opened, training
