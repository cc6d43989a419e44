"""`funnel dkim`: makes a key once, and says what to put where."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import dkim
import pytest
from click.testing import CliRunner, Result

from funnel.adapters.dkim import signer_from
from funnel.cli import cli

Run = Callable[..., Result]
DOMAIN = "harbour.example.org"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith("FUNNEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FUNNEL_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments, prog_name="funnel", catch_exceptions=True)

    return run


def said(output: str, name: str) -> str:
    found = re.search(rf"^ *{name}(?: +|=)(.+)$", output, re.MULTILINE)
    assert found is not None, output
    return found[1]


@pytest.mark.parametrize("options", [(), ("--ed25519",)])
def test_the_new_key_signs_and_the_printed_record_fits_it(run: Run, options: tuple[str, ...]) -> None:
    output = run("dkim", "new", *options).output
    path = Path(said(output, "FUNNEL_DKIM_KEY_FILE"))

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    signer = signer_from(path.read_text(), said(output, "FUNNEL_DKIM_SELECTOR"), said(output, "FUNNEL_DKIM_DOMAIN"))
    assert signer is not None
    (key,) = signer.keys
    assert key.domain == DOMAIN  # of the sender's address in practice.toml
    assert said(output, "Name") == key.record_name
    assert said(output, "Value") == key.record
    strings = re.findall(r'"([^"]*)"', output.partition("zone file")[2].partition("2. Wait")[0])
    assert "".join(strings) == key.record
    assert max(map(len, strings)) <= 255
    assert "PRIVATE" not in output
    if not options:
        record = said(output, "Value").encode()
        content = signer(b"From: Ada <ada@harbour.example.org>\r\nSubject: Hello\r\n\r\nHello\r\n")
        assert dkim.verify(content, dnsfunc=lambda name, timeout=5: record)


def test_a_key_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    run("dkim", "new", "--selector", "autumn", "--domain", DOMAIN)
    (path,) = (tmp_path / "data" / "dkim").iterdir()
    before = path.read_bytes()

    again = run("dkim", "new", "--selector", "Autumn", "--domain", DOMAIN)
    another = run("dkim", "new", "--selector", "winter", "--domain", DOMAIN)

    assert again.exit_code == 1
    assert "there already" in str(again.exception)
    assert path.read_bytes() == before
    assert another.exit_code == 0


def test_the_records_can_be_shown_again(run: Run) -> None:
    assert "There is no key yet" in run("dkim", "show").output
    made = run("dkim", "new").output
    run("dkim", "new", "--ed25519")

    shown = run("dkim", "show").output

    assert said(made, "Value") in shown
    assert f"funnel1-ed25519._domainkey.{DOMAIN}" in shown
    assert "PRIVATE" not in shown


@pytest.mark.parametrize("options", [("--selector", "../../etc"), ("--domain", "harbour"), ("--domain", "a/b.org")])
def test_a_name_that_cannot_stand_in_the_dns_is_refused(run: Run, tmp_path: Path, options: tuple[str, ...]) -> None:
    result = run("dkim", "new", *options)

    assert result.exit_code == 1
    assert "must be" in str(result.exception)
    assert not (tmp_path / "data").exists()
