"""Which state may follow which, on one row and on many, and that nobody else changes one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import funnel
from funnel.deliveries import statements
from funnel.deliveries.making import LessonOf, new_lesson, new_mail, new_sign_in_mail
from funnel.deliveries.statements import Lease
from funnel.deliveries.states import (
    TRANSITIONS,
    IllegalTransition,
    mark_ended,
    mark_held,
    mark_waiting,
    reopen,
    require,
)
from funnel.models import Delivery, DeliveryKind, DeliveryState
from funnel.sending.claims import hold_all
from funnel.sending.composing import Unfillable
from funnel.wiring import Service
from tests.conftest import MONDAY
from tests.journey.batches import five_waiting

ENDS = (DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.SKIPPED)
ROOT = Path(funnel.__file__).parent.parent


def mail(state: DeliveryState) -> Delivery:
    made = new_mail(DeliveryKind.CONFIRMATION, MONDAY, lead_id=1)
    made.state = state
    return made


def change(delivery: Delivery, after: DeliveryState) -> None:
    """The function that brings a row into this state; claiming is a statement."""
    changes: dict[DeliveryState, Callable[[], None]] = {
        DeliveryState.WAITING: lambda: mark_waiting(delivery),
        DeliveryState.HELD: lambda: mark_held(delivery, "{{ x }} is empty"),
        DeliveryState.CLAIMED: lambda: require(DeliveryState(delivery.state), after),
        DeliveryState.HANDING_OVER: lambda: reopen(delivery),
    }
    changes.get(after, lambda: mark_ended(delivery, after, "why", MONDAY))()


@pytest.mark.parametrize(("before", "after"), list(product(DeliveryState, repeat=2)))
def test_a_row_changes_as_the_table_says_and_not_otherwise(before: DeliveryState, after: DeliveryState) -> None:
    row = mail(before)
    if after in TRANSITIONS[before]:
        change(row, after)
        assert row.state == (before if after is DeliveryState.CLAIMED else after)
    else:
        with pytest.raises(IllegalTransition, match=f"from {before} to {after}"):
            change(row, after)
        assert row.state == before


def test_nothing_follows_an_end_and_every_state_has_an_end() -> None:
    assert all(TRANSITIONS[end] == frozenset() for end in ENDS)
    for state in DeliveryState:
        reached = {state}
        while more := {after for each in reached for after in TRANSITIONS[each]} - reached:
            reached |= more
        assert reached & set(ENDS)


def test_a_new_delivery_waits_and_goes_no_sooner_than_was_said() -> None:
    lesson = LessonOf(1, None, 2, "six-weeks", "welcome", 3)
    later = new_lesson(lesson, MONDAY, not_before=MONDAY + timedelta(days=1), local_date=MONDAY.date())
    for made in (new_lesson(lesson, MONDAY), later, new_sign_in_mail(1, 2, MONDAY)):
        assert (made.state, made.created_at) == ("waiting", MONDAY)
    assert new_lesson(lesson, MONDAY).not_before == MONDAY
    assert (later.not_before, later.local_date) == (MONDAY + timedelta(days=1), MONDAY.date())


@pytest.mark.usefixtures("time")
def test_a_statement_leaves_alone_what_has_changed_state(service: Service) -> None:
    ids = five_waiting(service)
    until = MONDAY + timedelta(minutes=10)
    with service.db.write() as session:
        _set(session, ids[0], DeliveryState.SKIPPED)
        assert statements.claim_rows(session, ids, Lease("worker", until)) == set(ids[1:])
        _set(session, ids[1], DeliveryState.HELD)
        statements.handing_over()(session, {key: {} for key in ids}, until=until, by="memory")
        assert _states(session, ids) == ["skipped", "held", *["handing_over"] * 3]
        statements.return_rows(session, ids, DeliveryState.CLAIMED, "worker", None)
        statements.return_rows(session, ids[2:], DeliveryState.HANDING_OVER, "another", None)
        assert _states(session, ids) == ["skipped", "held", *["handing_over"] * 3]
        statements.return_rows(session, ids[2:3], DeliveryState.HANDING_OVER, "worker", None)
        accept = statements.accepted(returning="delivery.id")
        assert set(accept(session, dict.fromkeys(ids, "id"), by="memory", at=MONDAY).scalars()) == set(ids[3:])
        assert _states(session, ids) == ["skipped", "held", "waiting", "accepted", "accepted"]


@pytest.mark.usefixtures("time")
def test_what_was_skipped_while_it_was_composed_is_not_held(service: Service) -> None:
    ids = five_waiting(service)
    with service.db.write() as session:
        statements.claim_rows(session, ids, Lease("worker", MONDAY + timedelta(minutes=10)))
        _set(session, ids[0], DeliveryState.SKIPPED)
        hold_all(session, [Unfillable(key, "{{ x }} is empty") for key in ids[:2]], "worker", MONDAY)
        hold_all(session, [Unfillable(ids[2], "{{ x }} is empty")], "another", MONDAY)
    with service.db.read() as session:
        assert _states(session, ids[:3]) == ["skipped", "held", "claimed"]


def test_no_other_module_makes_a_delivery_or_writes_its_state() -> None:
    """In the source: makers and statements. Assignments are caught as they happen, in `tests/conftest.py`."""
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for room in ("funnel", "workers")
        for path in (ROOT / room).rglob("*.py")
        if "deliveries" not in path.parts and "migrations" not in path.parts
        for line in _writes(ast.parse(path.read_text()))
    }
    assert found == set()


def test_a_sixth_writer_is_found() -> None:
    sources = (
        "Delivery(kind=LESSON)",
        "insert(Delivery).values(rows)",
        "session.execute(update(Delivery).where(x).values(state=WAITING))",
        'text("UPDATE delivery SET lease_until = NULL, state = 1")',
    )
    assert all(list(_writes(ast.parse(source))) for source in sources)
    assert not list(_writes(ast.parse("update(Delivery).values(queued_until=None)\nupdate(Enrolment).values(state=1)")))


def _writes(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.casefold()
            if ("update delivery" in words and "state =" in words) or "insert into delivery" in words:
                yield node.lineno
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            changes = called.startswith("update(Delivery)") and any(each.arg == "state" for each in node.keywords)
            if changes or called == "Delivery" or called.startswith("insert(Delivery)"):
                yield node.lineno


def _set(session: Session, number: int, state: DeliveryState) -> None:
    session.execute(update(Delivery).where(Delivery.id == number).values(state=state))


def _states(session: Session, ids: list[int]) -> list[str]:
    query = select(Delivery.id, Delivery.state).where(Delivery.id.in_(ids))
    found = {row.id: row.state for row in session.execute(query)}
    return [found[number] for number in ids]
