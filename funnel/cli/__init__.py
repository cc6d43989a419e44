"""The `funnel` command: `main`, and the list of its commands.

A command's module is imported only when it is used, so that a worker never loads Flask and `--help` is quick.
"""

from __future__ import annotations

import difflib
import importlib.util
import os
import sys
from importlib import import_module

import click

from funnel import __version__
from funnel.cli.support.problems import sentence
from funnel.environment import take_settings

# name: (module, text in `funnel --help`). Each module has a click command named `command`.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("funnel.cli.up", "Run the whole service on this machine."),
    "demo": ("funnel.demo", "Play an audience through the whole course in about a minute."),
    "check": ("funnel.cli.check", "Look for mistakes in the folder of sequences."),
    "preview": ("funnel.cli.preview", "Show every lesson as mail, and follow what is saved."),
    "send-test": ("funnel.cli.send_test", "Send one lesson to yourself."),
    "rehearse": ("funnel.cli.rehearse", "Show the calendar a reader of a sequence would live."),
    "plan": ("funnel.cli.plan", "Say what publishing would do to readers half-way."),
    "publish": ("funnel.cli.publish", "Make what the folder of sequences says count."),
    "editions": ("funnel.cli.editions", "List what was published of a sequence."),
    "show": ("funnel.cli.editions", "Show a published lesson."),
    "diff": ("funnel.cli.editions", "Compare two editions of a sequence."),
    "restore": ("funnel.cli.editions", "Make an older edition count again."),
    "sequence": ("funnel.cli.sequence", "Let a sequence rest, and set it going again."),
    "reader": ("funnel.cli.reader", "Put a reader on a sequence, tag her, or note that she is a client."),
    "ledger": ("funnel.cli.ledger", "Say what one reader was sent, and why."),
    "embed": ("funnel.cli.embed", "Print a form to put into your own site."),
    "words": ("funnel.cli.words", "Bring the words of a language up to date, for translating."),
    "init": ("funnel.cli.init", "Copy the starter sequences into a folder of your own."),
    "classify": ("funnel.cli.classify", "Judge again who caused each open and click: a person or a machine."),
    "recount": ("funnel.cli.recount", "Prove the figures from what was recorded, and mend them."),
    "bookings": ("funnel.cli.bookings", "List who asked for a conversation."),
    "held": ("funnel.cli.held", "List the mail that waits for you to decide."),
    "release": ("funnel.cli.held", "Send mail that was held, or that may not have arrived."),
    "drop": ("funnel.cli.held", "Give up mail that was held, or that may not have arrived."),
    "channel": ("funnel.cli.channel", "Say whether mail can leave, and end a rest."),
    "dkim": ("funnel.cli.dkim", "Make the key that signs mail sent by SMTP."),
    "bounces": ("funnel.cli.bounces", "Take in mail that came back: bounces and complaints."),
    "replies": ("funnel.cli.replies", "Read the mailbox where readers answer, and say which letters they answered."),
    "suppress": ("funnel.cli.suppress", "Show and change the list of addresses that are never mailed."),
    "privacy": ("funnel.cli.privacy", "Erase what is kept of a person, and keep it erased."),
    "people": ("funnel.cli.people", "Take the list of people elsewhere."),
    "report": ("funnel.cli.report", "Say how far those came who signed up."),
    "doctor": ("funnel.cli.doctor", "Say whether everything around the service is right, and what to do."),
    "status": ("funnel.cli.status", "Say what waits, what went, and whether all is alive."),
    "audit": ("funnel.cli.audit", "Say who of the practice changed what."),
    "user": ("funnel.cli.user", "Let somebody sign in to the dashboard."),
    "db": ("funnel.cli.db", "Prepare the database."),
    "web": ("funnel.cli.web", "Run the web server alone."),
    "worker": ("funnel.cli.worker", "Run one worker alone: it hands mail over."),
    "clock": ("funnel.cli.clock", "Run the clock alone: it finds what is due."),
    "catcher": ("funnel.cli.catcher", "Run the mail catcher alone: it keeps mail instead of sending it."),
}
# Where the command in the module has another name.
_NAMES = {"demo": "demo", "editions": "editions", "show": "show", "diff": "diff", "restore": "restore"}
_NAMES |= {"held": "held", "release": "release", "drop": "drop"}


_NO_LOCKS = (
    "This system cannot lock files in the way the service needs, so that two never work on the same data: "
    "use Linux or macOS, or on Windows the Linux inside it (WSL)"
)


class Commands(click.Group):
    """Commands that are loaded when they are used. For a misspelt one it suggests the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(COMMANDS[cmd_name][0]), _NAMES.get(cmd_name, "command"))
        assert isinstance(found, click.Command)  # noqa: S101 - a mistake of ours, which the tests find
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
            hint = f"Did you mean 'funnel {near[0]}'?" if near else "'funnel --help' lists them."
            raise click.UsageError(f"There is no command '{name}'. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.command(cls=Commands, epilog="Example: funnel up --port 8080", context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="funnel", message="%(prog)s %(version)s")
def cli() -> None:
    """E-mail courses for a small practice: sign-up, lessons on time, an honest account of what came back."""


def main() -> None:
    """Runs the command. Errors outside our code are reported in one sentence, exit code 1; misuse exits 2."""
    take_settings()
    os.umask(0o077)  # the files are about people: readable by this user only
    if importlib.util.find_spec("fcntl") is None:
        click.echo(f"funnel: {_NO_LOCKS}", err=True)
        sys.exit(1)
    try:
        cli.main(prog_name="funnel")
    except Exception as error:
        said = sentence(error)
        if said is None:
            raise
        click.echo(f"funnel: {said}", err=True)
        sys.exit(1)
