"""End a process when the one that started it dies, even by `kill -9`.

Run as a script (`python -I -S parent_death.py PARENT LOCK COMMAND …`) it asks for that and then becomes the command, so
that it works for programs that are not ours, such as redis-server. It is a script because `preexec_fn` is unsafe in a
process with threads. Only Linux supports this; elsewhere an orphan runs until somebody ends it.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, number: int = signal.SIGTERM) -> None:
    """Have the kernel send `number` to this process when the thread that started it ends.

    The kernel only reports deaths after the call, so the parent is checked afterwards: if it has already died, this
    process ends at once. Raises OSError if the kernel refuses.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != parent:
        raise SystemExit(0)


def lock_for_life(path: str) -> None:
    """Hold the lock file for as long as this process lives, through exec; wait for whoever holds it now."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    os.set_inheritable(handle, True)


def main(arguments: list[str]) -> None:
    parent, lock, *command = arguments
    end_with_parent(int(parent))
    if lock:
        lock_for_life(lock)
    os.execv(command[0], command)  # noqa: S606  # nosec B606 # becoming the command is the point; no shell


if __name__ == "__main__":
    main(sys.argv[1:])
