"""Links for mail that is only viewed: none of them acts on a reader."""

from __future__ import annotations

import secrets
from datetime import datetime

from funnel.links import IN_EVERY_MAIL, Links, Purpose, RowRef

# What each of a reader's own links does, for somebody who follows it in the preview.
EXPLAINED: dict[str, str] = {
    Purpose.CONFIRM: "Here the reader confirms the address, with one more button.",
    Purpose.UNSUBSCRIBE: "Here the reader stops the letters, with one button and without a password.",
    Purpose.PREFERENCES: "Here the reader pauses, goes slower, chooses discreet subjects or what is recorded.",
    Purpose.WEB_COPY: "Here the reader reads this letter as a web page.",
    Purpose.DOWNLOAD: "Here the reader gets the file that was promised.",
    Purpose.WATCH: "Here the reader watches the training.",
    Purpose.BEGIN: "Here the reader agrees to another sequence, with one button.",
    Purpose.BOOK: "Here the reader asks for a conversation.",
    Purpose.BOOKING: "Here the reader changes or cancels her conversation.",
    Purpose.NOT_ME: "Here whoever has this address says that it was somebody else, and wants no such mail.",
    Purpose.SIGN_IN: "Here somebody of the practice signs in to the dashboard.",
}


def passing_key() -> str:
    """A key known nowhere else and forgotten with the process: what it signed opens nothing."""
    return secrets.token_hex(32)


class _HarmlessLinks(Links):
    """Links that all lead where `start` and `token` say, whoever the reader is."""

    def to(self, purpose: Purpose, row: RowRef, *numbers: int) -> str:
        return self.start(purpose) + self.token(purpose, row, *numbers)

    def dated_token(self, purpose: Purpose, row: RowRef, now: datetime) -> str:
        return self.token(purpose, row)

    def in_every_mail(self, delivery: RowRef, email_key: str) -> list[str]:
        return [self.token(purpose, delivery) for purpose in IN_EVERY_MAIL]

    def clicks(self, delivery: RowRef, edition_lesson_id: int, mark: int, count: int) -> list[str]:
        return [self.token(Purpose.CLICK, delivery)] * count


class ExplainedLinks(_HarmlessLinks):
    """Every link of a reader's own leads to a page of the preview that explains it."""

    def start(self, purpose: Purpose) -> str:
        return self.url("link/")

    def token(self, purpose: Purpose, row: RowRef, *numbers: int) -> str:
        return purpose.value


class FrontPageLinks(_HarmlessLinks):
    """Every link of a reader's own leads to the site's front page: a test mail has no reader."""

    def start(self, purpose: Purpose) -> str:
        return self.site_url

    def token(self, purpose: Purpose, row: RowRef, *numbers: int) -> str:
        return "/"
