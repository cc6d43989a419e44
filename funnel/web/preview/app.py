"""The preview's pages. It listens on this machine only and answers GET only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, make_response, render_template, request, send_from_directory
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException, SecurityError

from funnel.clock import Clock
from funnel.compose.cast import CAST, Character
from funnel.curriculum import Problem
from funnel.settings import starter
from funnel.web.headers import add_headers
from funnel.web.preview.asked import FIELD, answers_asked_by, with_answers_of
from funnel.web.preview.contents import ListedMail, listed_groups
from funnel.web.preview.frame import SANDBOX, for_frame, frame_policy
from funnel.web.preview.harmless_links import EXPLAINED
from funnel.web.preview.rendering import MOST_HTML, Sheet, Studio
from funnel.web.preview.workshop import Snapshot, Workshop
from funnel.web.static_urls import static_urls

# Another site's page may point a name of its own at 127.0.0.1 and could then read what is written here.
_OURS = ["127.0.0.1", "localhost"]
_VIEWS = {"desktop": "Desktop", "phone": "Phone", "text": "Text only"}
_LONGEST_WAIT = 20.0  # machine seconds a page waits for a change before it asks again
_SAYS = {
    404: ("There is nothing here", "The file may have been renamed or removed."),
    500: ("This page could not be made", "The terminal that runs the preview says why. Saving a file tries again."),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How a mail is viewed: for whom, and where. `answered` is what the address says of answers."""

    who: Character
    view: str
    dark: bool
    pictures: bool
    answered: Mapping[str, str]

    def query(self, **changes: str) -> dict[str, str]:
        """The same view as a query string, without defaults; `changes` of "" reset a part."""
        chosen = {
            "as": self.who.key if self.who.key != "ada" else "",
            "view": self.view if self.view != "desktop" else "",
            "dark": "1" if self.dark else "",
            "images": "" if self.pictures else "off",
            **self.answered,
        }
        return {name: value for name, value in (chosen | changes).items() if value}


def create_preview(
    sequences_dir: Path,
    templates_dir: Path,
    *,
    site_url: str = "https://letters.example.org",
    clock: Clock | None = None,
    media: Path | None = None,
    language: str = "",
) -> Flask:
    """The preview of one folder. `site_url` is the site the mails would be sent from, which decides their size.

    Mails are shown in `language`, "" for the practice's own. Pictures are made into the folder `media`, and not shown
    without one. Creating the app reads nothing. `app.extensions["preview"]` is its Workshop; close it so that waiting
    pages end.
    """
    # The preview's own pages belong to the program, not the practice, so they never come from `templates_dir`.
    app = Flask("funnel.web.preview", template_folder=str(starter("templates")))
    app.config.update(TRUSTED_HOSTS=_OURS, SEND_FILE_MAX_AGE_DEFAULT=3600)
    workshop = Workshop(sequences_dir, templates_dir, media)
    app.extensions["preview"] = workshop
    pages = _Pages(workshop, site_url, clock or Clock(), language)
    app.add_url_rule("/", "overview", pages.overview)
    app.add_url_rule("/show/<path:key>", "show", pages.show)
    app.add_url_rule("/frame/<path:key>", "frame", pages.frame)
    app.add_url_rule("/media/<name>", "picture", pages.picture)
    app.add_url_rule("/changes", "changes", pages.changes)
    app.add_url_rule("/link/<name>", "link", pages.link)
    add_headers(app, https=False)
    _add_problem_pages(app, workshop)
    _prepare_templates(app)
    return app


