"""What a lesson's Jinja may do: print documented variables, use {% if %}, and link by documented functions.

Everything is checked on the syntax tree against allow-lists, so nothing is left that could escape a sandbox or run for
ever.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jinja2 import TemplateSyntaxError, nodes

from funnel.curriculum.lint.merge_tags import right_spelling
from funnel.curriculum.lint.questions import misused
from funnel.curriculum.lint.spans import SYNTAX, Span, TemplateError, Word, spans_of
from funnel.curriculum.lint.tags import Found, check_tags
from funnel.curriculum.names import FILTERS, FUNCTIONS, PAGES, QUIZ_RESULTS, VARIABLES, nearest
from funnel.curriculum.parse.report import printable, some_of
from funnel.curriculum.questions import ANSWERS, Question

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr, nodes.Const, nodes.Name, nodes.Getattr,
    nodes.Call, nodes.Filter, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.List, nodes.Tuple,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """The names that functions' arguments may use in this folder."""

    bookings: frozenset[str] = frozenset()
    downloads: frozenset[str] = frozenset()
    books: frozenset[str] = frozenset()
    trainings: frozenset[str] = frozenset()
    sessions: frozenset[str] = frozenset()
    sequences: frozenset[str] = frozenset()
    results: frozenset[str] = field(default_factory=lambda: frozenset(QUIZ_RESULTS))
    pages: frozenset[str] = field(default_factory=lambda: frozenset(PAGES))
    variables: Mapping[str, str] = field(default_factory=lambda: VARIABLES)
    functions: Mapping[str, str] = field(default_factory=lambda: FUNCTIONS)
    questions: Mapping[str, Question] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    """Functions whose names lie in a file that cannot be read: any name is taken, and the file is reported."""

    def arguments(self, function: str) -> tuple[frozenset[str], str]:
        """The names `function` takes, and where they are defined."""
        return {
            "book": (self.bookings, "[booking] in practice.toml"),
            "begin": (self.sequences, "the sequences"),
            "download": (self.downloads, "the assets folder"),
            "read": (self.books, "the assets folder (as .md)"),
            "session": (self.sessions, "sessions.toml"),
            "watch": (self.trainings, "the assets folder (as .toml)"),
            "page": (self.pages, "the pages"),
        }[function]


def check_template(text: str, known: Known, found: Found) -> list[Span] | None:
    """Reports to `found` everything wrong with the Jinja in `text`. Returns the spans, or None if they cannot be
    parsed.
    """
    try:
        spans = spans_of(text)
    except TemplateError as error:
        found(error.offset, True, "template", error.message, "Write {{ name }} or {% if … %} … {% endif %}.")
        return None
    if not spans:
        return spans
    if not check_tags(spans, found):
        return spans
    try:
        tree = SYNTAX.parse(text)
    except TemplateSyntaxError as error:
        span = next((s for s in spans if text.count("\n", 0, s.end) + 1 >= error.lineno), spans[-1])
        what = printable(str(error.message).rstrip("."), 80)
        fix = right_spelling(text[span.start : span.end], for_reader="lead.first_name" in known.variables)
        found(span.start, True, "template", f"this cannot be read ({what})", fix or "Write {{ name }} or {% if … %}.")
        return spans
    except (RecursionError, ValueError, OverflowError):
        found(spans[0].start, True, "template", "this is too deep to read", "Make it simpler.")
        return spans
    _Checker(text, spans, known, found).check(tree)
    return spans


def is_address(span: Span, text: str) -> bool:
    """Whether a `{{ … }}` can only give the address of one of the reader's pages."""
    if span.kind != "expression":
        return False
    tree = SYNTAX.parse(text[span.start : span.end])
    output = tree.body[0] if len(tree.body) == 1 else None
    return isinstance(output, nodes.Output) and len(output.nodes) == 1 and _gives_address(output.nodes[0])


