"""Mails that somebody asked for a minute ago: confirm your address, here is what you asked for, sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

from markupsafe import Markup

from funnel.compose.errors import FillError
from funnel.compose.fill import fill_template, template
from funnel.compose.layout import Layout
from funnel.compose.placeholders import Placeholders
from funnel.compose.reader import address_of, one_line
from funnel.compose.wrapping import to_be_wrapped, wrapped
from funnel.curriculum.practice import Practice
from funnel.language import language
from funnel.mail import Address, Mail, PlainBody

VALUES: dict[str, tuple[str, ...]] = {
    "confirm": ("first_name", "offer_title", "confirm_url", "consent_text"),
    "reminder": ("first_name", "offer_title", "confirm_url", "consent_text"),
    "asset": ("first_name", "offer_title", "asset_url", "kind"),
    "again": ("first_name", "offer_title", "comes_next", "again_url", "kind"),
    "round": ("first_name", "comes_next"),
    "own-data": ("first_name", "data_url"),
    "new-address": ("confirm_url",),
    "old-address": ("undo_url",),
    "sign-in": ("sign_in_url", "minutes"),
    "booking": ("reader_email", "first_name", "booking_title"),
    "conversation": ("first_name", "booking_title", "booking_url", "kind"),
    "night-answer": ("answer_subject", "read_at"),
}
_BEGINS = ("begin_title", "begin_url")
_STOPS = ("preferences_url", "unsubscribe_url")
OPTIONAL: dict[str, tuple[str, ...]] = {
    "confirm": ("not_me_url", "unsubscribe_url"),
    "reminder": ("not_me_url", "unsubscribe_url"),
    "asset": ("comes_next", "again_url", "read_url", "confirm_url", "discreet", *_BEGINS, *_STOPS),
    "again": ("confirm_url", "answered", "retaken", "discreet", *_BEGINS, *_STOPS),
    "round": ("discreet", *_STOPS),
    "own-data": ("discreet", *_STOPS),
    "old-address": ("discreet",),
    "booking": ("words", "phone", "good_time", "person_url", "when", "calendar", "by_form", "source"),
    "conversation": ("discreet", "when", "when_there", "calendar", "by_form", "not_me_url", "kept_until", *_STOPS),
    "night-answer": ("words", *_STOPS),
}
"""What a mail may do without: in its templates `given` holds the names of those that are there and not empty."""

_OF_SEVERAL_LINES = {"words"}


@dataclass(frozen=True, slots=True)
class MailHead:
    """Whom a mail goes to, and what identifies and dates it. `sent_at` is aware.

    Without `reply_to` and `envelope_from` they are the practice's.
    """

    key: str
    recipient: str
    message_id: str
    sent_at: datetime
    reply_to: str | None = None
    envelope_from: str | None = None
    list_unsubscribe: str = ""  # the whole header, where there is more to say than the https address
    answers: str = ""  # the Message-ID of the mail that this one answers by itself


class Transactional:
    """Makes these mails for one practice. A template is compiled, and its CSS inlined, on first use."""

    def __init__(self, templates_dir: Path, practice: Practice) -> None:
        self._layout = Layout(templates_dir, practice)
        self._practice = practice
        self._compiled: dict[tuple[str, str, str, frozenset[str]], tuple[str, str, str]] = {}

    def fill(self, name: str, values: Mapping[str, str], head: MailHead) -> Mail:
        """The mail `name` (a key of VALUES) in the language that is spoken, filled with `values`.

        `kind` (such as ebook) chooses its wording, `country` (as a reader's) whose helplines come first. With
        `discreet`, neither its sender's name nor its subject says anything of the topic.

        With an `unsubscribe_url` it carries the headers for stopping with one press. Raises KeyError for an unknown
        name, FillError for a missing value, and CompileError where the template is broken.
        """
        missing = [value for value in VALUES[name] if value not in values]
        if missing:
            raise FillError(missing[0], f"The mail {name!r} needs {', '.join(missing)}", f"email/{name}")
        given = frozenset(value for value in OPTIONAL.get(name, ()) if values.get(value))
        subject_source, html, text = self._sources(name, values.get("kind", ""), given)
        lines: dict[str, str] = {value: one_line(str(values[value])) for value in (*VALUES[name], *sorted(given))}
        lines["country"] = values.get("country", "")
        typed = {value: _lines(values[value]) for value in sorted(given & _OF_SEVERAL_LINES)}
        in_text = {value: _in_text(each) for value, each in typed.items()}
        in_html = {value: Markup("<br>").join(each) for value, each in typed.items()}
        subject = one_line(fill_template(template(False, subject_source), lines))
        practice = self._practice
        sender = practice.sender_of(discreet=bool(values.get("discreet")))
        return Mail(
            key=head.key,
            envelope_from=head.envelope_from or practice.from_address,
            sender=Address(sender, practice.from_address),
            recipient=address_of(head.recipient),
            subject=subject,
            body=PlainBody(
                wrapped(fill_template(template(False, text), {**lines, **in_text}, f"email/{name}/body.txt")),
                fill_template(
                    template(True, html), {**lines, **in_html, "subject": subject}, f"email/{name}/body.html"
                ),
            ),
            headers=(
                ("Date", format_datetime(head.sent_at)),
                ("Message-ID", head.message_id),
                ("Reply-To", head.reply_to or practice.reply_to),
                *_automatic(head.answers),
                *_stopping(lines.get("unsubscribe_url"), head.list_unsubscribe),
            ),
        )

    def _sources(self, name: str, kind: str, given: frozenset[str]) -> tuple[str, str, str]:
        known = self._compiled.get((language(), name, kind, given))
        if known is None:
            placeholders = Placeholders(f"{name}{kind}{sorted(given)}{self._practice!r}")
            known = (
                self._layout.text(f"{name}/subject.txt", placeholders, kind=kind, given=given),
                self._layout.html(f"{name}/body.html", placeholders, kind=kind, given=given),
                self._layout.text(f"{name}/body.txt", placeholders, kind=kind, given=given),
            )
            self._compiled[language(), name, kind, given] = known
        return known


def _lines(text: str) -> list[str]:
    """The lines of what somebody typed, each safe as in `one_line`; several empty lines become one."""
    lines = [one_line(line) for line in text.strip().splitlines()] or [""]
    return [line for place, line in enumerate(lines) if line or lines[place - 1]]


def _in_text(lines: list[str]) -> str:
    """The lines for a text part, marked for `wrapped`. The first is marked by the template already."""
    return "\n".join([lines[0], *(to_be_wrapped(line, "", "") for line in lines[1:])])


def _automatic(answers: str) -> tuple[tuple[str, str], ...]:
    """RFC 3834, 3.1: what was made by itself says so, and to which mail it is the answer."""
    if not answers:
        return (("Auto-Submitted", "auto-generated"),)
    return ("Auto-Submitted", "auto-replied"), ("In-Reply-To", answers), ("References", answers)


def _stopping(unsubscribe_url: str | None, header: str = "") -> tuple[tuple[str, str], ...]:
    """The headers for unsubscribing with one POST (RFC 2369 and 8058): https, never folded, the second exactly this."""
    if not unsubscribe_url:
        return ()
    return ("List-Unsubscribe", header or f"<{unsubscribe_url}>"), (
        "List-Unsubscribe-Post",
        "List-Unsubscribe=One-Click",
    )
