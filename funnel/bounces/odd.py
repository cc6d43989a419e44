"""Bounces that only flufl.bounce knows. It is asked last, and never trusted to behave: it can raise."""

from __future__ import annotations

import contextlib
import io
import logging
from email.message import Message

_BIGGEST = 64 * 1024
_MOST = 50


def odd_recipients(message: Message) -> tuple[list[str], list[str]]:
    """(failed for now, failed for good), as flufl.bounce finds them; nothing where it stumbles."""
    from flufl.bounce import all_failures  # imported late: it brings many detectors, and few mails need them

    if len(str(message.get_payload())) > _BIGGEST:
        return [], []
    quiet = logging.getLogger("flufl.bounce")
    before, quiet.disabled = quiet.disabled, True
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - its detectors raise whatever a broken mail makes them raise
        return [], []
    finally:
        quiet.disabled = before
    return _texts(temporary), _texts(permanent)


def _texts(found: object) -> list[str]:
    items = found if isinstance(found, (set, frozenset, list, tuple)) else []
    texts = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in items]
    return sorted(text for text in texts if "@" in text and len(text) <= 320)[:_MOST]
