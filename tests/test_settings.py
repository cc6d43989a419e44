"""The settings: a default is as good as the same thing said by somebody."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from funnel.environment import PREFIX
from funnel.settings import Settings, load_settings


def said(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_default_means_what_it_would_mean_if_it_were_said(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most people run with the defaults, and most tests with settings of their own."""
    monkeypatch.chdir(tmp_path)
    default = Settings.model_fields[name].default

    assert getattr(load_settings({}), name) == getattr(load_settings({PREFIX + name.upper(): said(default)}), name)


def test_every_folder_is_a_whole_path_wherever_one_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is started in another folder would else look for another data folder."""
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})

    assert settings.data_dir == tmp_path / "data"
    assert settings.database == f"sqlite:///{tmp_path}/data/funnel.sqlite3"
    assert settings.sequences_dir.is_absolute()
    assert settings.templates_dir.is_absolute()


def test_settings_come_back_the_same_from_a_childs_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    monkeypatch.chdir("/")

    assert load_settings(settings.environment()) == settings


@pytest.mark.parametrize("name", ["my letters", "Übung", "50%41 of it", "What now?mode=ro", "a#b", "a=b&c"])
def test_the_database_lies_in_the_data_folder_of_any_name(name: str, tmp_path: Path) -> None:
    settings = load_settings({}, data_dir=tmp_path / name)

    url = make_url(settings.database)

    assert url.database == f"{tmp_path}/{name}/funnel.sqlite3"
    assert not url.query
