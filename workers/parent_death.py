"""Ties a process to the one that started it: when that dies, even by `kill -9`, this one is asked to end.

Run as a script (`python -I -S tied.py PARENT LOCK COMMAND …`) it ties itself and then becomes the command, so that
programs which are not ours, as redis-server, are tied too. A script rather than `preexec_fn`, which must not be used
where other threads run. Only Linux can do this; elsewhere an orphan ends when somebody ends it.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, number: int = signal.SIGTERM) -> None:
    """Has the kernel send `number` to this process when the thread that started it ends.

    The kernel only tells about deaths after the call; so the parent is looked at afterwards, and where it had died
    before, this process ends at once. Raises OSError where the kernel refuses.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != parent:
        raise SystemExit(0)


def lock_for_life(path: str) -> None:
    """Takes the lock file for as long as this process lives, through exec; waits for whoever has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    os.set_inheritable(handle, True)


def main(arguments: list[str]) -> None:
    parent, lock, *command = arguments
    end_with_parent(int(parent))
    if lock:
        lock_for_life(lock)
    os.execv(command[0], command)  # noqa: S606 - becoming the command is the point, and no shell is involved


if __name__ == "__main__":
    main(sys.argv[1:])
