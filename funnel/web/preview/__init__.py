"""Shows every lesson as a mail while it is being written, on this machine only. No database, no Redis, no secret."""

from funnel.compose.cast import CAST, Character
from funnel.web.preview.app import create_preview
from funnel.web.preview.harmless_links import FrontPageLinks, passing_key
from funnel.web.preview.rendering import Blocked, compile_from
from funnel.web.preview.workshop import Snapshot, Workshop

__all__ = [
    "CAST",
    "Blocked",
    "Character",
    "FrontPageLinks",
    "Snapshot",
    "Workshop",
    "compile_from",
    "create_preview",
    "passing_key",
]
