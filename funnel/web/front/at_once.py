"""What may be answered from memory, before a thread is taken: the request is tried so, and may turn out to need one."""

from __future__ import annotations

# In the environment of a request that is tried without a thread.
AT_ONCE = "funnel.at_once"


class NeedsThread(Exception):
    """This cannot be answered from memory: raised by the app for a request that is tried with `AT_ONCE`."""
