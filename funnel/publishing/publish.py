"""From the practice's folder to editions that never change, and what that does to everybody half-way.

`plan` and `publish` ask the same pure rules (`curriculum.Edit`) about every enrolment, so what was said beforehand is
what happens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.compose import CompiledLesson
from funnel.compose.compiler import Compiler
from funnel.context import Context
from funnel.curriculum import Change, Library, Sequence, content_hash, sequence_from_json, sequence_to_json
from funnel.curriculum.plan import PRACTICE
from funnel.editions.files import FileChanged
from funnel.enrolment.rounds import begin_waiting
from funnel.enrolment.stopping import stop_enrolments
from funnel.models import NOT_ENDED, Edition, EditionLesson, Enrolment, PracticeEdition, SequenceState
from funnel.people.answers import answers_to_seal, seal_answers
from funnel.publishing.bonus import PublishRefused as PublishRefused
from funnel.publishing.bonus import send_bonus, sent_beside
from funnel.publishing.moving import move_everybody
from funnel.publishing.options import PLAIN, PreparedPlan, PublishOptions
from funnel.publishing.planning import SequenceEdit, plan_edit
from funnel.publishing.practice_editions import add_practice_edition, differs, newest, plan_of_practice
from funnel.publishing.quiet_days import quiet_day_changes
from funnel.sending.mended import try_again_published

REMOVED = "sequence removed"
_LOOKS = Change("settings", "", "what the mails say of the practice, or how they look, changed")


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What publishing did with a sequence, or with the practice; `changed` is False where the folder says the same."""

    sequence: str
    number: int
    changed: bool
    rescheduled: int = 0


def plan(context: Context, library: Library, now: datetime, options: PublishOptions = PLAIN) -> list[PreparedPlan]:
    """What publishing this folder would do to every sequence that changed or sends a bonus; nothing is written.

    Raises PublishRefused where a bonus cannot be sent.
    """
    marks, context = _marks(library, compile_sequences(context, library)), context.as_if(library)
    drafts = []
    with context.db.read() as session:
        practice = newest(session)
        if differs(practice, library):
            drafts.append(_plan_of_practice(session, context, practice, now))
        current = _current(session)
        sent = sent_beside(session, _sources(current), library.sequences, options.bonus)
        changed = _changed(current, marks, options.only)
        for slug in sorted({*changed, *sent}):
            edition, new = current.get(slug), library.sequences.get(slug)
            old = None if edition is None else sequence_from_json(edition.source)
            ours = replace(options, bonus=sent.get(slug, ()))
            found = plan_edit(session, context, SequenceEdit(slug, old, new), now, ours)
            if found.kind == "unchanged" and slug in changed:
                found = replace(found, kind="edited", changes=(_LOOKS,))
            drafts.append(PreparedPlan(found, 0 if edition is None else edition.id))
    return drafts


def _plan_of_practice(
    session: Session, context: Context, before: PracticeEdition | None, now: datetime
) -> PreparedPlan:
    found = plan_of_practice(before, context.library)
    if before is None:
        return PreparedPlan(found, 0)
    quiet = quiet_day_changes(session, context, before.source["practice"]["quiet_days"], now)
    sealed = _sealing(answers_to_seal(session, context.library.questions))
    return PreparedPlan(replace(found, changes=(*found.changes, *quiet, *sealed)), before.id)


def _sealing(answers: Mapping[str, int]) -> Iterator[Change]:
    for name, number in answers.items():
        kept = "1 answer" if number == 1 else f"{number:,} answers"
        detail = f"question {name}: {kept} given so far will be encrypted, and counted and shown no more"
        yield Change("settings", "", detail)


