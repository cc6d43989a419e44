"""The command that brings catalogues up to date."""

from __future__ import annotations

from pathlib import Path

from babel.messages.pofile import read_po
from click.testing import CliRunner

from funnel.cli.words import command

_FEW = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "at once"\nmsgstr "tout de suite"\n'


def test_a_new_catalogue_has_every_text_and_none_translated(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["fr", "--into", str(tmp_path / "words")])
    assert result.exit_code == 0
    assert "without a translation" in result.output
    with (tmp_path / "words" / "fr.po").open("rb") as file:
        catalog = read_po(file)
    assert len(catalog) > 100
    assert catalog.get("Stop these letters") is not None
    assert not any(message.string for message in catalog if message.id and isinstance(message.id, str))


def test_what_was_translated_stays(tmp_path: Path) -> None:
    (tmp_path / "fr.po").write_text(_FEW)
    assert CliRunner().invoke(command, ["fr", "--into", str(tmp_path)]).exit_code == 0
    with (tmp_path / "fr.po").open("rb") as file:
        kept = read_po(file).get("at once")
    assert kept is not None
    assert kept.string == "tout de suite"


def test_a_language_that_is_none_is_told_with_the_nearest() -> None:
    result = CliRunner().invoke(command, ["german"])
    assert result.exit_code == 2
    assert "de" in result.output