def _gives_address(node: nodes.Expr | None) -> bool:
    if isinstance(node, nodes.CondExpr):
        return _gives_address(node.expr1) and _gives_address(node.expr2)
    return isinstance(node, nodes.Call)


def dotted(node: nodes.Node) -> str:
    """ "lead.first_name" for such a node, "" for any other."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        before = dotted(node.node)
        return f"{before}.{node.attr}" if before else ""
    return ""


class _Checker:
    """One walk over one syntax tree."""

    def __init__(self, text: str, spans: list[Span], known: Known, found: Found) -> None:
        self._known = known
        self._found = found
        self._words: dict[tuple[int, str], list[Word]] = {}
        self._ends: list[tuple[int, int]] = []
        line, at = 1, 0
        for span in spans:
            for word in span.words:
                line, at = line + text.count("\n", at, word.start), word.start
                self._words.setdefault((line, word.text), []).append(word)
            self._ends.append((line, span.start))

    def check(self, tree: nodes.Template) -> None:
        """Walks the tree."""
        self._visit(tree, named=False)

    def _error(self, node: nodes.Node, word: str, message: str, fix: str, code: str = "template") -> None:
        self._found(self._place(node, word), True, code, message, fix)

    def _place(self, node: nodes.Node, word: str) -> int:
        # Several uses of one name on a line are reported in their order there.
        places = self._words.get((node.lineno, word), [])
        if places:
            return places.pop(0).start if len(places) > 1 else places[0].start
        found = bisect_left(self._ends, (node.lineno, 0))
        return self._ends[min(found, len(self._ends) - 1)][1]

    def _visit(self, node: nodes.Node, named: bool) -> None:
        """`named`: the code around this node handles an empty first name."""
        if not isinstance(node, _ALLOWED):
            what = type(node).__name__.lower()
            self._error(
                node, "", f"{what} is not something a lesson may use", "Use documented names and {% if %} only."
            )
            return
        if isinstance(node, nodes.Name | nodes.Getattr):
            self._check_variable(node, named)
            return
        if isinstance(node, nodes.Call):
            self._check_call(node)
            return
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            self._unknown(node, node.name, "filter", FILTERS)
        if isinstance(node, nodes.CondExpr) and node.expr2 is None:
            self._error(node, "if", "nothing is said for the other case", 'Add else and a text: … else "reader".')
        if isinstance(node, nodes.Output):
            self._check_printed(node)
        if isinstance(node, nodes.Compare):
            self._check_results(node)
            self._check_answers(node)
        thought_of = named or _asks_for_name(node)
        for child in node.iter_child_nodes():
            self._visit(child, thought_of)

    def _check_printed(self, node: nodes.Output) -> None:
        for child in node.nodes:
            name = dotted(child)
            if name in _QUESTIONS:
                self._error(child, name, f"{name} cannot be printed", f"Ask for it: {{% if {_QUESTIONS[name]} %}}.")
            for answer in _printed_answers(child):
                # What somebody wrote in her own words might be a stranger's words to her, or a link.
                fix = f"Ask for it, and say it in words of your own: {{% if {dotted(answer)} %}}."
                self._error(answer, "answers", f"{dotted(answer)} cannot be printed", fix)

    def _check_variable(self, node: nodes.Name | nodes.Getattr, named: bool) -> None:
        name = dotted(node)
        first = name.split(".", 1)[0] or "that"
        if name not in self._known.variables:
            self._unknown(node, name or "that", "variable", self._known.variables, first)
        elif name == "lead.first_name" and not named:
            self._found(
                self._place(node, first), False, "no-fallback", "the first name may be empty",
                'Write {{ lead.first_name or "reader" }}.',
            )  # fmt: skip

    def _unknown(self, node: nodes.Node, name: str, what: str, known: Mapping[str, str], word: str = "") -> None:
        near = nearest(name, known)
        fix = f"Did you mean {near}?" if near else f"Known: {some_of(known)}."
        if what == "variable" and (near is None or "." not in name):
            fix = right_spelling(name, for_reader="lead.first_name" in known) or fix
        self._error(node, word or name, f"there is no {what} {printable(name)}", fix, f"unknown-{what}")

    def _check_call(self, node: nodes.Call) -> None:
        name = dotted(node.node) or "that"
        if name not in self._known.functions:
            self._unknown(node, name, "function", self._known.functions, name.split(".", 1)[0])
            return
        argument = _only_text(node)
        if argument is None:
            self._error(node, name, f"{name} takes one name in quotes", f'Write {name}("…").')
            return
        names, where = self._known.arguments(name)
        if argument not in names and name not in self._known.unread:
            near = nearest(argument, names)
            fix = f'Did you mean {name}("{near}")?' if near else f"There is: {some_of(names) or 'nothing yet'}."
            self._error(node, name, f"{printable(argument)} is not in {where}", fix, "unknown-argument")

    def _check_answers(self, node: nodes.Compare) -> None:
        operand = node.ops[0]
        operator = _SIGNS.get(operand.op, operand.op)
        for side, other, how in (
            (node.expr, operand.expr, operator),
            (operand.expr, node.expr, "holds" if operator == "in" else operator),
        ):
            question = self._known.questions.get(dotted(side).removeprefix(ANSWERS))
            wrong = None if question is None else misused(question, how, _constant(other))
            if wrong is not None and dotted(side).startswith(ANSWERS):
                self._error(node, "answers", *wrong, "unknown-answer")

    def _check_results(self, node: nodes.Compare) -> None:
        sides = [node.expr, *(operand.expr for operand in node.ops)]
        if not any(dotted(side) == "quiz.result" for side in sides):
            return
        for text in (text for side in sides for text in _texts(side)):
            if text and text not in self._known.results:
                near = nearest(text, self._known.results)
                fix = f"Did you mean {near}?" if near else f"Results: {some_of(self._known.results)}."
                self._error(node, "quiz", f"no quiz result is called {printable(text)}", fix, "unknown-result")


def _printed_answers(node: nodes.Node | None) -> Iterator[nodes.Getattr]:
    """The answers whose value this expression may give."""
    if isinstance(node, nodes.Getattr) and dotted(node).startswith(ANSWERS):
        yield node
    elif isinstance(node, nodes.CondExpr):
        yield from (*_printed_answers(node.expr1), *_printed_answers(node.expr2))
    elif isinstance(node, nodes.And | nodes.Or):
        yield from (*_printed_answers(node.left), *_printed_answers(node.right))
    elif isinstance(node, nodes.Filter):
        yield from _printed_answers(node.node)
        for argument in node.args:
            yield from _printed_answers(argument)


def _constant(node: nodes.Node) -> object:
    """What is written there: a text, true or false, or a list of texts; "" for anything else."""
    if isinstance(node, nodes.List | nodes.Tuple):
        return [_constant(item) for item in node.items]
    return node.value if isinstance(node, nodes.Const) else ""


_SIGNS = {"eq": "==", "ne": "!=", "in": "in", "notin": "in"}
_QUESTIONS = {"tags": "'evening' in tags", "booked": "booked", "replied": "replied"}


def _asks_for_name(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Or):
        return True
    if isinstance(node, nodes.Filter):
        return node.name == "default"
    if isinstance(node, nodes.If | nodes.CondExpr):
        return any(dotted(part) == "lead.first_name" for part in (node.test, *node.test.find_all(nodes.Getattr)))
    return False


def _texts(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.List | nodes.Tuple):
        for item in node.items:
            yield from _texts(item)


def _only_text(node: nodes.Call) -> str | None:
    if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None or len(node.args) != 1:
        return None
    value = node.args[0].value if isinstance(node.args[0], nodes.Const) else None
    return value if isinstance(value, str) else None