def publish(
    context: Context, library: Library, by: str, now: datetime, options: PublishOptions = PLAIN
) -> list[PublishResult]:
    """Makes a new edition of every sequence that changed, and gives everyone on it a new due time. One transaction.

    A sequence that is gone from the folder is taken out of use. Raises CompileError or PublishRefused, with nothing
    written; also where the editions that `options.planned` was made against no longer count.
    """
    if not library.sequences:
        raise PublishRefused("The folder has no sequence that can be published. `funnel check` says why.")
    compiled = compile_sequences(context, library)
    marks = _marks(library, compiled)
    try:
        context.files.keep(library.files.values())
    except FileChanged as error:
        raise PublishRefused(str(error)) from None
    with context.db.write() as session:
        current, practice = _current(session, lock=True), newest(session)
        changes = differs(practice, library)
        counting = {slug: edition.id for slug, edition in current.items()}
        counting[PRACTICE] = 0 if practice is None else practice.id
        _still_as_planned(
            counting, [*([PRACTICE] if changes else []), *_changed(current, marks, options.only)], options.planned
        )
        sent = sent_beside(session, _sources(current), library.sequences, options.bonus)
        done, published = [], context.as_if(library)
        if changes:
            edition = add_practice_edition(session, practice, library, by, now)
            done.append(PublishResult(PRACTICE, edition.number, changed=True))
        for slug, lessons in sorted(compiled.items()):
            before = current.get(slug)
            left_alone = options.only is not None and slug not in options.only
            if before is not None and (left_alone or before.content_hash == marks[slug]):
                done.append(PublishResult(slug, before.number, changed=False))
                continue
            made = _add_edition(session, library.sequences[slug], lessons, by, now)
            moved = _make_current(session, published, before, made, now)
            done.append(PublishResult(slug, made.number, changed=True, rescheduled=moved))
        for slug, lesson_ids in sorted(sent.items()):
            send_bonus(session, published, slug, lesson_ids, now)
        for slug in sorted(set(current) - set(library.sequences)):
            done.append(_remove(session, current[slug], now, options.stop))
        if changes:
            seal_answers(session, library.questions)
        if any(each.changed for each in done):
            try_again_published(session, by, now)
    context.in_force.refresh(at_once=True)
    return done


def compile_sequences(context: Context, library: Library) -> dict[str, list[CompiledLesson]]:
    """Every lesson of every sequence, ready to be filled. Raises CompileError with file and line."""
    settings = context.settings
    compiler = Compiler(
        library.practice,
        library.pages,
        library.files,
        settings.templates_dir,
        settings.site_url,
        library.help_addresses,
        library.sensitive,
    )
    return {
        slug: [compiler.compile(sequence, lesson) for lesson in sequence.lessons]
        for slug, sequence in library.sequences.items()
    }


def unpublished(context: Context, library: Library) -> list[str]:
    """The sequences whose folder says something else than what readers get; the practice itself counts as one."""
    if not library.sequences:
        return []
    with context.db.read() as session:
        own = [PRACTICE] if differs(newest(session), library) else []
        return own + _changed(_current(session), _marks(library, compile_sequences(context, library)))


def _current(session: Session, *, lock: bool = False) -> dict[str, Edition]:
    query = select(Edition, SequenceState).join(SequenceState, SequenceState.edition_id == Edition.id)
    if lock:
        query = query.with_for_update(of=SequenceState)
    return {edition.sequence: edition for edition, _ in session.execute(query)}


def mark_of(sequence: Sequence, compiled: Iterable[CompiledLesson]) -> str:
    """What an edition is known by: what the sequence says, and the mails that become of it.

    So a new postal address, another picture or another layout is an edition too, or half the readers would go on
    getting the old one.
    """
    return hashlib.sha256(f"{content_hash(sequence)} {_mails(compiled)}".encode()).hexdigest()


def _marks(library: Library, compiled: Mapping[str, list[CompiledLesson]]) -> dict[str, str]:
    return {slug: mark_of(sequence, compiled[slug]) for slug, sequence in library.sequences.items()}


