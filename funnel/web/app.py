"""The Flask app, put together: `create_app` for one service, `application` with the front before it for granian."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, request
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from funnel.compose.layout import dialled
from funnel.curriculum.languages import is_latin
from funnel.language import install_into, own_name
from funnel.settings import Settings
from funnel.tracking.tracking import start_intake
from funnel.web import caught_mail, dates, health, webhooks
from funnel.web.budgets import EXTENSION as BUDGETS
from funnel.web.budgets import Budgets
from funnel.web.context import current_service
from funnel.web.dashboard import sign_in
from funnel.web.dashboard.blueprint import blueprint as dashboard_blueprint
from funnel.web.embed import views as embed
from funnel.web.front.front import Front
from funnel.web.front.limits import LIMITS, FrontLimits
from funnel.web.headers import add_headers
from funnel.web.hosts import HostGate
from funnel.web.language import add_language
from funnel.web.problems import add_problem_handlers
from funnel.web.reader import (
    again,
    beginning,
    booking,
    conversation,
    downloads,
    from_mail,
    not_me,
    read_here,
    watch,
    watch_now,
)
from funnel.web.reader.discretion import is_discreet, is_hers, leave_to
from funnel.web.reader.room import addresses
from funnel.web.reader.room import views as room
from funnel.web.site import cards, finding_help, media, pages, practice_pages, quiz, sessions, signup
from funnel.web.site.leading import let_forms_lead_on
from funnel.web.site.pictures import home_picture
from funnel.web.site.service_facts import helplines_here
from funnel.web.static_urls import keep_static_files, static_urls
from funnel.web.tokens import TokenConverter
from funnel.web.tracking import TrackingLayer, is_hit
from funnel.web.unknown_proxy import watch_peers
from funnel.wiring import Service, build_service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LONGEST_BODY = 64 * 1024
# Served even by a process that has not found its database yet and does not know its practice.
_SAY_NOTHING_OF_THE_PRACTICE = {"static", "dashboard.static", "health.health"}

_BLUEPRINTS = (
    pages.blueprint,
    practice_pages.blueprint,
    finding_help.blueprint,
    sessions.blueprint,
    signup.blueprint,
    embed.blueprint,
    quiz.blueprint,
    cards.blueprint,
    media.blueprint,
    from_mail.blueprint,
    again.blueprint,
    not_me.blueprint,
    beginning.blueprint,
    booking.blueprint,
    conversation.blueprint,
    room.blueprint,
    addresses.blueprint,
    downloads.blueprint,
    read_here.blueprint,
    watch.blueprint,
    watch_now.blueprint,
    health.blueprint,
    webhooks.blueprint,
    sign_in.blueprint,
    dashboard_blueprint,
)

log = structlog.get_logger(__name__)


class _App(Flask):
    """Flask, except for what it logs of an error: the endpoint, never the address, which holds a token."""

    def log_exception(self, exc_info: Any) -> None:
        log.error("a page failed", page=request.endpoint, method=request.method, exc_info=exc_info)


def application(settings: Settings, limits: FrontLimits = LIMITS) -> Front:
    """The app of a web server's process, with the thread that takes hits from the spool into the database."""
    service = build_service(settings)
    start_intake(service, service.hits)
    return Front(create_app(service), _hits_below(urlsplit(service.settings.site_url).path), limits)


def _hits_below(prefix: str) -> Callable[[str], bool]:
    """Which paths are hits: below the site's own path, or without that where a proxy strips it."""
    return lambda path: is_hit(path.removeprefix(prefix))


