"""What servers say, and what it means: `sayings.tsv`, in the words that products and providers document."""

from __future__ import annotations

from pathlib import Path

RCPT = "(in reply to RCPT TO command)"
MAIL = "(in reply to MAIL FROM command)"
DATA = "(in reply to end of DATA command)"
_COMMANDS = {"rcpt": RCPT, "mail": MAIL, "data": DATA, "connect": "refused to talk to me", "-": ""}


def sayings() -> list[tuple[str, str, str, str]]:
    """(reason, what was said, how the report names the command, the server's name or "")."""
    lines = (Path(__file__).parent / "sayings.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return [(reason, said, _COMMANDS[command], server.strip("-")) for reason, command, server, said in rows]
