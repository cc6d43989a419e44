"""How people fill in the forms they find on a page."""

from __future__ import annotations

from urllib.parse import urlsplit

from funnel.demo.audience import Person
from funnel.demo.browser import BrowsingError, Visit, without_token
from funnel.demo.markup import Form

KEEP = "keep"
"""The box that agrees to have the result of a quiz kept."""

FOLLOWED_BY = "followed_by"
"""The box that asks for what may follow."""

_ANSWER = "answer-"  # and the name of a question is the name of its field
_TRACKING, _AGREES = "tracking", "on"  # of the box about being measured; otherwise it declines


def expected(visit: Visit, status: int) -> Visit:
    """The visit, if it ended with this status. Raises BrowsingError."""
    if visit.status != status:
        raise BrowsingError(f"{without_token(visit.path)} answered {visit.status} instead of {status}")
    return visit


def form_to(visit: Visit, ending: str) -> Form:
    """The form of the page that is sent to an address with this ending."""
    form = next((form for form in visit.page.forms if urlsplit(form.action).path.endswith(ending)), None)
    if form is None:
        raise BrowsingError(f"{without_token(visit.path)} has no form that leads to {ending}")
    return form


def button(visit: Visit) -> Form:
    """The form that the page's button sends."""
    form = next((form for form in visit.page.forms if form.method == "post"), None)
    if form is None:
        raise BrowsingError(f"{without_token(visit.path)} has no button")
    return form


def filled_form(form: Form, person: Person) -> dict[str, str]:
    """The form's own fields, with this person's answers in place of the blanks."""
    fields = dict(form.fields)
    keeps = person.quiz is not None and person.quiz.keeps
    for name, kind in form.kinds.items():
        if (name == KEEP and not keeps) or (name == FOLLOWED_BY and not person.ticks_both):
            continue
        if name == _TRACKING and kind == "checkbox" and (form.ticks[name] == _AGREES) != person.may_be_measured:
            continue
        if kind == "email":
            fields[name] = person.email
        elif kind == "checkbox":
            fields[name] = form.ticks[name]
        elif kind == "radio":
            fields[name] = dict(person.answers).get(name.removeprefix(_ANSWER), fields.get(name, ""))
        elif name == "timezone":
            fields[name] = person.zone
        elif kind == "text" and "name" in name:
            fields[name] = person.first_name
    return fields


def sign_up_as_json(person: Person, source: str) -> dict[str, object]:
    """What a program of the practice's sends; `source` is the word that is kept with it."""
    return {
        "email": person.email,
        "name": person.first_name,
        "timezone": person.zone,
        "consent": True,
        FOLLOWED_BY: person.ticks_both,
        "answers": dict(person.answers),
        "source": source,
    }
