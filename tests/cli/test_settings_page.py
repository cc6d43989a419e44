"""The page on settings names every setting there is, with its default, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import SecretStr

from funnel.environment import PREFIX
from funnel.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(FUNNEL_[A-Z_]+)` \|([^|]*)\|", PAGE, re.MULTILINE))


def test_every_setting_is_on_the_page_and_nothing_else() -> None:
    assert set(ROWS) == {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_page_gives_the_default_that_the_code_has() -> None:
    for name, field in Settings.model_fields.items():
        default = field.default
        written = ROWS[PREFIX + name.upper()].strip().strip("`")
        if isinstance(default, SecretStr) or default == "":
            assert written == "", name
        elif isinstance(default, Path) and name != "data_dir":
            assert written == "the starter", name
        elif isinstance(default, bool):
            assert written == str(int(default)), name
        else:
            assert written == str(default), name
