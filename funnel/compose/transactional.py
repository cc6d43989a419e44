"""The mails that somebody asked for this minute: confirm your address, here is what you asked for, sign in."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

from funnel.compose.blanks import Blanks
from funnel.compose.errors import FillError
from funnel.compose.fill import fill_template, template
from funnel.compose.layout import Layout
from funnel.compose.plain import COLUMNS
from funnel.compose.reader import address_of, one_line
from funnel.curriculum.model import Practice
from funnel.mail import Address, Mail

VALUES: dict[str, tuple[str, ...]] = {
    "confirm": ("first_name", "offer_title", "confirm_url", "consent_text"),
    "asset": ("first_name", "offer_title", "asset_url", "kind"),
    "sign-in": ("sign_in_url", "minutes"),
    "booking": ("reader_email", "first_name", "booking_title"),
}


class Transactional:
    """Makes these mails for one practice. A template is compiled, with its CSS inlined, when it is first needed."""

    def __init__(self, templates_dir: Path, practice: Practice) -> None:
        self._layout = Layout(templates_dir, practice)
        self._practice = practice
        self._compiled: dict[tuple[str, str], tuple[str, str, str]] = {}

    def fill(
        self,
        name: str,
        *,
        key: str,
        recipient: str,
        values: Mapping[str, str],
        message_id: str,
        sent_at: datetime,
        reply_to: str | None = None,
        envelope_from: str | None = None,
    ) -> Mail:
        """The mail `name` (a key of VALUES), filled with `values`; `kind` (ebook or training) chooses its wording.

        `sent_at` is aware and dates the mail. Raises KeyError for an unknown name, FillError for a missing value, and
        CompileError where the template is broken.
        """
        missing = [value for value in VALUES[name] if value not in values]
        if missing:
            raise FillError(missing[0], f"The mail {name!r} needs {', '.join(missing)}", f"email/{name}")
        subject_source, html, text = self._sources(name, values.get("kind", ""))
        lines = {value: one_line(str(values[value])) for value in VALUES[name]}
        subject = one_line(fill_template(template(False, subject_source), lines))
        practice = self._practice
        return Mail(
            key=key,
            envelope_from=envelope_from or practice.from_address,
            sender=Address(practice.sender, practice.from_address),
            recipient=address_of(recipient),
            subject=subject,
            text=_wrapped(fill_template(template(False, text), lines, f"email/{name}/body.txt")),
            html=fill_template(template(True, html), {**lines, "subject": subject}, f"email/{name}/body.html"),
            headers=(
                ("Date", format_datetime(sent_at)),
                ("Message-ID", message_id),
                ("Reply-To", reply_to or practice.reply_to),
                ("Auto-Submitted", "auto-generated"),  # RFC 3834
            ),
        )

    def _sources(self, name: str, kind: str) -> tuple[str, str, str]:
        known = self._compiled.get((name, kind))
        if known is None:
            blanks = Blanks(f"{name}{kind}{self._practice!r}")
            known = (
                self._layout.text(f"{name}/subject.txt", blanks, kind=kind),
                self._layout.html(f"{name}/body.html", blanks, kind=kind),
                self._layout.text(f"{name}/body.txt", blanks, kind=kind),
            )
            self._compiled[name, kind] = known
        return known


def _wrapped(text: str) -> str:
    """The text with no line over 76 columns but where an address needs it: a value may be as long as a paragraph."""
    return "\n".join(
        textwrap.fill(line, COLUMNS, break_long_words=False, break_on_hyphens=False) if len(line) > COLUMNS else line
        for line in text.split("\n")
    )
