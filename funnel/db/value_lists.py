"""Whether a column is one of many values, asked with one parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Dialect, Integer, String, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine


class _Values(TypeDecorator[Sequence[Any]]):
    """A list as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = JSON
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSON() if dialect.name == "sqlite" else postgresql.ARRAY(self.of))


class among(FunctionElement[bool]):
    """Whether a column of numbers or texts is one of these values, with a single parameter for all of them.

    `IN` has a parameter for each, and building and parsing a statement with five hundred costs more than running it.
    """

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any] | InstrumentedAttribute[Any], values: Iterable[Any]) -> None:
        of = BigInteger() if isinstance(column.type, Integer) else String()
        super().__init__(column, bindparam(None, list(values), type_=_Values(of)))

    def self_group(self, against: object = None) -> among:
        """Itself: SQLAlchemy would compare the condition with 1 for SQLite, and then no index is used."""
        return self


@compiles(among)
def _among_array(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(values, **options)})"


@compiles(among, "sqlite")
def _among_json(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    each = f"json_each({compiler.process(values, **options)})"
    asked = compiler.process(column, **options)
    return f"{asked} IN (SELECT value FROM {each})"  # noqa: S608  # nosec B608 # both are compiled here
