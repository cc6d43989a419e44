"""What a reader writes lies encrypted, under a key that can be changed, and lost, without anything else going wrong."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import StatementError

from funnel.adapters.memory import MemoryAdapter
from funnel.data_keys import UNREADABLE, DataKeyError, DataKeys, fresh_data_key, read_keys
from funnel.db import Database
from funnel.links import Purpose, number_of
from funnel.models import BookingRequest
from funnel.privacy import keys as rotation
from funnel.privacy.keys import encrypted_columns, rotate
from funnel.settings import SettingsError, load_settings
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import Pages, Reader, on_one_database
from tests.web.conftest import ada as ada

SAID = {"words": "I sleep badly", "phone": "+353 1 555 0100", "good-time": "evenings"}


@pytest.fixture
def key_file(service: Service) -> Path:
    return service.settings.data_dir / "data.key"


def ask(pages: Pages, ada: Reader, **said: str) -> None:
    path = f"/book/{pages.token(Purpose.BOOK, ada.delivery_id, number_of('intro'))}"
    assert pages.client.post(path, data=SAID | said).status_code == 200


def words(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(BookingRequest.words).order_by(BookingRequest.id)))


def as_it_lies(database: Database) -> list[str]:
    with database.read() as session:
        rows = session.execute(text("SELECT words, phone, good_time FROM booking_request ORDER BY id"))
        return [field for row in rows for field in row]


@pytest.fixture
def again(service: Service, database_url: str, key_file: Path) -> Iterator[Database]:
    """The database as another process has it."""
    opened = Database(database_url, DataKeys(key_file))
    yield opened
    opened.close()


def test_what_she_wrote_lies_encrypted_and_is_read_with_the_key(
    pages: Pages, ada: Reader, service: Service, key_file: Path, again: Database
) -> None:
    assert not key_file.exists()
    ask(pages, ada)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert [field[:5] for field in as_it_lies(service.db)] == ["gAAAA"] * 3
    assert words(again) == ["I sleep badly"]
    assert {column.name for _, columns in encrypted_columns() for column in columns} >= {"words", "phone", "good_time"}


def test_with_a_lost_key_the_field_says_so_and_mail_goes_on(
    pages: Pages, ada: Reader, service: Service, key_file: Path, outbox: MemoryAdapter
) -> None:
    ask(pages, ada)
    key_file.unlink()
    work(service)
    (mail,) = [mail for mail in outbox.mails if mail.recipient.address == service.library.practice.reply_to]
    assert UNREADABLE in mail.text.replace("\n", " ")
    assert words(service.db) == [UNREADABLE]
    ask(pages, ada, words="and now")
    assert words(service.db) == [UNREADABLE, "and now"]


def test_a_file_that_holds_no_key_is_put_aside_for_a_new_one(key_file: Path, service: Service) -> None:
    key_file.write_text("not a key")
    keys = DataKeys(key_file)
    assert keys.decrypt("gAAAAA") == UNREADABLE
    assert keys.decrypt(keys.encrypt("Ada")) == "Ada"
    (aside,) = key_file.parent.glob("data.key.broken-*")
    assert aside.read_text() == "not a key"


def test_what_cannot_be_read_is_never_written_over(pages: Pages, ada: Reader, service: Service, key_file: Path) -> None:
    ask(pages, ada)
    kept = key_file.read_text()
    key_file.unlink()
    with service.db.read() as session:
        unreadable = session.scalars(select(BookingRequest.words)).one()
        with pytest.raises(StatementError, match="cannot be read was about to be overwritten"):
            session.execute(update(BookingRequest).values(phone=unreadable))
    key_file.write_text(kept)
    assert words(service.db) == ["I sleep badly"]


def test_a_new_key_takes_the_place_of_the_old_one(
    pages: Pages, ada: Reader, service: Service, key_file: Path, again: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    for number in range(5):
        ask(pages, ada, words=f"words {number}")
    old, before = key_file.read_text(), as_it_lies(service.db)
    assert words(again)[0] == "words 0"

    done = rotate(service.db)

    assert (done.fields, done.unreadable, done.dropped) == (15, 0, 1)
    assert old.strip() not in key_file.read_text()
    assert not set(before) & set(as_it_lies(service.db))
    assert words(again) == words(service.db) == [f"words {number}" for number in range(5)]
    assert DataKeys(key_file, old).decrypt(as_it_lies(service.db)[0]) == UNREADABLE


def test_a_change_that_was_killed_goes_on_with_the_key_it_made(
    pages: Pages, ada: Reader, service: Service, key_file: Path, again: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    for number in range(4):
        ask(pages, ada, words=f"words {number}")
    batches = rotation._batches

    def dies(*arguments: object) -> Iterator[object]:
        for batch in batches(*arguments):  # type: ignore[arg-type]
            yield batch
            raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(rotation, "_batches", dies)
        with pytest.raises(KeyboardInterrupt):
            rotate(service.db)
    new, old = key_file.read_text().split()
    assert words(again) == [f"words {number}" for number in range(4)]
    ask(pages, ada, words="meanwhile")

    done = rotate(service.db)

    assert key_file.read_text().split() == [new]
    assert (done.fields, done.dropped) == (6, 1)
    assert words(again)[-1] == "meanwhile"
    assert old != new


def test_given_keys_are_kept_and_everything_gets_the_first(
    pages: Pages, ada: Reader, service: Service, key_file: Path, database_url: str
) -> None:
    ask(pages, ada)
    old, new = key_file.read_text().strip(), fresh_data_key()
    both = Database(database_url, DataKeys(key_file, f"{new},{old}"))

    assert rotate(both).fields == 3

    both.close()

    assert key_file.read_text().strip() == old
    only_new = Database(database_url, DataKeys(key_file, new))
    assert words(only_new) == ["I sleep badly"]
    only_new.close()


def test_two_changes_at_once_do_not_lose_a_key(pages: Pages, ada: Reader, service: Service, key_file: Path) -> None:
    ask(pages, ada)
    with rotation._alone(key_file), pytest.raises(rotation.RotationError, match="already"):
        rotate(service.db)
    assert words(service.db) == ["I sleep badly"]


@on_one_database
def test_nothing_to_change_makes_no_key(service: Service, key_file: Path) -> None:
    assert rotate(service.db).fields == 0
    assert not key_file.exists()


@pytest.mark.parametrize("key", ["short", "ä" * 44, "A" * 43, "=" * 44])
def test_a_wrong_key_is_named_at_the_start(key: str) -> None:
    with pytest.raises(SettingsError, match="FUNNEL_DATA_KEY is wrong: A data key is 32 random bytes"):
        load_settings({}, data_key=key)
    with pytest.raises(DataKeyError):
        read_keys(f"{fresh_data_key()}, {key}")


def test_keys_may_be_in_either_alphabet_of_base64() -> None:
    assert read_keys("+/" + "A" * 41 + "=") == ["-_" + "A" * 41 + "="]
