"""What a form on another site shows: itself, one more step, thanks, or the way to a quiz; in a frame or in its page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from flask import render_template, request, url_for

from funnel.web.colours import day_and_night
from funnel.web.context import current_service
from funnel.web.embed.tokens import FormStanding, new_token, note_sent, take_token, was_sent
from funnel.web.site.doubt import OneMoreStep
from funnel.web.site.forms import SignupForm, came_from, read_form
from funnel.web.site.pages import sign_up_values
from funnel.web.site.playing import watch_token, watch_url
from funnel.web.site.step import step_values
from funnel.web.site.taking import count_form_elsewhere, take_signup

_STATIC = Path(__file__).with_name("static")
_QUIZ = "quiz"


@dataclass(frozen=True, slots=True)
class Part:
    """What is shown, as HTML without a page around it; `taken`: the sign-up was taken in, and this says thanks.

    `watch` is the token of the link that it has to a training, if any.
    """

    html: str
    status: int = 200
    taken: bool = False
    watch: str = ""


def first_part(standing: FormStanding) -> Part:
    """The form before anything was typed; of a quiz and of what is sold the way to it, on our own pages."""
    if standing.offer.kind == _QUIZ:
        return Part(_filled("embed/_quiz.html", offer=standing.offer, utm=_utm(standing)))
    if standing.offer.paid:
        return Part(_filled("embed/_sold.html", offer=standing.offer, utm=_utm(standing)))
    return _form(standing, SignupForm(utm=_utm(standing)))


def _utm(standing: FormStanding) -> dict[str, str]:
    return came_from(request.args.to_dict(), urlsplit(standing.site).hostname or "")


def part_after(standing: FormStanding) -> Part:
    """What was sent, taken in or not. Each sending uses its token up; what is shown again carries a new one."""
    if standing.offer.paid:
        return first_part(standing)
    form, token = read_form(request.form), request.form.get("token", "")
    if not take_token(standing, token):
        return thanks(standing) if was_sent(token, form.email) else _form(standing, form, old=True)
    taken = take_signup(standing.offer, form, standing.place)
    if isinstance(taken, OneMoreStep):
        return _step(standing, form, taken)
    if taken is None:
        return _form(standing, form)
    note_sent(token, form.email)
    count_form_elsewhere(standing.offer)
    return thanks(standing, watch_token(standing.offer, taken))


def thanks(standing: FormStanding, watch: str = "") -> Part:
    """`watch` is the token that leads who signed up for a training to its player, on our own site; "" for no link."""
    url = watch_url(standing.offer, watch)
    return Part(_filled("embed/_thanks.html", offer=standing.offer, watch_url=url), taken=True, watch=watch)


def style_sheet() -> str:
    """The form's style, with the practice's colours by day, by night, or as the element says that its page is."""
    day, night = day_and_night(current_service().library.practice.colours)
    return (
        f".ff{{color-scheme:light;{day}}}\n"
        f"@media (prefers-color-scheme:dark){{.ff:not([data-theme=light]){{color-scheme:dark;{night}}}}}\n"
        f".ff[data-theme=dark]{{color-scheme:dark;{night}}}\n"
        f"{_file('form.css')}"
    )


@cache
def _file(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


def bundled_script(*files: Path) -> str:
    """These scripts as one function that leaves no name behind on the host's page; HOME is the address of /embed/."""
    home = url_for("embed.form_script", _external=True).removesuffix("form.js")
    body = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return f'(() => {{\n"use strict";\nconst HOME = "{home}";\n{body}}})();\n'


def own_script(name: str) -> Path:
    """A script of this folder."""
    return _STATIC / name


def _filled(template: str, **values: object) -> str:
    """In a frame our words are a page of their own, elsewhere a part of one, whose heading is the host's."""
    heading = "h1" if (request.endpoint or "").startswith("embed.frame") else "h2"
    return render_template(template, heading=heading, **values)


def _form(standing: FormStanding, form: SignupForm, *, old: bool = False) -> Part:
    html = _filled(
        "embed/_form.html",
        action=url_for("embed.frame", slug=standing.offer.slug, site=standing.site),
        token=new_token(standing),
        old=old,
        **sign_up_values(standing.offer, form),
    )
    return Part(html, 422 if form.errors or old else 200)


def _step(standing: FormStanding, form: SignupForm, step: OneMoreStep) -> Part:
    own = {
        "action": url_for("embed.frame", slug=standing.offer.slug, site=standing.site),
        "token": new_token(standing),
    }
    html = _filled("embed/_step.html", **{**step_values(standing.offer, form, step), **own})
    return Part(html, 429 if step.network else 200)
