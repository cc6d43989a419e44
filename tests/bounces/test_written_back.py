"""Words of an answer that a practice keeps: in her export, gone when she is erased, and when they are old."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import time_machine
from click.testing import CliRunner
from sqlalchemy import func, select

from funnel.cli import cli
from funnel.compose import fill_lesson
from funnel.compose.cast import CAST
from funnel.compose.compiler import Compiler
from funnel.curriculum import check_library
from funnel.curriculum.model import Library
from funnel.links import Links
from funnel.models import WrittenBack
from funnel.privacy.erase import erase
from funnel.privacy.export import export
from funnel.privacy.sweep import Sweeper, count_old
from funnel.settings import starter
from funnel.wiring import Service
from tests.bounces.steps import sent
from tests.bounces.test_replied import ADA, bring, letter, person
from tests.test_starter import FILES

AT = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
WORDS = "It is two in the morning."


def kept(service: Service) -> int:
    with service.db.read() as session:
        return session.scalar(select(func.count()).select_from(WrittenBack)) or 0


def written(service: Service) -> Service:
    delivery = sent(service, ADA)
    keeping = service.as_if(replace(service.library, practice=replace(service.library.practice, keep_replies=True)))
    bring(keeping, letter(service, delivery, WORDS))
    assert kept(service) == 1
    return keeping


def test_what_she_wrote_is_in_her_export(service: Service) -> None:
    written(service)
    with zipfile.ZipFile(io.BytesIO(export(service, person(service), service.clock.now()))) as archive:
        data = json.loads(archive.read("data.json"))
        page = archive.read("index.html").decode()
    assert [each["words"] for each in data["letters"]] == [WORDS]
    assert WORDS in page


def test_what_she_wrote_is_erased_with_her(service: Service) -> None:
    written(service)
    erase(service, ADA, service.clock.now())
    assert kept(service) == 0


def test_what_she_wrote_goes_when_it_is_old(service: Service, time: time_machine.Traveller) -> None:
    written(service)
    time.shift(timedelta(days=service.settings.keep_events_days - 1))
    Sweeper(service).all()
    assert kept(service) == 1
    time.shift(timedelta(days=2))
    assert count_old(service)["events"] >= 2
    Sweeper(service).all()
    assert kept(service) == 0


def test_the_command_line_says_who_wrote_back(service: Service) -> None:
    delivery = sent(service, ADA)
    bring(service, letter(service, delivery))
    settings = service.settings
    environment = {"FUNNEL_DATABASE_URL": settings.database, "FUNNEL_SECRET_KEY": ",".join(settings.secret_keys)}
    said = CliRunner().invoke(cli, ["replies", "figures", "--data-dir", str(settings.data_dir)], env=environment)
    assert said.exit_code == 0, said.output
    assert f"{delivery.sequence} {delivery.lesson_id}: 1 wrote back, of 1 mail sent" in said.output
    history = CliRunner().invoke(cli, ["ledger", ADA, "--data-dir", str(settings.data_dir)], env=environment)
    assert "Replied, " in history.output


def checked(line: str) -> tuple[Library | None, list[str]]:
    practice = FILES["practice.toml"].replace(b'language = "en"', line.encode() + b'\nlanguage = "en"')
    library, problems = check_library({**FILES, "practice.toml": practice})
    return library, [each.code for each in problems if each.severity == "error"]


def test_the_foot_of_a_lesson_may_say_who_reads_answers() -> None:
    said = "One of us reads every answer, within two days."
    for line, there in (("", False), (f'replies = "{said}"', True)):
        library, errors = checked(line)
        assert errors == []
        assert library is not None
        compiler = Compiler(
            library.practice, library.pages, library.files, starter("templates"), "https://l.example.org"
        )
        sequence = next(iter(library.sequences.values()))
        compiled = compiler.compile(sequence, sequence.lessons[0])
        mail = fill_lesson(compiled, CAST["ada"].reader(), Links("https://l.example.org", ("k" * 40,)), AT)
        assert (said in mail.html) is there
        assert (said in " ".join(mail.text.split())) is there


def test_a_promise_at_the_foot_is_one_short_sentence() -> None:
    assert checked(f'replies = "{"x" * 201}"')[1] == ["too-long"]
    assert checked("keep_replies = 3")[1] == ["not-boolean"]
