"""Whether a quiz has exactly one result for every possible set of answers, and says nothing that no quiz can know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from funnel.curriculum.lint.wording import ADVICE, HEARD, loud_words
from funnel.curriculum.markdown.odd import odd_in_line
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.library import Parts, Source
from funnel.curriculum.parse.nodes import Listing, Node, Scalar, Table
from funnel.curriculum.parse.report import Report, printable
from funnel.curriculum.parse.source import place
from funnel.curriculum.quiz import LINES, REGIONS, Quiz, census

# Below these keys stands what somebody is told of herself.
_OF_HER = ("lines", "results")
_LEANING = 'Say what her answers lean to, these weeks: "Your answers lean towards …".'
# (what it is, how it is recognised, whether only in what is said of her). The list is our own.
_NEVER_SAID = tuple(
    (what, re.compile(rf"(?<!\w)(?:{words})", re.I), of_her)
    for what, words, of_her in (
        ("a verdict on a person", r"you\s+are(?!\w)|you['’]re(?!\w)|you\s+aren['’]t(?!\w)|are\s+you(?!\w)", True),
        (
            "a diagnosis",
            r"(?<!\bno )(?<!\bnot a )(?<!\bnever a )(?<!\bnor a )diagnos[a-z]+|disorder(?:s|ed)?(?!\w)|syndromes?(?!\w)"
            r"|patholog[a-z]+|symptom[a-z]*|clinical(?:ly)?(?!\w)|dysfunction[a-z]*|neuro(?:sis|tic)[a-z]*"
            r"|borderline(?!\w)|narciss[a-z]+|psychopath[a-z]*|co-?dependen[a-z]+|toxic(?!\w)|abnormal[a-z]*",
            False,
        ),
        ("a risk", r"risk(?:s|y|ed|ing|ier)?(?!\w)|at-risk", False),
        (
            "a norm that nobody has",
            r"percentiles?(?!\w)|per\s?cent(?!\w)|(?:above|below) average|norm(?:s|ed)(?!\w)",
            False,
        ),
        (
            "the name of a published scale, or a claim to be one",
            r"ECR(?:-[A-Z]+)?(?!\w)|experiences in close relationships|adult attachment (?:scale|interview)"
            r"|adult attachment questionnaire|relationship (?:scales? )?questionnaire|validated"
            r"|(?:scientific|clinic)ally proven",
            False,
        ),
    )
)  # fmt: skip
# In every language.
_FIGURES = re.compile(r"\d+\s*[%‰]|\d+\s*(?:/|out of)\s*\d+")


def check_quizzes(parts: Parts, report: Report) -> None:
    """Reports what is wrong with the quizzes of a folder that could be read; of one not open, as warnings."""
    english = parts.practice is None or parts.practice.language.lower().startswith("en")
    for slug, offer in parts.offers.items():
        if offer.quiz is None:
            continue
        source, aside = parts.sources[f"offers/{slug}.md"], Report()
        _check(offer.quiz, replace(source, fields=Fields(source.fields.path, source.fields.table, aside)), english)
        wrong_before = any(each.severity == "error" and each.path == source.fields.path for each in report.problems)
        if not wrong_before and not aside.count_errors():
            _check_results(offer.quiz, Fields(source.fields.path, source.fields.table, aside))
        (report.add if offer.open else report.add_as_warnings)(aside.problems)


def _check(quiz: Quiz, source: Source, english: bool) -> None:
    for key, item in _texts(source.fields):
        _check_words(source.fields, key, item, english)
    _check_body(source, english)
    _check_lines(quiz, source.fields)


def _check_lines(quiz: Quiz, fields: Fields) -> None:
    for line in LINES:
        if quiz.statements and not quiz.on(line):
            fields.error(
                fields.node("statements"), "empty-line", f"no statement counts for {line}",
                f"Write statements with line: {line}; both lines need some.",
            )  # fmt: skip


def _check_results(quiz: Quiz, fields: Fields) -> None:
    """The proof, by going through all sets of answers; then that each region can be reached."""
    found = census(quiz)
    node = fields.node("scoring")
    if not found.is_proof:
        fields.error(
            node, "no-one-result", f"{len(found.astray)} sums of answers have no result, or several",
            "Set middle, in_between and least_answered so that each has one.",
        )  # fmt: skip
        return
    scoring = Fields(fields.path, node, fields.report) if isinstance(node, Table) else fields
    for region in REGIONS:
        if not found.sets[region]:
            scoring.error(
                scoring.node("in_between"), "unreachable", f"nobody can ever have the result {region}",
                "Bring middle nearer to the middle of the answers, or make in_between smaller, but not 0.",
            )  # fmt: skip
            return
    # One answer, one step further, moves the mean of the fewest answers by this many hundredths.
    step = 100 / quiz.scoring.least_answered
    if 2 * quiz.scoring.in_between < step:
        scoring.error(
            scoring.node("in_between"), "narrow-band",
            f"in_between is so narrow that one answer, one step further, turns low into high with "
            f"{quiz.scoring.least_answered} answers",
            f"Write {ceil(step / 2) / 100:.2f} or more; 0.35 suits twelve statements.",
        )  # fmt: skip
    if quiz.scoring.sure_to < quiz.scoring.in_between:
        scoring.error(
            scoring.node("sure_to"), "narrow-band", "the page would show a place more exactly than words say it",
            "Write sure_to as large as in_between or larger; 0.7 suits twelve statements.",
        )  # fmt: skip


def _check_body(source: Source, english: bool) -> None:
    for offset, code, message, fix in _never_said(source.body, of_her=False, english=english):
        line, column = place(source.body, offset, source.body_line)
        source.fields.error(Scalar("", False, line, column), code, message, fix)


def _never_said(text: str, *, of_her: bool, english: bool) -> Iterator[tuple[int, str, str, str]]:
    """Where (from 0) a text says what no quiz can know: the code, the message, and what to do."""
    figure = _FIGURES.search(text)
    if figure is not None:
        what = f"{printable(figure[0])!r} reads like a score: no quiz is that exact"
        yield figure.start(), "score", what, "Say it in words; the page shows her place on each line."
    for what, pattern, only_of_her in _NEVER_SAID if english else ():
        if of_her or not only_of_her:
            for match in pattern.finditer(text):
                said = f'"{printable(" ".join(match[0].split()))}" is {what}'
                yield match.start(), "not-for-a-quiz", said, _LEANING


def _check_words(fields: Fields, key: str, item: Scalar, english: bool) -> None:
    start = item.column + (1 if item.quoted else 0)

    def tell(offset: int, is_error: bool, code: str, message: str, fix: str) -> None:
        at = Scalar(item.text, item.quoted, item.line, start + offset)
        (fields.error if is_error else fields.warning)(at, code, message, fix)

    for offset, code, message, fix in _never_said(item.text, of_her=key in _OF_HER, english=english):
        tell(offset, True, code, message, fix)
    if key not in ("title", "teaser", "button", "consent", "thanks"):  # these are looked at with those of all offers
        for offset, message, fix in odd_in_line(item.text):
            tell(offset, False, "markdown-in-line", message, fix)
        for offset, kind, words in loud_words(item.text[:1000]) if english else ():
            what = f'"{printable(words)}" may be heard as {HEARD[kind]}'
            tell(offset, False, f"{kind}-words", what, ADVICE[kind])


def _texts(fields: Fields) -> Iterator[tuple[str, Scalar]]:
    """Each text a reader sees, with the key of the file it stands below."""
    for key, entry in fields.table.entries.items():
        if key not in ("kind", "open", "asset", "questions"):  # questions are looked at with those of all offers
            yield from ((key, item) for item in _scalars(entry.value))


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Listing):
        for item in node.items:
            yield from _scalars(item)
    elif isinstance(node, Table):
        for name, entry in node.entries.items():
            if name not in ("id", "line", "reverse", "middle", "in_between", "sure_to", "least_answered"):
                yield from _scalars(entry.value)
