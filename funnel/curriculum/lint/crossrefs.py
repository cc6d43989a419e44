"""How the parts of a folder fit together: who starts what, what a lesson's conditions ask about, which files exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import product

from funnel.curriculum.conditions import Condition, ConditionError, Facts, parse_condition
from funnel.curriculum.conditions.answers import answer_ways, asked_answers
from funnel.curriculum.conditions.tree import Compare, Constant, Name
from funnel.curriculum.lint.questions import check_condition_answers
from funnel.curriculum.lint.rounds import check_rounds
from funnel.curriculum.lint.tagged import check_asked_tags, check_tag_goals
from funnel.curriculum.lint.templates import Known
from funnel.curriculum.model import Lesson, Offer, Sequence
from funnel.curriculum.named_files import book_names, download_names
from funnel.curriculum.names import PAGES, QUIZ_RESULTS, VARIABLES, nearest
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.library import Parts
from funnel.curriculum.parse.nodes import Node, Scalar
from funnel.curriculum.parse.report import Report, printable, some_of
from funnel.curriculum.problem import Location
from funnel.curriculum.questions import ANSWERS, Question, asked_questions
from funnel.curriculum.schedule_summary import way
from funnel.curriculum.sessions import SessionList

_MOST_CASES = 20_000


def known_in(parts: Parts) -> Known:
    """The names that lessons may use in this folder."""
    trainings = {name.removesuffix(".toml") for name in parts.assets if name.endswith(".toml")}
    bookings = parts.practice.bookings if parts.practice is not None else {}
    pages = frozenset((*PAGES, *parts.pages))
    lost = {"book": parts.practice is None, "session": parts.broken and parts.sessions is None}
    return Known(
        bookings=frozenset(bookings),
        downloads=download_names(parts.assets),
        books=book_names(parts.assets),
        sessions=frozenset(each.slug for each in (parts.sessions or SessionList()).sessions),
        trainings=frozenset(trainings),
        sequences=frozenset(parts.sequences),
        pages=pages,
        variables=_variables(asked_in(parts)),
        questions=asked_in(parts),
        unread=frozenset(name for name, unread in lost.items() if unread),
    )


def _variables(questions: Mapping[str, Question]) -> dict[str, str]:
    """What a lesson may name: of the answers those to these questions, in place of the example."""
    fixed = {name: says for name, says in VARIABLES.items() if not name.startswith(ANSWERS)}
    return fixed | {f"{ANSWERS}{name}": each.label for name, each in questions.items()}


def asked_in(parts: Parts) -> dict[str, Question]:
    """The questions of its offers by name, open or not: who answered one before is still spoken to."""
    return asked_questions(offer.questions for offer in parts.offers.values())


def check_offers(parts: Parts, known: Known, report: Report) -> None:
    """Reports promised files that are missing, and open offers that lead nowhere."""
    started = {slug for sequence in parts.sequences.values() for slug in sequence.for_offers}
    for slug, offer in parts.offers.items():
        fields = parts.sources[f"offers/{slug}.md"].fields
        there = known.trainings if offer.kind == "training" else known.downloads
        if offer.asset is not None and offer.asset not in there:
            wanted = f"{offer.asset}.toml" if offer.kind == "training" else f"{offer.asset}.md or {offer.asset}.pdf"
            fields.error(
                fields.node("asset"), "missing-asset", f"there is no {printable(wanted)} in assets",
                f"Put it there, or name one of: {some_of(there) or 'nothing there yet'}.",
            )  # fmt: skip
        _check_follower(offer, fields, parts)
        if offer.open and not offer.paid and slug not in started and not parts.broken:
            report.warning(
                Location(fields.path), "starts-nothing", f"nobody who signs up for {slug} gets a lesson",
                f"Add {slug} to for_offers of a sequence, if one should follow.",
            )  # fmt: skip


def _check_follower(offer: Offer, fields: Fields, parts: Parts) -> None:
    """Reports a second box that asks for what could never follow this offer."""
    node, slug = fields.node("followed_by"), offer.followed_by
    if node is None or not slug or parts.broken or not parts.sequences:
        return
    if slug not in parts.sequences:
        _unknown(fields, node, "followed_by", slug, parts.sequences)
        return
    steps = way(parts.sequences.values(), offer.slug)
    if any(each.slug == slug for each in (steps[0] if steps else [])):
        fields.error(
            node, "begins-already", f"{slug} begins with this offer already, so a second box asks for nothing",
            "Leave followed_by and its sentence out, or this offer out of the sequence's for_offers.",
        )  # fmt: skip
    elif not any(each.slug == slug for step in steps[1:] for each in step):
        ends = ", ".join(f'"finished:{each.slug}"' for each in (steps[0] if steps else []))
        fix = f"Add {ends} to start_on of {slug}." if ends else "Name this offer in for_offers of a sequence first."
        fields.error(node, "never-follows", f"{slug} does not begin where the mails of this offer end", fix)


def check_sequences(parts: Parts, published: Mapping[str, AbstractSet[str]], report: Report) -> None:
    """Reports faults in the triggers, goals and lesson ids of all sequences."""
    for slug, sequence in parts.sequences.items():
        fields = parts.sources[f"{slug}/sequence.md"].fields
        _check_start(sequence, fields, parts)
        check_rounds(sequence, fields, parts.practice)
        check_tag_goals(sequence, fields)
        _check_gone(sequence, fields, published.get(slug, set()), report)
        for lesson in sequence.lessons:
            if lesson.only_if is not None:
                _check_condition(
                    sequence, lesson, parts.sources[lesson.path].fields, asked_in(parts), has_quiz=_has_quiz(parts)
                )
    _check_rivals(parts)
    _check_reachable(parts)


def _check_start(sequence: Sequence, fields: Fields, parts: Parts) -> None:
    for item in fields.texts("for_offers"):
        # One that exists and has a fault of its own is reported at its own place.
        if item.text not in parts.offers and f"offers/{item.text}.md" not in parts.sources:
            _unknown(fields, item, "for_offers", item.text, parts.offers)
    if "confirm" in sequence.start_on and not sequence.for_offers:
        fields.missing("for_offers", "Name the offers whose sign-up starts it, such as for_offers: [ebook].")
    for item in fields.texts("start_on"):
        if item.text == "quiz_result" and not _has_quiz(parts):
            fields.warning(
                item, "no-quiz", "no quiz is open, so quiz_result starts nothing",
                "Open one, or name confirm, watched, by_hand or finished:<sequence> too, if somebody should get it.",
            )  # fmt: skip
        other = item.text.removeprefix("finished:")
        if other == item.text:
            continue
        if other == sequence.slug:
            fields.error(item, "unknown-value", "a sequence cannot start when it has itself ended", "Name another.")
        elif other not in parts.sequences and not parts.broken:
            _unknown(fields, item, "start_on", other, parts.sequences)


def _unknown(fields: Fields, node: Node, key: str, word: str, known: Mapping[str, object]) -> None:
    near = nearest(word, known)
    fix = f"Did you mean {near}?" if near else f"There is: {some_of(known) or 'nothing yet'}."
    fields.error(node, "unknown-value", f"{key} names {printable(word)}, which is not there", fix)


def _check_gone(sequence: Sequence, fields: Fields, published: AbstractSet[str], report: Report) -> None:
    if any(found.severity == "error" and found.path.startswith(f"{sequence.slug}/") for found in report.problems):
        return  # a file that cannot be read is reported as such
    for gone in sorted(published - {lesson.id for lesson in sequence.lessons}):
        report.warning(
            Location(fields.path), "id-gone", f"the lesson {gone} was published before and is gone",
            "If it was renamed, give it its old id back: readers would get it twice.",
        )  # fmt: skip


def _triggers(sequence: Sequence, parts: Parts) -> Iterator[tuple[str, str]]:
    """What starts the sequence, as pairs that no two sequences may share, with their descriptions."""
    of_kind = {"watched": "training", "quiz_result": "quiz"}
    for trigger in sequence.start_on:
        if trigger == "confirm":
            yield from ((f"confirm {slug}", f"confirming {slug}") for slug in sequence.for_offers)
        elif trigger in of_kind:
            offers = [s for s in sequence.for_offers if s in parts.offers and parts.offers[s].kind == of_kind[trigger]]
            yield from ((f"{trigger} {slug}", f"{trigger} of {slug}") for slug in offers or ("",))
        elif trigger != "by_hand":
            yield trigger, trigger


def _check_rivals(parts: Parts) -> None:
    first: dict[str, str] = {}
    for slug, sequence in parts.sequences.items():
        for trigger, words in _triggers(sequence, parts):
            rival = first.setdefault(trigger, slug)
            if rival != slug:
                fields = parts.sources[f"{slug}/sequence.md"].fields
                key = "for_offers" if trigger.startswith("confirm ") else "start_on"
                fields.error(
                    fields.node(key), "two-sequences", f"{words.strip()} starts {rival} too".replace(" of  ", " "),
                    "Let one of the two start when the other has ended: finished:" + rival + ".",
                )  # fmt: skip


def _check_reachable(parts: Parts) -> None:
    """Reports a sequence that no sign-up can ever reach, because it only starts when others end."""
    reached: set[str] = set()
    for _ in parts.sequences:
        for slug, sequence in parts.sequences.items():
            if any(not t.startswith("finished:") or t.removeprefix("finished:") in reached for t in sequence.start_on):
                reached.add(slug)
    for slug, sequence in parts.sequences.items():
        if slug not in reached and sequence.start_on and not parts.broken:
            fields = parts.sources[f"{slug}/sequence.md"].fields
            fields.error(
                fields.node("start_on"), "unreachable", "nobody can ever start this sequence",
                "Add confirm with for_offers, or by_hand.",
            )  # fmt: skip


def _has_quiz(parts: Parts) -> bool:
    """Whether anybody can have a result; where a file could not be read, as if."""
    return parts.broken or any(offer.kind == "quiz" and offer.open for offer in parts.offers.values())


def _check_condition(
    sequence: Sequence, lesson: Lesson, fields: Fields, questions: Mapping[str, Question], *, has_quiz: bool
) -> None:
    node = fields.node("only_if")
    try:
        condition = parse_condition(lesson.only_if or "")
    except ConditionError:
        return  # reported when the lesson was read
    if not isinstance(node, Scalar):
        return
    check_asked_tags(condition, fields, node)
    check_condition_answers(condition, questions, fields, node)
    ids = [other.id for other in sequence.lessons]
    for part in condition.nodes():
        if isinstance(part, Name) and part.argument:
            _check_asked_lesson(part, lesson, ids, fields, node)
        elif isinstance(part, Compare):
            _check_result_names(part, fields, node)
    if not _can_hold(condition, ("", *QUIZ_RESULTS)):
        fields.error(node, "unreachable", "nobody can ever get this lesson", "Change only_if so that it can hold.")
    elif not has_quiz and not _can_hold(condition, ("",)):
        fields.warning(
            node, "no-quiz", "nobody gets this lesson: no quiz is open, so nobody has a result",
            "Make it hold without a result too, such as quiz.result == '' or …, if somebody should get it.",
        )  # fmt: skip


def _check_asked_lesson(part: Name, lesson: Lesson, ids: list[str], fields: Fields, node: Node) -> None:
    if part.argument not in ids:
        near = nearest(part.argument, ids)
        fix = f"Did you mean {near}?" if near else f"Lessons here: {some_of(ids)}."
        fields.error(node, "only-if", f"only_if asks about {printable(part.argument)}, which is no lesson here", fix)
    elif ids.index(part.argument) >= ids.index(lesson.id):
        fields.error(
            node, "only-if", f"only_if asks about {part.argument}, which comes no earlier than this lesson",
            "Ask about a lesson that went out before.",
        )  # fmt: skip


def _check_result_names(part: Compare, fields: Fields, node: Node) -> None:
    sides = (part.left, part.right)
    if not any(isinstance(side, Name) and side.name == "quiz.result" for side in sides):
        return
    for side in sides:
        if isinstance(side, Constant):
            for text in side.value if isinstance(side.value, tuple) else (side.value,):
                if text and text not in QUIZ_RESULTS:
                    near = nearest(str(text), QUIZ_RESULTS)
                    fix = f"Did you mean {near}?" if near else f"Results: {', '.join(QUIZ_RESULTS)}."
                    fields.error(node, "only-if", f"no quiz result is called {printable(str(text))}", fix)


def _can_hold(condition: Condition, results: tuple[str, ...]) -> bool:
    """Whether it holds for anybody; where there are too many cases to try them all, as if."""
    return any(facts is None or condition.evaluate(facts) for facts in _every_case(condition, results))


def _every_case(condition: Condition, results: tuple[str, ...]) -> Iterator[Facts | None]:
    """Sets of facts, at least one of which makes the condition true if any does; None where it gives up."""
    numbers: set[int] = {0}
    tags: set[str] = set()
    lessons: set[str] = set()
    for part in condition.nodes():
        if isinstance(part, Constant) and isinstance(part.value, int | float) and not isinstance(part.value, bool):
            numbers |= {max(0, int(part.value) + step) for step in (-1, 0, 1)}
        elif isinstance(part, Constant) and isinstance(part.value, str):
            tags.add(part.value)
        elif isinstance(part, Name) and part.argument:
            lessons.add(part.argument)
    sets = [list(_subsets(names)) for names in (tags, lessons, lessons)]
    named = {part.name for part in condition.nodes() if isinstance(part, Name)}
    yes_or_no = {name: (False, True) if name in named else (False,) for name in ("booked", "replied")}
    quarters = range(5) if "watched" in named else range(1)
    asked = sorted(asked_answers(condition))
    found = results if "quiz.result" in named else ("",)
    said = [tuple(zip(asked, each, strict=True)) for each in product(answer_ways(condition), repeat=len(asked))]
    cases = product(sets[0] if "tags" in named else [frozenset()], quarters, sorted(numbers), sets[1], sets[2], said)
    people = product(found, yes_or_no["booked"], yes_or_no["replied"])
    for count, ((result, booked, replied), known) in enumerate(product(people, cases)):
        if count >= _MOST_CASES:
            yield None
            return
        tagged, watched, weeks, opened, clicked, answers = known
        yield Facts(result, tagged, booked, watched, weeks, opened, clicked, replied, answers)


def _subsets(names: set[str]) -> Iterator[frozenset[str]]:
    listed = sorted(names)[:6]
    return (
        frozenset(n for n, on in zip(listed, bits, strict=True) if on) for bits in product((0, 1), repeat=len(listed))
    )