def _mails(lessons: Iterable[CompiledLesson]) -> list[dict[str, object]]:
    """The mails of a sequence; in which file and line they were written, and where the site lives, is no edit."""
    mails = [{**lesson.to_json(), "path": "", "lines": "", "list_host": ""} for lesson in lessons]
    for mail in mails:
        # What follows from the text is no edit of it either: editions from before it was kept stay what they are.
        for said in (mail, *mail.get("translations", {}).values()):
            del said["asks_result"]
    return mails


def _changed(
    current: Mapping[str, Edition], marks: Mapping[str, str], only: Collection[str] | None = None
) -> list[str]:
    """The sequences, of those in `only`, that publishing would touch: new, edited, dressed differently, or gone."""
    counts = {slug: edition.content_hash for slug, edition in current.items()}
    differing = sorted(slug for slug in {*counts, *marks} if counts.get(slug) != marks.get(slug))
    return [slug for slug in differing if only is None or slug in only]


def _still_as_planned(
    current: Mapping[str, int], changed: Collection[str], planned: Iterable[PreparedPlan] | None
) -> None:
    """Refuses where an edition is not the one the plan was made against, or something was not in the plan at all."""
    if planned is None:
        return
    against = {draft.plan.slug: draft.edition_id for draft in planned}
    for slug in {*against, *changed}:
        if against.get(slug) != current.get(slug, 0):
            raise PublishRefused(
                f"{slug}: somebody else has published since this plan was made. "
                "Run `funnel plan` again and look at what it says now."
            )


def _sources(current: Mapping[str, Edition]) -> dict[str, Sequence]:
    return {slug: sequence_from_json(edition.source) for slug, edition in current.items()}


def _make_current(session: Session, context: Context, before: Edition | None, edition: Edition, now: datetime) -> int:
    """Lets this edition count from now on, and moves who is half-way; how many enrolments changed."""
    state = session.get(SequenceState, edition.sequence)
    if state is None:
        session.add(SequenceState(sequence=edition.sequence, edition_id=edition.id))
    else:
        state.edition_id = edition.id
    session.flush()
    if before is None:
        return 0
    old, new = sequence_from_json(before.source), sequence_from_json(edition.source)
    return move_everybody(session, context, old, new, now) + begin_waiting(session, context, new, now)


def _add_edition(
    session: Session, sequence: Sequence, lessons: list[CompiledLesson], by: str, now: datetime
) -> Edition:
    newest = session.scalar(select(func.max(Edition.number)).where(Edition.sequence == sequence.slug)) or 0
    edition = Edition(
        sequence=sequence.slug,
        number=newest + 1,
        content_hash=mark_of(sequence, lessons),
        source=sequence_to_json(sequence),
        published_at=now,
        published_by=by,
    )
    session.add(edition)
    session.flush()
    for position, (lesson, compiled) in enumerate(zip(sequence.lessons, lessons, strict=True)):
        session.add(
            EditionLesson(
                edition_id=edition.id,
                sequence=sequence.slug,
                lesson_id=lesson.id,
                position=position,
                compiled=compiled.to_json(),
            )
        )
    return edition


def _remove(session: Session, edition: Edition, now: datetime, stop: Collection[str]) -> PublishResult:
    """Takes a sequence out of use. Its editions stay, so that what was sent can still be shown."""
    slug = edition.sequence
    under_way = select(Enrolment.lead_id).where(Enrolment.sequence == slug, Enrolment.state.in_(NOT_ENDED))
    leads = session.scalars(under_way).all()
    if leads and slug not in stop:
        raise PublishRefused(
            f"{slug} is gone from the folder, but {len(leads)} reader(s) are on their way through it. "
            f"Put it back, or stop them in the same command with --stop {slug}."
        )
    for lead_id in leads:
        stop_enrolments(session, lead_id, REMOVED, now, only=[slug])
    session.delete(session.get_one(SequenceState, slug))
    return PublishResult(slug, edition.number, changed=True, rescheduled=len(leads))
