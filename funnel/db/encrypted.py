"""Columns that are encrypted in the database."""

from __future__ import annotations

from sqlalchemy import Dialect, Engine, Text
from sqlalchemy.types import TypeDecorator

from funnel.data_keys import DataKeyError, DataKeys, UnreadableText

_DIALECT_KEYS = "funnel_data_keys"


class Encrypted(TypeDecorator[str]):
    """Text that lies encrypted in the database. An empty text stays empty, for there is nothing to hide."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if isinstance(value, UnreadableText):
            raise DataKeyError("A field that cannot be read was about to be overwritten")
        return _keys_of(dialect).encrypt(value) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return _keys_of(dialect).decrypt(value) if value else value


def give_keys(engine: Engine, keys: DataKeys | None) -> None:
    """The keys that encrypted columns are read and written with over this engine."""
    setattr(engine.dialect, _DIALECT_KEYS, keys)


def _keys_of(dialect: Dialect) -> DataKeys:
    keys: DataKeys | None = getattr(dialect, _DIALECT_KEYS, None)
    if keys is None:
        raise DataKeyError("This database was opened without the keys of its encrypted columns")
    return keys
