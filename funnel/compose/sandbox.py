"""The small part of Jinja that a lesson may use, and the sandbox it runs in.

Both a lesson's text and the values it is filled with come from people, so there are two barriers: anything not on the
list below is refused when the lesson is compiled, and filling runs in Jinja's sandbox.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from funnel.compose.errors import CompileError
from funnel.curriculum.names import FILTERS, FUNCTIONS, PAGES, VARIABLES, nearest
from funnel.curriculum.questions import ANSWERS, QUESTION_NAME

ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr, nodes.Const, nodes.Name, nodes.Getattr,
    nodes.Call, nodes.Filter, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.List, nodes.Tuple,
)  # fmt: skip
LINK_FUNCTIONS = tuple(FUNCTIONS)


class _Missing(StrictUndefined):
    """An unknown variable: any use raises, and the error's message is the variable's name."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return str(self._undefined_name)


def sandbox(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    """The environment for filling templates: four filters, no globals, no loaders."""
    env = ImmutableSandboxedEnvironment(autoescape=autoescape, undefined=_Missing, keep_trailing_newline=True)
    env.globals.clear()
    env.tests.clear()
    env.filters = {name: env.filters[name] for name in FILTERS}
    return env


HTML = sandbox(autoescape=True)
TEXT = sandbox(autoescape=False)


def parse(source: str, path: str, first_line: int, pages: Collection[str] = ()) -> nodes.Template:
    """The syntax tree of a text with Jinja; `pages` are the practice's own, besides the reader's.

    Raises CompileError with the line in the file.
    """
    try:
        tree = TEXT.parse(source)
        tokens = list(TEXT.lex(source))
    except TemplateSyntaxError as error:
        raise CompileError(
            path, first_line + error.lineno - 1, f"The template does not parse: {error.message}"
        ) from None
    for line, kind, value in tokens:
        if kind.startswith("raw_") or (kind.endswith(("_begin", "_end")) and len(value) > 2):
            raise CompileError(
                path, first_line + line - 1, f"{value.strip()} is not needed here: write {{{{ … }}}} or {{% if %}}"
            )
    for line, message in _complaints(tree, pages):
        raise CompileError(path, first_line + line - 1, message)
    return tree


def calls(tree: nodes.Template) -> Iterator[tuple[str, str, int]]:
    """Every (function, argument, line) of a checked tree, in order; lines count from 1."""
    for call in tree.find_all(nodes.Call):
        yield _function(call), _argument(call) or "", call.lineno


def names(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    """Every (variable, line) of a checked tree; lines count from 1."""
    for node in tree.find_all((nodes.Name, nodes.Getattr)):
        name = _dotted(node)
        if name in VARIABLES:
            yield name, node.lineno


def makes_address(tree: nodes.Template) -> bool:
    """Whether a `{{ … }}` can only give the address of one of the service's pages."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output) or len(tree.body[0].nodes) != 1:
        return False
    return _gives_address(tree.body[0].nodes[0])


def _gives_address(node: nodes.Expr | None) -> bool:
    if isinstance(node, nodes.CondExpr):
        return _gives_address(node.expr1) and _gives_address(node.expr2)
    return isinstance(node, nodes.Call)


def _complaints(tree: nodes.Template, pages: Collection[str]) -> Iterator[tuple[int, str]]:
    # The `lead` of `lead.first_name` and the `page` of `page("web")` are checked with the node around them.
    inner = {
        id(child)
        for node in tree.find_all((nodes.Getattr, nodes.Call))
        for child in (getattr(node, "node", None),)
        if _dotted(child)
    }
    for node in _enrolment(tree):
        if not isinstance(node, ALLOWED):
            yield (
                node.lineno,
                f"{type(node).__name__} is not something a lesson may use: only {{{{ … }}}} and {{% if %}}",
            )
        elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
            yield node.lineno, f"There is no filter {node.name!r}: the filters are {', '.join(FILTERS)}"
        elif isinstance(node, nodes.CondExpr) and node.expr2 is None:
            yield node.lineno, "This does not say what stands here otherwise: add else and a text"
        elif isinstance(node, nodes.Call):
            yield from _call_complaints(node, pages)
        elif isinstance(node, (nodes.Name, nodes.Getattr)) and id(node) not in inner:
            yield from _name_complaints(node)


def _call_complaints(node: nodes.Call, pages: Collection[str]) -> Iterator[tuple[int, str]]:
    name = _function(node)
    if name not in FUNCTIONS:
        near = nearest(name, FUNCTIONS)
        yield node.lineno, f"There is no function {name}()" + (f": did you mean {near}()?" if near else "")
        return
    argument = _argument(node)
    if argument is None:
        yield node.lineno, f'{name}() takes exactly one name in quotation marks, such as {name}("…")'
    elif name == "page" and argument not in (*PAGES, *pages):
        near = nearest(argument, (*PAGES, *pages))
        hint = f'did you mean page("{near}")?' if near else f"the pages are {', '.join((*PAGES, *sorted(pages)))}"
        yield node.lineno, f'There is no page "{argument}": {hint}'


def _name_complaints(node: nodes.Name | nodes.Getattr) -> Iterator[tuple[int, str]]:
    name = _dotted(node) or "that"
    question = name.removeprefix(ANSWERS) if name.startswith(ANSWERS) else ""
    if name not in VARIABLES and not QUESTION_NAME.fullmatch(question):
        near = nearest(name, VARIABLES)
        yield node.lineno, f"There is no variable {name}" + (f": did you mean {near}?" if near else "")


def _enrolment(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _enrolment(child)


def _dotted(node: nodes.Node | None) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        before = _dotted(node.node)
        return f"{before}.{node.attr}" if before else ""
    return ""


def _function(node: nodes.Call) -> str:
    return _dotted(node.node) or "that"


def _argument(node: nodes.Call) -> str | None:
    if (
        node.kwargs
        or node.dyn_args
        or node.dyn_kwargs
        or len(node.args) != 1
        or not isinstance(node.args[0], nodes.Const)
    ):
        return None
    value: Any = node.args[0].value
    return value if isinstance(value, str) else None
