"""Many rows changed by one statement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import CursorResult, bindparam, text
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine


class UpdateEach:
    """One statement that changes many rows, with what differs between them in one JSON document.

    A statement for each row costs a round trip and a plan, which is more than the change itself. `sql` is an UPDATE in
    which `{each}` is the document as a table, `{key}` a row's id, and `{value}` its value: text, or JSON with
    `as_json`. It may return rows (RETURNING). `{listed}` is a table `listed` of texts, its column `value`. `types` are
    the types of parameters that need one.
    """

    def __init__(self, sql: str, *, as_json: bool = False, **types: TypeEngine[Any]) -> None:
        document = "json_each" if as_json else "json_each_text"
        ways = {
            "sqlite": {
                "each": "json_each(:each) AS each",
                "key": "CAST(each.key AS INTEGER)",
                "listed": "json_each(:listed) AS listed",
            },
            "postgresql": {
                "each": f"{document}(CAST(:each AS JSON)) AS each",
                "key": "CAST(each.key AS BIGINT)",
                "listed": "json_array_elements_text(CAST(:listed AS JSON)) AS listed(value)",
            },
        }
        typed = [bindparam(name, type_=kind) for name, kind in types.items()]
        self._statements = {
            dialect: text(sql.format(**words, value="each.value")).bindparams(*typed) for dialect, words in ways.items()
        }

    def __call__(
        self, session: Session, rows: Mapping[int, object], listed: Iterable[str] | None = None, **values: object
    ) -> CursorResult[Any]:
        """Changes these rows, each with its value; returns the statement's result. Flushes the session first.

        A statement with no condition on what it changes, such as the state, needs its rows to be locked before. Rows
        are taken in the order of their ids, as far as the plan allows.
        """
        session.flush()
        connection = session.connection()
        values["each"] = json.dumps(dict(sorted(rows.items())))
        if listed is not None:
            values["listed"] = json.dumps(list(listed))
        return connection.execute(self._statements[connection.dialect.name], values)