class _Pages:
    """The views of one preview: methods, not blueprint functions, because each app shows its own folder."""

    def __init__(self, workshop: Workshop, site_url: str, clock: Clock, language: str) -> None:
        self._workshop, self._site_url, self._clock = workshop, site_url, clock
        self._studio = Studio(workshop, site_url, language)

    def overview(self) -> str:
        snapshot = self._workshop.look()
        around = _around(self._workshop, snapshot, _look(snapshot), None)
        return render_template("preview/overview.html", **around, **_all_problems(snapshot))

    def show(self, key: str) -> str:
        snapshot = self._workshop.look()
        look = _look(snapshot)
        around = _around(self._workshop, snapshot, look, key)
        entry: ListedMail = around["entry"]
        sheet = self._sheet(snapshot, entry, look)
        gets = entry.lesson is None or entry.sequence is None or look.who.gets(entry.sequence, entry.lesson)
        return render_template(
            "preview/show.html",
            sheet=sheet,
            gets=gets,
            sandbox=SANDBOX,
            kilobytes=f"{sheet.html_bytes / 1000:.0f}",
            too_heavy=sheet.html_bytes > MOST_HTML,
            found=_with_lines(snapshot, snapshot.problems_of(entry.path)),
            asked=answers_asked_by(snapshot, entry),
            elsewhere=sum(problem.path != entry.path for problem in snapshot.problems),
            **around,
        )

    def frame(self, key: str) -> Response:
        """The HTML part for a sandboxed frame."""
        snapshot = self._workshop.look()
        look = _look(snapshot)
        sheet = self._sheet(snapshot, _around(self._workshop, snapshot, look, key)["entry"], look)
        if sheet.page:
            page = make_response(for_frame(sheet.page, look.dark))
            page.headers["Content-Security-Policy"] = frame_policy("")
            return page
        if sheet.mail is None:
            abort(404)
        # A picture is published with its lesson; until then only this machine has it.
        html = sheet.mail.html.replace(f"{self._site_url}/media/", f"{request.host_url}media/")
        response = make_response(for_frame(html, look.dark))
        response.headers["Content-Security-Policy"] = frame_policy(f"{request.host_url}media/" if look.pictures else "")
        return response

    def picture(self, name: str) -> Response:
        if self._workshop.media is None:
            abort(404)
        return send_from_directory(self._workshop.media, name, max_age=0)

    def changes(self) -> Response:
        """Answers as soon as something has been saved since `since`, or after a while if nothing was."""
        since = request.args.get("since", "")
        mark = self._workshop.wait_for_change(since, _LONGEST_WAIT)
        return jsonify(changed=mark != since)

    def link(self, name: str) -> str:
        if name not in EXPLAINED:
            abort(404)
        return render_template("preview/said.html", title="A link of the reader's own", says=EXPLAINED[name], mark="")

    def _sheet(self, snapshot: Snapshot, entry: ListedMail, look: Look) -> Sheet:
        return self._studio.sheet(snapshot, entry, look.who, request.host_url.rstrip("/"), self._clock.now())


def _look(snapshot: Snapshot) -> Look:
    asked = request.args
    who, answered = with_answers_of(CAST.get(asked.get("as", ""), CAST["ada"]), snapshot, asked)
    view = asked.get("view", "")
    return Look(
        who=who,
        view=view if view in _VIEWS else "desktop",
        dark=asked.get("dark") == "1",
        pictures=asked.get("images") != "off",
        answered=answered,
    )


def _around(workshop: Workshop, snapshot: Snapshot, look: Look, key: str | None) -> dict[str, Any]:
    """What every page shows around its content: the list, and the targets of the arrows. Aborts where there is no
    `key`.
    """
    listed = listed_groups(snapshot, workshop.last_good)
    entries = [entry for group in listed for entry in group.entries]
    place = next((place for place, entry in enumerate(entries) if entry.key == key), None)
    if key is not None and place is None:
        abort(404)
    at = -1 if place is None else place
    return {
        "groups": listed,
        "entry": None if place is None else entries[place],
        "before": entries[at - 1] if at > 0 else None,
        "after": entries[at + 1] if at + 1 < len(entries) else None,
        "look": look,
        "cast": CAST,
        "views": _VIEWS,
        "practice": snapshot.parts.practice,
        "field": FIELD,
        "mark": snapshot.mark,
    }


def _all_problems(snapshot: Snapshot) -> dict[str, Any]:
    files: dict[str, list[tuple[Problem, str]]] = {}
    for problem in snapshot.problems:
        files.setdefault(problem.path, []).append((problem, snapshot.line(problem)))
    errors = sum(problem.severity == "error" for problem in snapshot.problems)
    return {"files": files, "errors": errors, "warnings": len(snapshot.problems) - errors}


def _with_lines(snapshot: Snapshot, problems: list[Problem]) -> list[tuple[Problem, str]]:
    return [(problem, snapshot.line(problem)) for problem in problems]


def _add_problem_pages(app: Flask, workshop: Workshop) -> None:
    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or 500
        if isinstance(error, SecurityError):
            # Says nothing about the folder: a visitor using another host name is not meant to be here.
            plain = make_response("The preview answers to 127.0.0.1 and localhost only.\n", 421)
            plain.mimetype = "text/plain"
            return plain
        title, says = _SAYS.get(status, ("That did not work", "Go back and try once more."))
        return make_response(render_template("preview/said.html", title=title, says=says, mark=workshop.mark()), status)

    @app.after_request
    def for_us_alone(response: Response) -> Response:
        # No other site may embed it.
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


def _prepare_templates(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["asset_url"] = static_urls("static", Path(str(app.static_folder)))
    app.jinja_env.filters["begun"] = lambda text: text[:1].upper() + text[1:]  # messages are worded to follow a place
