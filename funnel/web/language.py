"""In which language a page is said: what its address says, else what its reader chose, else what the browser asks for.

Only languages that the practice offers count. Nothing is stored for it: a visitor's choice goes along in the addresses.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, has_request_context, request, url_for

from funnel.editions.in_force import InForce
from funnel.language import SOURCE, language, own_name, speak
from funnel.models import Lead, Signup

_EXTENSION = "funnel.language"
_KEY = "lang"
# What colleagues see is in English.
_IN_ENGLISH = {"dashboard", "sign_in", "outbox"}
_CARRY_IT_ON = {"pages.home", "pages.offer", "pages.thanks", "practice_pages.page", "signup.sign_up", "quiz.result"}
_CARRY_IT_ON |= {"embed.frame", "embed.frame_thanks", "watch.page", "watch.part", "downloads.download"}
_CARRY_IT_ON |= {"watch_now.page", "watch_now.part", "finding_help.page", "read_here.page"}
_CARRY_IT_ON |= {"sessions.listing", "sessions.page", "sessions.ask", "sessions.thanks"}


def add_language(app: Flask, in_force: InForce) -> None:
    """Have this app say each page in the language of its request."""
    app.extensions[_EXTENSION] = in_force
    app.before_request(_speak)
    app.after_request(_say_what_it_varies_by)
    app.teardown_request(lambda error: speak(""))
    app.url_defaults(_carry_on)
    app.jinja_env.globals.update(page_languages=page_languages)


def offered() -> tuple[str, ...]:
    """The languages of the practice in force, its own first; English while this process does not know it."""
    in_force = cast(InForce, current_app.extensions[_EXTENSION])
    return in_force.spoken if in_force.is_known else (SOURCE,)


def page_language() -> str | None:
    """The language this page is said in, to be kept with a sign-up; None where the practice offers one alone."""
    return language() if len(offered()) > 1 else None


def speak_to(lead: Lead, signup: Signup | None = None) -> None:
    """Say the rest of this page in its reader's language, or that of her sign-up; unless the address names one."""
    own = lead.language or (signup.typed_language if signup is not None else None)
    if _chosen() is None:
        speak(own if own is not None and own in offered() else offered()[0])


def page_languages() -> list[tuple[str, str, str]]:
    """For each language of this page its tag, its own name, and the page's address; empty where there is one alone."""
    codes = offered()
    if len(codes) < 2 or request.endpoint is None or request.method != "GET":
        return []
    # What stands in the query is a visitor's word: `url_for` would take some of its names as its own.
    more = urlencode({name: value for name, value in request.args.to_dict().items() if name != _KEY})
    values: dict[str, Any] = request.view_args or {}
    urls = [url_for(request.endpoint, **{**values, _KEY: code}) for code in codes]
    return [(code, own_name(code), f"{url}&{more}" if more else url) for code, url in zip(codes, urls, strict=True)]


def _speak() -> None:
    codes = offered()
    if (request.blueprint or "").partition(".")[0] in _IN_ENGLISH:
        speak("")
        return
    asked = request.accept_languages.best_match(codes) if len(codes) > 1 else None
    speak(_chosen() or asked or codes[0])


def _chosen() -> str | None:
    """The language that the address names, if the practice offers it."""
    if "language" not in g:
        said = request.args.get(_KEY, "").lower()
        tags = (said, said.partition("-")[0])  # "de-AT" is served in "de" (RFC 4647, 3.4)
        g.language = next((code for tag in tags for code in offered() if code.lower() == tag), None)
    return cast("str | None", g.language)


def _carry_on(endpoint: str, values: dict[str, Any]) -> None:
    """A visitor who chose a language gets the next page in it too."""
    if endpoint in _CARRY_IT_ON and _KEY not in values and has_request_context() and _chosen() is not None:
        values[_KEY] = _chosen()


def _say_what_it_varies_by(response: Response) -> Response:
    if len(offered()) > 1:
        response.vary.add("Accept-Language")
    return response
