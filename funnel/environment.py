"""A process's settings leave its environment as soon as it runs, secrets and all.

`/proc/PID/environ` shows to every process of the same user what a process was started with, `ps e` and crash reports
copy it, and whatever is started inherits it. So a process takes its settings out of there and keeps them in its own
memory, and hands them to those it starts over a pipe, their standard input.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Iterable, Mapping

PREFIX = "FUNNEL_"
# Set for a process whose settings come over standard input.
_GIVEN = PREFIX + "GIVEN_ON_STDIN"
# What libraries take from the environment themselves: it has to stay there, but nobody outside needs to see it.
_OF_LIBRARIES = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PGPASSWORD")

_taken: dict[str, str] = {}


def take_settings() -> None:
    """Moves what is secret, and every setting, from this process's environment into its memory.

    To be called once, before anything else reads a setting or starts a thread. Raises ValueError where a parent
    promised settings and gave something else.
    """
    given = os.environ.get(_GIVEN)
    found = {name: value for name, value in os.environ.items() if _is_hidden(name)}
    _overwrite(found)
    for name in found:
        os.environ.pop(name, None)
    if given:
        found |= json.load(sys.stdin)
    for name in _OF_LIBRARIES:
        if name in found:
            os.environ[name] = found.pop(name)
    _taken.update(found)


def variables() -> Mapping[str, str]:
    """The variables that settings are read from: those taken out of the environment, and those in it by now."""
    return {**_taken, **os.environ}


def without_secrets() -> dict[str, str]:
    """What a process that is started may see: this process's environment, no setting and nothing secret in it."""
    return {name: value for name, value in os.environ.items() if not _is_hidden(name)}


def for_child(settings: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
    """The environment of a process with these settings, and what `take_settings` there reads from standard input."""
    libraries = {name: os.environ[name] for name in _OF_LIBRARIES if name in os.environ}
    return {**without_secrets(), _GIVEN: "1"}, json.dumps({**libraries, **settings}).encode()


def _is_hidden(name: str) -> bool:
    return name.startswith(PREFIX) or name in _OF_LIBRARIES


def _overwrite(names: Iterable[str]) -> None:
    """Blanks the values where the kernel put them when the process began: unsetting alone leaves them to be seen.

    environ(7): an array of addresses of `name=value`, closed by none. Where a system keeps it elsewhere (macOS),
    the variables are only unset.
    """
    beginnings = tuple(os.fsencode(name) + b"=" for name in names)
    try:
        strings = ctypes.POINTER(ctypes.c_void_p).in_dll(ctypes.CDLL(None), "environ")
    except (OSError, ValueError):
        return
    number = 0
    while beginnings and (address := strings[number]):
        variable = ctypes.string_at(address)
        if variable.startswith(beginnings):
            begins = variable.index(b"=") + 1
            ctypes.memset(address + begins, 0, len(variable) - begins)
        number += 1
