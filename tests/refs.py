"""Rows as tokens name them."""

from __future__ import annotations

from funnel.links import RowRef
from funnel.models.named import NamedInTokens
from funnel.wiring import Service


def ref_of(service: Service, model: type[NamedInTokens], number: int) -> RowRef:
    """The row of this number; without a nonce where there is none."""
    with service.db.read() as session:
        row = session.get(model, number)
        return RowRef(number) if row is None else row.ref
