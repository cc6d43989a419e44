"""What the mail catcher caught, readable in the browser: for an admin, or on a site that only this machine can open.

Whoever reads a mail with a sign-in link can sign in, so those are never shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, render_template, request

from funnel.curriculum.reserved import is_loopback
from funnel.links import Purpose
from funnel.web.context import current_service
from funnel.web.dashboard.guard import sees_people
from funnel.web.hosts import host_name

_ON_A_PAGE = 50
# How the catcher names a mail: its number, a dash, and something nobody can guess.
_NUMBERED = re.compile(r"(\d{10})-[0-9a-f]{32}\.eml")
_SIGN_IN = re.compile(rf"/{Purpose.SIGN_IN.value}/([\w.-]+)")


@dataclass(frozen=True)
class CaughtMail:
    """What one caught mail's headers say; `at` is when it was caught, story time, as the catcher wrote it.

    `signs_in`: it holds a sign-in link, and must not be shown.
    """

    number: int
    sender: str
    to: str
    subject: str
    at: str
    signs_in: bool


blueprint = Blueprint("outbox", __name__)


def is_open() -> bool:
    """Whether whoever sent this request may read what was caught."""
    service = current_service()
    if not service.settings.outbox:
        return False
    site = urlsplit(service.settings.site_url).hostname or ""
    return (is_loopback(site) and is_loopback(host_name(request.host))) or sees_people()


@blueprint.before_request
def only_where_it_is_open() -> None:
    if not is_open():
        abort(404)


@blueprint.get("/outbox")
def listing() -> str:
    files = sorted((path for path in _folder().glob("*.eml") if _NUMBERED.fullmatch(path.name)), reverse=True)
    page = max(1, request.args.get("page", 1, type=int))
    shown = files[(page - 1) * _ON_A_PAGE : page * _ON_A_PAGE]
    return render_template(
        "pages/outbox.html",
        mails=[_caught(int(path.name[:10]), _parsed(path.read_bytes())) for path in shown],
        total=len(files),
        page=page,
        more=len(files) > page * _ON_A_PAGE,
    )


@blueprint.get("/outbox/<int:number>")
def mail(number: int) -> str:
    _, message = _shown(number)
    text = message.get_body(("plain",))
    return render_template(
        "pages/outbox_mail.html",
        mail=_caught(number, message),
        text=text.get_content() if text is not None else "",
        headers=[(key, str(value)) for key, value in message.items()],
    )


@blueprint.get("/outbox/<int:number>/html")
def html(number: int) -> Response:
    """The HTML part for a sandboxed frame: it may show pictures and open links in a new window, and nothing else."""
    part = _shown(number)[1].get_body(("html",))
    if part is None:
        abort(404)
    # A link inside would otherwise open within the frame, which our own pages refuse.
    page = re.sub(r"(<head[^>]*>)", r'\1<base target="_blank">', part.get_content(), count=1, flags=re.IGNORECASE)
    response = make_response(page)
    site = "/".join(current_service().settings.site_url.split("/", 3)[:3])
    response.headers["Content-Security-Policy"] = (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
        f"img-src 'self' {site} https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    return response


@blueprint.get("/outbox/<int:number>/source")
def source(number: int) -> Response:
    response = make_response(_shown(number)[0])
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return response


def _folder() -> Path:
    return current_service().settings.data_dir / "outbox"


def _shown(number: int) -> tuple[bytes, EmailMessage]:
    """The mail of this number. 404 where there is none, and for one that would let its reader sign in."""
    found = next(_folder().glob(f"{number:010}-*.eml"), None)
    if found is None or not _NUMBERED.fullmatch(found.name):
        abort(404)
    data = found.read_bytes()
    message = _parsed(data)
    if _signs_in(message):
        abort(404)
    return data, message


def _parsed(data: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(data)


def _signs_in(message: EmailMessage) -> bool:
    """Whether a part of it holds a sign-in link of ours, of whatever age and for whatever address of this site."""
    links = current_service().links
    texts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    return any(links.open(Purpose.SIGN_IN, token, 1) is not None for text in texts for token in _SIGN_IN.findall(text))


def _caught(number: int, message: EmailMessage) -> CaughtMail:
    caught_at = str(message.get("X-Caught-At", ""))
    return CaughtMail(
        number=number,
        sender=str(message.get("From", "")),
        to=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        at=caught_at[:19].replace("T", " "),
        signs_in=_signs_in(message),
    )
