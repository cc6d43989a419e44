"""What there is to view: the lessons of each sequence, including broken ones, and the mails in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from funnel.curriculum import Lesson, Sequence
from funnel.curriculum.parse.library import RESERVED
from funnel.curriculum.parse.sequences import file_order
from funnel.curriculum.quiz import REGIONS, Quiz
from funnel.web.preview.workshop import LessonSource, Snapshot

_IN_BETWEEN = "Mails in between"


@dataclass(frozen=True, slots=True)
class ListedMail:
    """One mail to view. `path` is the file whose problems are shown beside it; `when` says when it is sent.

    A lesson's `sequence` and `lesson` are None while its file cannot be read; `mail` and `offer` name any other mail.
    `kind` is the wording of a mail about a session, "asked" or "cancelled".
    With a `region` it is no mail but the page with this result of the quiz `offer`.
    """

    key: str
    title: str
    when: str
    path: str
    errors: int
    warnings: int
    sequence: Sequence | None = None
    lesson: Lesson | None = None
    mail: str = ""
    kind: str = ""
    offer: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    path: str
    entries: tuple[ListedMail, ...]


def listed_groups(snapshot: Snapshot, before: Mapping[str, LessonSource]) -> list[Group]:
    """All mails, sequence by sequence; what cannot be read keeps the title it had in `before`."""
    folders: dict[str, list[str]] = {}
    for path in snapshot.files:
        where = PurePosixPath(path)
        if len(where.parts) == 2 and where.suffix == ".md" and where.name not in ("sequence.md", "README.md"):
            folders.setdefault(where.parts[0], []).append(path)
    found = [_sequence(snapshot, slug, paths, before) for slug, paths in folders.items() if slug not in RESERVED]
    return [*found, *_quizzes(snapshot), *_in_between(snapshot)]


def _sequence(snapshot: Snapshot, slug: str, paths: list[str], before: Mapping[str, LessonSource]) -> Group:
    sequence = snapshot.parts.sequences.get(slug)
    lessons = {lesson.path: lesson for lesson in sequence.lessons} if sequence else {}
    ordered = list(lessons)  # in the order they fall due
    place = 0
    for path in sorted(paths, key=file_order):
        if path in lessons:
            place = ordered.index(path) + 1
        else:  # an unreadable one follows the file before it
            ordered.insert(place, path)
            place += 1
    entries = (_lesson(snapshot, path, sequence, lessons.get(path), before.get(path)) for path in ordered)
    return Group(sequence.title if sequence and sequence.title else slug, f"{slug}/sequence.md", tuple(entries))


def _lesson(
    snapshot: Snapshot, path: str, sequence: Sequence | None, lesson: Lesson | None, before: LessonSource | None
) -> ListedMail:
    named = lesson or (before.lesson if before else None)
    return ListedMail(
        key=f"lesson/{path.removesuffix('.md')}",
        title=named.subjects[0] if named and named.subjects else PurePosixPath(path).stem,
        when=_when(sequence, lesson) if sequence and lesson else "",
        path=path,
        errors=len(snapshot.errors_of(path)),
        warnings=len(snapshot.problems_of(path)) - len(snapshot.errors_of(path)),
        sequence=sequence,
        lesson=lesson,
    )


def _when(sequence: Sequence, lesson: Lesson) -> str:
    if lesson.on is not None:
        return f"on {lesson.on}, {lesson.at or sequence.send.at:%H:%M}"
    day = sequence.days[lesson.id]
    return "at once" if day == 0 else f"day {day}, {lesson.at or sequence.send.at:%H:%M}"


def _in_between(snapshot: Snapshot) -> list[Group]:
    entries = []
    for slug, offer in snapshot.parts.offers.items():
        entries.append(_mail(snapshot, "confirm", slug, f"Please confirm: {offer.title}", "after signing up"))
        if snapshot.parts.practice is not None and snapshot.parts.practice.remind:
            entries.append(
                _mail(snapshot, "reminder", slug, f"Not confirmed yet: {offer.title}", "two days later, once")
            )
        if offer.kind in ("ebook", "training"):
            entries.append(_mail(snapshot, "asset", slug, f"Here it is: {offer.title}", "where no lesson brings it"))
        else:
            entries.append(_mail(snapshot, "again", slug, f"Where you are: {offer.title}", "who signs up once more"))
    if any(sequence.rounds for sequence in snapshot.parts.sequences.values()):
        entries.append(_mail(snapshot, "round", "", "When your letters begin", "who waits for a round"))
    if snapshot.parts.practice is not None:
        entries.append(_mail(snapshot, "own-data", "", "What we keep of you", "who asks for it in her preferences"))
        entries.append(_mail(snapshot, "new-address", "", "Is this your address?", "to an address a reader asks for"))
        entries.append(_mail(snapshot, "old-address", "", "Your address was changed", "to the one before, at once"))
        entries.append(_mail(snapshot, "conversation", "", "You asked for a conversation", "who asks for one"))
        if snapshot.parts.sessions is not None:
            receipt = _mail(snapshot, "conversation", "", "A session was asked for", "its receipt, to whoever asked")
            entries.append(replace(receipt, key="mail/session", kind="asked"))
            ended = _mail(snapshot, "conversation", "", "A session is cancelled", "to whoever had asked for it")
            entries.append(replace(ended, key="mail/session-cancelled", kind="cancelled"))
            notice = _mail(snapshot, "booking", "", "Somebody asks for a session", "to the practice")
            entries.append(replace(notice, key="mail/session-notice", kind="asked"))
        entries.append(_mail(snapshot, "booking", "", "A reader asks for a conversation", "to the practice"))
        entries.append(_mail(snapshot, "sign-in", "", "Sign in to the dashboard", "to the practice"))
    return [Group(_IN_BETWEEN, "", tuple(entries))] if entries else []


def _quizzes(snapshot: Snapshot) -> list[Group]:
    """Each quiz with the page of each of its results."""
    return [
        Group(
            offer.title or slug,
            f"offers/{slug}.md",
            tuple(_result(snapshot, slug, offer.quiz, region) for region in REGIONS),
        )
        for slug, offer in snapshot.parts.offers.items()
        if offer.quiz is not None
    ]


def _result(snapshot: Snapshot, slug: str, quiz: Quiz, region: str) -> ListedMail:
    path = f"offers/{slug}.md"
    errors, found = len(snapshot.errors_of(path)), len(snapshot.problems_of(path))
    title = quiz.results[region].title if region in quiz.results else region
    when = f"the result {region.replace('_', ' ')}"
    return ListedMail(f"quiz/{slug}/{region}", title, when, path, errors, found - errors, offer=slug, region=region)


def _mail(snapshot: Snapshot, mail: str, offer: str, title: str, when: str) -> ListedMail:
    path = f"offers/{offer}.md" if offer else "practice.toml"
    errors, found = len(snapshot.errors_of(path)), len(snapshot.problems_of(path))
    key = f"mail/{mail}-{offer}".rstrip("-")
    return ListedMail(key, title, when, path, errors, found - errors, mail=mail, offer=offer)
