"""The `funnel` command without a process of its own: for what a command does and says."""

from __future__ import annotations

import os
import sys
from subprocess import CompletedProcess
from unittest.mock import patch

from click.testing import CliRunner

from funnel import environment
from funnel.cli import main


def command_here(*arguments: str, **variables: str) -> CompletedProcess[str]:
    """What `funnel …` with these settings, and no others, ends with and says.

    All but the process is as a person has it, so what begins and ends with one (signals, a closed pipe, logs, locks on
    the folder) is not for this: `tests.cli.test_commands.funnel_command` starts one.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FUNNEL_")}
    mask = os.umask(0o077)
    code: object = 0
    try:
        with (
            patch.dict(os.environ, kept | variables, clear=True),
            patch.object(environment, "_taken", {}),
            patch.object(sys, "argv", ["funnel", *arguments]),
            CliRunner().isolation() as (stdout, stderr, _),
        ):
            try:
                main()
            except SystemExit as end:
                code = end.code or 0
            said, told = stdout.getvalue().decode(), stderr.getvalue().decode()
    finally:
        os.umask(mask)
    assert isinstance(code, int), code
    return CompletedProcess(["funnel", *arguments], code, said, told)