def create_app(service: Service | None = None) -> Flask:
    """The app for one service; nothing is read from the network or the database while it is made."""
    service = service or build_service()
    settings = service.settings
    app = _App("funnel.web", template_folder=str(settings.templates_dir))
    app.extensions["funnel"] = service
    app.url_map.converters["token"] = TokenConverter
    app.config.update(_config(settings))
    watch_peers(app, settings)
    app.before_request(_look_what_counts)
    add_language(app, service.in_force)
    add_headers(app, https=settings.site_url.startswith("https:"))
    let_forms_lead_on(app)
    keep_static_files(app)
    add_problem_handlers(app)
    _prepare_templates(app, service)
    budgets = app.extensions[BUDGETS] = Budgets(settings)
    signup.guard_signups(app, settings, budgets, service.clock)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.outbox:
        app.register_blueprint(caught_mail.blueprint)
    _put_layers_in_front(app, service)
    return app


def _look_what_counts() -> None:
    """Render each page from the edition in force now, whatever was published when this process started."""
    if request.endpoint in _SAY_NOTHING_OF_THE_PRACTICE:
        return
    current_service().in_force.refresh()


def _config(settings: Settings) -> dict[str, Any]:
    https = settings.site_url.startswith("https:")
    site = urlsplit(settings.site_url)
    secrets = [hmac.new(key.encode(), b"funnel.web.session", hashlib.sha256).digest() for key in settings.secret_keys]
    return {
        "SERVER_NAME": site.netloc,
        "PREFERRED_URL_SCHEME": site.scheme,
        "SECRET_KEY": secrets[0],
        "SECRET_KEY_FALLBACKS": secrets[1:],
        "SESSION_COOKIE_NAME": "funnel",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "MAX_CONTENT_LENGTH": _LONGEST_BODY,
        "MAX_FORM_MEMORY_SIZE": _LONGEST_BODY,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        # Our pages forbid referrers; the form's own token and the browser's Sec-Fetch-Site do that work.
        "WTF_CSRF_SSL_STRICT": False,
    }


def _prepare_templates(app: Flask, service: Service) -> None:
    app.jinja_env.undefined = StrictUndefined  # a misspelt name is an error here, never a hole in a page
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    install_into(app.jinja_env)
    app.jinja_env.filters.update(
        day=dates.spoken_day, date=dates.spoken_date, appointment=dates.spoken_appointment, dialled=dialled,
        language_name=own_name, checked_on=dates.plain_date,
    )  # fmt: skip
    app.jinja_env.globals.update(
        helplines=helplines_here, listed_pages=practice_pages.listed_pages, home_picture=home_picture,
        colours_url=pages.colours_url, icon_url=pages.icon_url, shared_offer=cards.shared, is_latin=is_latin,
    )  # fmt: skip
    app.jinja_env.globals.update(
        is_discreet=is_discreet,
        is_hers=is_hers,
        leave_to=leave_to,
        help_is_listed=finding_help.help_is_listed,
        offered_sessions=sessions.offered_sessions,
        asks_questions=pages.asks_questions,
    )
    app.jinja_env.globals.update(
        static_url=static_urls("static", Path(str(app.static_folder))),
        outbox_is_on=service.settings.outbox,
        outbox_is_open=caught_mail.is_open,
    )

    @app.context_processor
    def what_counts_now() -> dict[str, object]:
        practice = service.library.practice
        return {"practice": practice, "our_mail": Markup('<a href="mailto:{0}">{0}</a>').format(practice.reply_to)}


def _put_layers_in_front(app: Flask, service: Service) -> None:
    inner = TrackingLayer(app.wsgi_app, service)
    app.extensions["funnel.tracking"] = inner
    prefix = urlsplit(service.settings.site_url).path
    outer = HostGate(_under_prefix(inner, prefix) if prefix else inner, service.settings.site_url)
    proxies = service.settings.trust_proxy
    app.wsgi_app = ProxyFix(outer, x_for=proxies, x_proto=proxies) if proxies else outer  # type: ignore[method-assign]


def _under_prefix(app: WSGIApplication, prefix: str) -> WSGIApplication:
    """For a site below a path (https://example.org/letters), whether or not the proxy strips the path."""

    def layer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == prefix or path.startswith(prefix + "/"):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        environ["SCRIPT_NAME"] = prefix
        return app(environ, start_response)

    return layer
