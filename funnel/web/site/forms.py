"""What a sign-up says, read from a form or from JSON into one value; nothing about it is believed yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from zoneinfo import available_timezones

from werkzeug.datastructures import MultiDict

from funnel.curriculum.addresses import read_address
from funnel.curriculum.links import LONGEST_URL
from funnel.curriculum.typos import likely_meant
from funnel.language import N_, _
from funnel.subscription.origin import UTM_KEYS, UTM_LENGTH

LONGEST_RESULT = 500
ANSWER = "answer-"
"""The field of a question is called this and its name."""
_LONGEST_ADDRESS = 320
_YES = {"on", "1", "true", "yes"}
_NO = {"off", "0", "false", "no"}
# Control characters, and halves of surrogate pairs that JSON can smuggle in and no database takes.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
# For each field: what a program is told that sent no text, and anybody whose text cannot be read.
_TEXT_FIELDS = {
    "email": (
        N_("The address must be text, in quotation marks."),
        N_("The address holds a character that cannot be read. Please type it again."),
    ),
    "name": (N_("The name must be text, in quotation marks."), ""),
    "timezone": (
        N_("The time zone must be text, in quotation marks."),
        N_("The time zone holds a character that cannot be read. Please type it again."),
    ),
}

# And for each box: what a program is told that sent neither true nor false.
_BOXES = {
    "consent": N_("Write true where the person agreed, else false."),
    "followed_by": N_("Write true where the person also agreed to what may follow, else false."),
    "discreet": N_("Write true where mail is to give nothing away on a locked screen, else false."),
}


@dataclass
class SignupForm:
    """The fields as they were sent, and a sentence for each that cannot be taken."""

    email: str = ""
    name: str = ""
    timezone: str = ""
    consent: bool = False
    followed_by: bool = False  # the box that asks for what may follow
    tracking: bool | None = None  # whether we may measure; None: nothing was said of it
    utm: dict[str, str] = field(default_factory=dict)
    trap: str = ""  # a field that people do not see
    opened: str = ""  # our seal of when the page was opened
    altcha: str = ""  # work done
    waited: str = ""  # our seal of when a wait began
    result: str = ""  # of a quiz, as the page carried it: encrypted
    keep: bool = False  # the box that agrees to keep it
    discreet: bool = False  # the box that keeps subjects discreet
    language: str = ""  # of the page; a program may name it
    sure: str = ""  # the address about which was asked whether it is meant so
    meant: str = ""  # what was asked: the address that was probably meant
    back: str = ""  # where the page that says thanks leads back to, if that is on a listed site
    answers: dict[str, object] = field(default_factory=dict)  # by the name of a question, as they were sent
    errors: dict[str, str] = field(default_factory=dict)

    def sent_answers(self) -> dict[str, list[str]]:
        """What a browser sent for each question, to be shown again."""
        return {name: said for name, said in self.answers.items() if isinstance(said, list)}

    def carried_answers(self) -> list[tuple[str, str]]:
        """The fields, each with its value, that carry the answers through one more step."""
        return [(f"{ANSWER}{name}", each) for name, said in self.sent_answers().items() for each in said]


def utm_from(values: Mapping[str, object]) -> dict[str, str]:
    """What says where somebody came from (UTM_KEYS), where it is text, each at most 100 characters; nothing else."""
    found: dict[str, str] = {}
    for name in UTM_KEYS:
        value = values.get(name)
        if isinstance(value, str):
            text = _UNPRINTABLE.sub("", value).strip()[:UTM_LENGTH]
            if text:
                found[name] = text
    return found


def came_from(said: Mapping[str, str], site: str) -> dict[str, str]:
    """What an address says of where its visitor came from; where it says nothing, the site that led here."""
    utm = utm_from(said)
    if site and not (utm.get("source") or utm.get("utm_source")):
        utm["referrer"] = site[:UTM_LENGTH]
    return utm


def read_form(values: Mapping[str, str]) -> SignupForm:
    """From a browser's form. Its time zone is a hidden field, so a wrong one is dropped, not complained of."""
    form = SignupForm(
        email=values.get("email", ""),
        name=values.get("name", ""),
        consent=values.get("consent", "").lower() in _YES,
        followed_by=values.get("followed_by", "").lower() in _YES,
        tracking=_yes_or_no(values.get("tracking", "")),
        utm=utm_from(values),
        trap=values.get("website", ""),
        opened=values.get("opened", ""),
        altcha=values.get("altcha", ""),
        waited=values.get("waited", ""),
        result=values.get("result", "")[:LONGEST_RESULT],
        keep=values.get("keep", "").lower() in _YES,
        discreet=values.get("discreet", "").lower() in _YES,
        sure=values.get("sure", "")[:_LONGEST_ADDRESS],
        back=values.get("back", "")[:LONGEST_URL],
        answers=typed_answers(values),
    )
    form.sure = form.email if form.sure.lower() in _YES else form.sure
    form.email = _instead(values.get("instead", ""), form.email)
    if values.get("timezone") in known_zones():
        form.timezone = values["timezone"]
    _refuse_unprintable(form)
    return form


