"""One mail for one sample reader, or why there is none now and what it looked like before."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import TemplateError, TemplateSyntaxError

from funnel.compose import CompiledLesson, CompileError, FillError, MailHead, Transactional, fill_lesson
from funnel.compose.cast import Character
from funnel.compose.compiler import Compiler
from funnel.curriculum import Practice, Problem
from funnel.curriculum.agreeing import agreed_text
from funnel.curriculum.measuring import Measured, measured
from funnel.curriculum.model import Translated
from funnel.curriculum.questions import sensitive_names
from funnel.enrolment.telling import begins_on, had_all_of
from funnel.language import _, speaking, weekday_of
from funnel.links import Links, Purpose, RowRef
from funnel.mail import Mail
from funnel.web.preview.contents import ListedMail
from funnel.web.preview.frame import preheader_of
from funnel.web.preview.harmless_links import ExplainedLinks, passing_key
from funnel.web.preview.quiz_pages import result_page
from funnel.web.preview.workshop import LessonSource, Snapshot, Workshop

# Gmail clips a mail at 102 kB of HTML; the rest is a margin for what is added on the way.
MOST_HTML = 90_000
# What somebody leaves in the form of a session.
_ASKED_WITH = {"words": "We have been apart since March.", "phone": "+353 1 555 0123", "good_time": "evenings"}


class Blocked(Exception):
    """A mail that cannot be shown, with the errors that prevent it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Sheet:
    """A mail to view. `subjects` are all variants, `subject` is this reader's; `html_bytes` is the size as sent.

    `mail` is None where nothing can be shown. `problems` prevent the current text from being shown; if there are any,
    `mail` is the previous version. A page has `page`, its HTML, in place of a mail.
    """

    mail: Mail | None
    subjects: tuple[str, ...] = ()
    preheader: str = ""
    html_bytes: int = 0
    problems: tuple[Problem, ...] = ()
    page: str = ""


def compile_from(snapshot: Snapshot, source: LessonSource, templates_dir: Path, site_url: str) -> CompiledLesson:
    """The lesson, with pages and pictures as they are in the folder. Raises Blocked."""
    lesson = source.lesson
    # If the check refuses a text for its size, nobody should wait for it here either.
    too_large = [problem for problem in snapshot.errors_of(lesson.path) if problem.code == "too-large"]
    if too_large:
        raise Blocked(too_large)
    try:
        help_addresses = () if snapshot.parts.help is None else snapshot.parts.help.addresses()
        compiler = Compiler(
            source.practice,
            snapshot.parts.pages,
            snapshot.pictures,
            templates_dir,
            site_url,
            help_addresses,
            sensitive_names(offer.questions for offer in snapshot.parts.offers.values()),
        )
        return compiler.compile(source.sequence, lesson)
    except CompileError as error:
        # The check's own report has a column and says what to do.
        raise Blocked(snapshot.errors_of(lesson.path) or [_problem(error.path, error.line, error.message)]) from None


