"""A made-up practice never writes to real people, and nothing is lost meanwhile (promise 12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.channel.real_mail import WITHHELD, withheld
from funnel.curriculum import Problem, before_real_mail, read_folder, texts_in
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Consent, DeliveryKind
from funnel.people.admins import add_admin, mail_sign_in
from funnel.publishing.publish import publish
from funnel.wiring import Service, read_library
from tests.journey.steps import COURSE, ask, join, live, rows, work
from tests.mended import REAL_MAIL, SITE, mended_folder

# Cara is a real person. Ada's address is at a domain kept for examples, so she is nobody.
CARA, ADA = "cara@mailbox.lantern-readers.ie", "ada@example.org"
Make = Callable[..., Service]


def opened(make_service: Make, **changes: object) -> tuple[Service, MemoryAdapter]:
    service = make_service(**{"mail_url": REAL_MAIL, "site_url": SITE, **changes})
    adapter = MemoryAdapter()
    service.channel.use(adapter)
    return service, adapter


def publish_mended(service: Service, folder: Path, changes: Mapping[str, tuple[str, str]] = {}) -> None:
    """What the owner does: mends the folder and publishes it."""
    if not folder.exists():
        mended_folder(folder)
    for name, (old, new) in changes.items():
        file = folder / name
        assert old in file.read_text(encoding="utf-8")
        file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    settings = service.settings.model_copy(update={"sequences_dir": folder})
    publish(service, read_library(settings), "tests", service.clock.now())


def sent_to(adapter: MemoryAdapter) -> list[str]:
    return [mail.recipient.address for mail in adapter.mails]


def test_while_it_is_the_starters_no_mail_goes_to_real_people(make_service: Make, time: time_machine.Traveller) -> None:
    service, adapter = opened(make_service)

    ask(service, CARA)
    ask(service, ADA, name="Ada")
    join(service, "fay@Fay.EXAMPLE", name="Fay")
    work(service)

    assert CARA not in sent_to(adapter)
    assert {ADA, "fay@fay.example"} <= {address.lower() for address in sent_to(adapter)}
    (waiting,) = rows(service, CARA)
    assert (waiting.state, waiting.reason, waiting.attempts) == ("waiting", WITHHELD, 0)
    with service.db.read() as session:
        assert withheld(session) == 1


def test_what_waited_goes_once_the_mended_practice_is_published(
    make_service: Make, time: time_machine.Traveller, tmp_path: Path
) -> None:
    service, adapter = opened(make_service)
    ask(service, CARA)
    work(service)

    publish_mended(service, tmp_path / "letters")
    time.shift(timedelta(seconds=11))
    work(service)

    (mail,) = adapter.mails
    assert mail.recipient.address == CARA
    assert mail.sender.name == "Lantern Rooms"
    # What she agreed to stays as it stood when she did.
    with service.db.read() as session:
        agreed = session.scalars(select(Consent.text)).one()
    assert mail.text.count("Harbour") == mail.html.count("Harbour") == agreed.count("Harbour")
    assert [(row.state, row.reason) for row in rows(service, CARA)] == [("accepted", "")]


def test_a_lesson_that_waited_goes_with_the_words_in_force(
    make_service: Make, time: time_machine.Traveller, tmp_path: Path
) -> None:
    service, adapter = opened(make_service)
    join(service, CARA)
    work(service)
    (confirmation, lesson) = sorted(rows(service, CARA), key=lambda row: row.kind)
    assert (confirmation.kind, lesson.kind) == ("confirmation", "lesson")
    assert {confirmation.reason, lesson.reason} == {WITHHELD}
    assert adapter.mails == []

    publish_mended(service, tmp_path / "letters")
    time.shift(timedelta(seconds=11))
    work(service)
    time.shift(timedelta(seconds=1))
    work(service)

    assert len(adapter.mails) == 2
    for mail in adapter.mails:
        assert "Harbour" not in f"{mail.sender.name} {mail.text} {mail.html}"
        assert "example.org" not in f"{mail.sender.address} {mail.text} {mail.html}"


def test_a_waiting_lesson_gone_from_the_folder_is_skipped(
    make_service: Make, time: time_machine.Traveller, tmp_path: Path
) -> None:
    service, _ = opened(make_service)
    join(service, CARA)
    work(service)
    folder = mended_folder(tmp_path / "letters")
    (first,) = [row for row in rows(service, CARA) if row.kind == DeliveryKind.LESSON]
    for path in (folder / COURSE).glob("*.md"):
        if f"id: {first.lesson_id}\n" in path.read_text(encoding="utf-8"):
            path.unlink()

    publish_mended(service, folder)
    time.shift(timedelta(seconds=11))
    work(service)
    live(service, time, 10)

    after = {row.lesson_id: row.state for row in rows(service, CARA) if row.kind == DeliveryKind.LESSON}
    assert after.pop(first.lesson_id) == "skipped"
    assert set(after.values()) == {"accepted"}


def test_a_mended_practice_writes_to_everybody(
    make_service: Make, time: time_machine.Traveller, tmp_path: Path
) -> None:
    service, adapter = opened(make_service)
    publish_mended(service, tmp_path / "letters")

    join(service, CARA)
    work(service)

    assert sent_to(adapter) == [CARA, CARA]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("practice.toml", 'name = "Lantern Rooms"', 'name = "Harbour Practice"'),
        ("practice.toml", "letters@lantern-rooms.ie", "letters@lantern.example.com"),
        ("practice.toml", "Cork", "Exampleton"),
        ("practice.toml", "checked = 2026-12-30", ""),
        ("assets/training.toml", "stand_in = false", "stand_in = true"),
        (f"{COURSE}/week-5.md", "{{ practice.sender }}", "[more](https://harbour.example.org) {{ practice.sender }}"),
    ],
)
def test_each_thing_by_itself_stops_the_mail(
    make_service: Make, time: time_machine.Traveller, tmp_path: Path, path: str, old: str, new: str
) -> None:
    service, adapter = opened(make_service)
    publish_mended(service, tmp_path / "letters", {path: (old, new)})

    ask(service, CARA)
    work(service)

    assert adapter.mails == []
    assert [row.reason for row in rows(service, CARA)] == [WITHHELD]


def test_a_site_address_that_readers_cannot_open_stops_the_mail(
    make_service: Make, time: time_machine.Traveller, tmp_path: Path
) -> None:
    for site in ("http://127.0.0.1:8000", "https://letters.example.org"):
        service, adapter = opened(make_service, site_url=site)
        publish_mended(service, tmp_path / "letters")

        ask(service, CARA)
        work(service)

        assert adapter.mails == []


def test_a_helpline_whose_date_is_old_stops_nothing(
    make_service: Make, time: time_machine.Traveller, tmp_path: Path
) -> None:
    service, adapter = opened(make_service)
    publish_mended(service, tmp_path / "letters", {"practice.toml": ("checked = 2026-12-30", "checked = 2019-12-30")})

    ask(service, CARA)
    work(service)

    assert sent_to(adapter) == [CARA]
    with service.db.read() as session:
        problems = service.real_mail.problems(session, service.library, service.clock.now())
    assert {(each.code, each.severity) for each in problems} == {("helpline-old", "warning")}


@pytest.mark.parametrize("way", ["smtp://127.0.0.1:2525?tls=none", "memory://"])
def test_mail_that_is_caught_goes_whatever_the_practice_says(
    make_service: Make, time: time_machine.Traveller, way: str
) -> None:
    service, adapter = opened(make_service, mail_url=way, outbox_port=2525, site_url="http://127.0.0.1:8000")

    ask(service, CARA)
    work(service)

    assert sent_to(adapter) == [CARA]


def test_lessons_that_leave_for_real_are_enough(make_service: Make, time: time_machine.Traveller) -> None:
    service, adapter = opened(make_service, mail_url="memory://", course_mail_url=REAL_MAIL)

    ask(service, CARA)
    work(service)

    assert adapter.mails == []


def test_who_runs_the_practice_can_sign_in_all_the_same(make_service: Make, time: time_machine.Traveller) -> None:
    service, adapter = opened(make_service)
    now = service.clock.now()
    with service.db.write() as session:
        add_admin(session, "owner@lantern-rooms.ie", now)
        mail_sign_in(session, "owner@lantern-rooms.ie", service.clock.machine_now(), now)

    work(service)

    assert sent_to(adapter) == ["owner@lantern-rooms.ie"]


def test_what_is_known_of_an_edition_is_worked_out_once(
    make_service: Make, time: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, _ = opened(make_service)
    asked: list[date] = []

    def counted(texts: Mapping[str, str], today: date) -> list[Problem]:
        asked.append(today)
        return before_real_mail(texts, today)

    monkeypatch.setattr("funnel.channel.real_mail.before_real_mail", counted)
    for number in range(5):
        ask(service, f"reader-{number}@mailbox.lantern-readers.ie")
        work(service)

    assert len(asked) == 1


def test_the_starter_mended_has_nothing_left_in_its_way(tmp_path: Path) -> None:
    assert before_real_mail(texts_in(read_folder(mended_folder(tmp_path / "letters"))[0]), date(2027, 1, 4)) == []


def test_a_confirmation_gets_two_days_from_its_first_attempt(
    make_service: Make, time: time_machine.Traveller, tmp_path: Path
) -> None:
    service, _ = opened(make_service)
    ask(service, CARA)
    work(service)
    service.channel.use(MemoryAdapter({CARA: Outcome(OutcomeKind.TEMPORARY, "451 4.7.1 greylisted")}))

    time.shift(timedelta(days=5))
    publish_mended(service, tmp_path / "letters")
    work(service)
    (tried,) = rows(service, CARA)
    adapter = MemoryAdapter()
    service.channel.use(adapter)
    live(service, time, 1)

    assert (tried.state, tried.attempts) == ("waiting", 1)
    assert sent_to(adapter) == [CARA]