def form_from_json(values: Mapping[str, object]) -> SignupForm:
    """From a program's JSON object: email, name (or first_name), timezone, consent, followed_by, discreet, tracking,
    altcha, sure.

    And source and the utm fields, which may also stand in one of their own, {"utm": {…}}.
    """
    form = SignupForm()
    given = {"name": values.get("first_name"), **{key: value for key, value in values.items() if value is not None}}
    for name, (no_text, _unreadable) in _TEXT_FIELDS.items():
        value = given.get(name)
        if isinstance(value, str):
            setattr(form, name, value)
        elif value is not None:
            form.errors[name] = _(no_text)
    for name, no_box in _BOXES.items():
        ticked = values.get(name, False)
        if isinstance(ticked, str):
            ticked = ticked.lower() in _YES
        if isinstance(ticked, bool):
            setattr(form, name, ticked)
        else:
            form.errors[name] = _(no_box)
    tracking = values.get("tracking")
    form.tracking = _yes_or_no(tracking) if isinstance(tracking, str) else None
    if isinstance(tracking, bool):
        form.tracking = tracking
    elif tracking not in (None, "") and form.tracking is None:
        form.errors["tracking"] = _("Write true where the person may be measured, false where not, or leave it out.")
    named = values.get("language")
    form.language = named if isinstance(named, str) else ""
    solution = values.get("altcha")
    form.altcha = solution if isinstance(solution, str) else ""
    nested = values.get("utm")
    if isinstance(nested, Mapping):
        form.utm = utm_from({f"utm_{str(key).removeprefix('utm_')}": value for key, value in nested.items()})
    form.utm |= utm_from(values)
    _refuse_unprintable(form)
    form.sure = form.email if values.get("sure") is True else ""
    answers = values.get("answers")
    if isinstance(answers, Mapping):
        form.answers = dict(answers)
    elif answers is not None:
        form.errors["answers"] = _('Write the answers as an object, such as {"where": "together"}.')
    return form


def typed_answers(values: Mapping[str, str]) -> dict[str, object]:
    """What was answered to each question: all that was ticked, where a browser sent the form."""
    return {key.removeprefix(ANSWER): _all_of(values, key) for key in values if key.startswith(ANSWER)}


def _all_of(values: Mapping[str, str], key: str) -> list[str]:
    return values.getlist(key) if isinstance(values, MultiDict) else [values[key]]


def _instead(chosen: str, typed: str) -> str:
    """The address to take: what was typed, unless the button was pressed that names the one which was meant."""
    address = read_address(typed) if chosen else None
    return chosen if address is not None and likely_meant(address) == chosen else typed


def _yes_or_no(text: str) -> bool | None:
    """What a box says, or a hidden field for it; None for anything else."""
    word = text.strip().lower()
    return True if word in _YES else False if word in _NO else None


@cache
def known_zones() -> frozenset[str]:
    """The IANA names of all time zones this machine knows."""
    return frozenset(available_timezones())


def _refuse_unprintable(form: SignupForm) -> None:
    """A slip in a name is mended without a word; an address or a zone is never guessed at."""
    for name, (_no_text, unreadable) in _TEXT_FIELDS.items():
        text = getattr(form, name).strip()
        cleaned = _UNPRINTABLE.sub("", text)
        setattr(form, name, cleaned)
        if cleaned != text and unreadable:
            form.errors[name] = _(unreadable)