class Studio:
    """Renders the mails of one workshop, in `language` or, for "", in the practice's own.

    `site_url` is the site they would be sent from, which decides their size.
    """

    def __init__(self, workshop: Workshop, site_url: str, language: str = "") -> None:
        self._language = language
        self._workshop = workshop
        self._site_url = site_url
        self._key = passing_key()
        self._transactional: tuple[str, Transactional] | None = None  # of the snapshot with this mark

    def sheet(self, snapshot: Snapshot, entry: ListedMail, who: Character, at: str, now: datetime) -> Sheet:
        """The mail for this reader, its own links leading to pages below `at`. Never raises because of the files'
        content.
        """
        links = ExplainedLinks(at, (self._key,))
        if entry.region:
            return self._result(snapshot, entry)
        who = dataclasses.replace(who, language=self._language)
        if entry.mail:
            own = snapshot.parts.practice.language if snapshot.parts.practice else ""
            with speaking(self._language or own):
                return self._in_between(snapshot, entry, who, links, now)
        try:
            if entry.sequence is None or entry.lesson is None or snapshot.parts.practice is None:
                raise Blocked(self._why_unread(snapshot, entry))
            source = LessonSource(entry.sequence, entry.lesson, snapshot.parts.practice)
            compiled = compile_from(snapshot, source, self._workshop.templates_dir, self._site_url)
            sheet = self._filled(snapshot, compiled, who, links, now)
        except Blocked as blocked:
            before = self._before(snapshot, entry, who, links, now)
            return dataclasses.replace(before, problems=tuple(blocked.problems))
        self._workshop.good[entry.path] = compiled
        return sheet

    def _why_unread(self, snapshot: Snapshot, entry: ListedMail) -> list[Problem]:
        folder = entry.path.partition("/")[0]
        for path in (entry.path, f"{folder}/sequence.md", "practice.toml", "."):
            if snapshot.errors_of(path):
                return snapshot.errors_of(path)
        return [_problem(entry.path, 1, "This file cannot be shown")]

    def _filled(
        self, snapshot: Snapshot, compiled: CompiledLesson, who: Character, links: Links, now: datetime
    ) -> Sheet:
        practice = snapshot.parts.practice
        tracking: Measured = measured(None, practice.tracking) if practice else "none"
        as_sent = Links(self._site_url, (self._key,))
        try:
            mail = fill_lesson(compiled, who.reader(), links, now)
            sent = fill_lesson(compiled, who.reader(tracking), as_sent, now)
            subjects = tuple(
                self._subject(compiled.in_language(who.language), one, who, links, now)
                for one in compiled.in_language(who.language).subjects
            )
        except FillError as error:
            raise Blocked([_problem(error.path or compiled.path, error.line or 1, error.message)]) from None
        return Sheet(mail, subjects, preheader_of(mail.html), len(sent.html.encode()))

    @staticmethod
    def _subject(compiled: CompiledLesson, subject: str, who: Character, links: Links, now: datetime) -> str:
        """One of the subject variants as this reader would see it."""
        alone = dataclasses.replace(compiled, subjects=(subject,))
        open_about_it = who.reader()._replace(discreet=False)
        return fill_lesson(alone, open_about_it, links, now).subject

    def _before(self, snapshot: Snapshot, entry: ListedMail, who: Character, links: Links, now: datetime) -> Sheet:
        """The last working version: as it was shown, or else the last one without errors."""
        compiled = self._workshop.good.get(entry.path)
        source = self._workshop.last_good.get(entry.path)
        try:
            if compiled is None and source is not None:
                compiled = compile_from(snapshot, source, self._workshop.templates_dir, self._site_url)
            if compiled is not None:
                return self._filled(snapshot, compiled, who, links, now)
        except (Blocked, CompileError):
            return Sheet(None)  # it has failed like the new one
        return Sheet(None)

    def _result(self, snapshot: Snapshot, entry: ListedMail) -> Sheet:
        """The page with one result of a quiz."""
        wrong = (*snapshot.errors_of(entry.path), *snapshot.errors_of("practice.toml"))
        practice, said = snapshot.parts.practice, snapshot.parts.translated.get(self._language, Translated())
        if wrong or practice is None:
            return Sheet(None, problems=wrong)
        offer = said.offers.get(entry.offer) or snapshot.parts.offers[entry.offer]
        try:
            with speaking(self._language or practice.language):
                return Sheet(None, page=result_page(offer, entry.region, practice, self._workshop.templates_dir))
        except TemplateError as error:
            line = error.lineno if isinstance(error, TemplateSyntaxError) else 1
            return Sheet(None, problems=(_problem("templates/pages", line, str(error.message)),))

    def _in_between(self, snapshot: Snapshot, entry: ListedMail, who: Character, links: Links, now: datetime) -> Sheet:
        practice, said = snapshot.parts.practice, snapshot.parts.translated.get(self._language, Translated())
        offer = said.offers.get(entry.offer) or snapshot.parts.offers.get(entry.offer)
        if practice is None:
            return Sheet(None, problems=tuple(snapshot.errors_of("practice.toml")))
        booking = next(iter(practice.bookings.values()), None)
        to_practice, nobody = entry.mail in ("booking", "sign-in"), RowRef(who.number)
        values = {
            "first_name": (who.first_name or "A reader") if entry.mail == "booking" else who.first_name,
            "offer_title": offer.title if offer else "",
            "consent_text": agreed_text(offer, practice, snapshot.parts.sequences) if offer else "",
            "kind": "finished" if entry.mail == "again" else offer.kind if offer else "",
            "confirm_url": links.to(Purpose.CONFIRM, nobody),
            "comes_next": had_all_of(offer.title) if offer else _when_it_begins(snapshot),
            "again_url": links.to(Purpose.AGAIN, nobody) if entry.mail == "again" else "",
            "preferences_url": links.to(Purpose.PREFERENCES, nobody),
            "unsubscribe_url": links.to(Purpose.UNSUBSCRIBE, nobody),
            # Who is asked for the first time has not chosen anything yet.
            "discreet": "yes" if who.discreet or entry.mail in ("confirm", "reminder", "new-address") else "",
            "asset_url": links.to(Purpose.WATCH if offer and offer.kind == "training" else Purpose.DOWNLOAD, nobody),
            "read_url": links.to(Purpose.DOWNLOAD, nobody) + "/read" if offer and offer.kind == "ebook" else "",
            "undo_url": links.to(Purpose.OLD_ADDRESS, nobody),
            "data_url": links.to(Purpose.OWN_DATA, nobody),
            "sign_in_url": links.to(Purpose.SIGN_IN, nobody),
            "minutes": "30",
            "reader_email": f"{who.key}@example.org",
            "booking_url": links.to(Purpose.BOOKING, nobody),
            "booking_title": booking.title if booking else "A conversation",
        }
        if entry.kind:
            values |= _about_session(snapshot, entry.kind, links, nobody)
            if to_practice:
                values |= {"first_name": who.first_name or "A visitor", **_ASKED_WITH}
        to = practice.reply_to if to_practice else f"{who.key}@example.org"
        message_id = links.message_id(nobody, practice.from_address.rpartition("@")[2])
        head = MailHead(entry.key, to, message_id, now)
        try:
            mail = self._made_ready(snapshot.mark, practice).fill(entry.mail, values, head)
        except CompileError as error:
            return Sheet(None, problems=(_problem(error.path, error.line, error.message),))
        except FillError as error:
            return Sheet(None, problems=(_problem(error.path, error.line or 1, error.message),))
        return Sheet(mail, (mail.subject,), preheader_of(mail.html), len(mail.html.encode()))

    def _made_ready(self, mark: str, practice: Practice) -> Transactional:
        known = self._transactional
        if known is None or known[0] != mark:
            known = self._transactional = (mark, Transactional(self._workshop.templates_dir, practice))
        return known[1]


def _about_session(snapshot: Snapshot, kind: str, links: Links, nobody: RowRef) -> dict[str, str]:
    """What a mail about the first session says, to somebody who is on no list."""
    offered = snapshot.parts.sessions.sessions if snapshot.parts.sessions is not None else ()
    return {
        "kind": kind,
        "first_name": "",
        "booking_title": offered[0].title if offered else _("A conversation"),
        "by_form": "yes",
        "discreet": "yes",
        "not_me_url": links.to(Purpose.NOT_ME, nobody),
        "preferences_url": "",
        "unsubscribe_url": "",
    }


def _when_it_begins(snapshot: Snapshot) -> str:
    """What somebody is told who waits for the first round there is; "" where nothing begins together."""
    found = next((each for each in snapshot.parts.sequences.values() if each.rounds), None)
    if found is None:
        return ""
    return begins_on(found.said_title, _("on %(day)s", day=weekday_of(found.rounds[0])))


def _problem(path: str, line: int, message: str) -> Problem:
    return Problem(path, line, 1, "error", "cannot-show", message, "Put it right and save; this page follows.")
