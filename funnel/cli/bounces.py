"""`funnel bounces`: mail that came back, from a mailbox or from the mail server's own pipe."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from funnel.bounces import BounceReading, OpenToken, TooLarge, read_bounce
from funnel.bounces.mailboxes import open_mailbox
from funnel.bounces.model import MAX_MAIL_BYTES
from funnel.bounces.waiting_mail import MailboxError, WaitingMail
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with, with_secret_key
from funnel.cli.support.problems import CannotStart
from funnel.links import Links
from funnel.settings import Settings, SettingsError
from funnel.wiring import Service
from workers.logs import set_up_logs

_TEMPFAIL = 75  # EX_TEMPFAIL of sysexits.h: Postfix and Exim keep the mail and bring it again
_TOO_LARGE = "larger than 10 MB: not read"

_data_dir = click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept."
)


@click.group(epilog="Example: funnel bounces read ~/Maildir/.bounces")
def command() -> None:
    """Take in mail that came back: bounces and complaints."""


@command.command(epilog="Example: funnel bounces read imaps://bounces@mail.example.org/INBOX --dry-run --json")
@click.argument("mailbox")
@click.option("--dry-run", is_flag=True, help="Only say what each mail is; nothing is changed anywhere.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each mail.")
@click.option("--delete-understood", is_flag=True, help="Take out of the mailbox what was understood and recorded.")
@click.option("--password", default="", help="For IMAP; better in FUNNEL_BOUNCES_PASSWORD.")
@_data_dir
def read(
    mailbox: str, dry_run: bool, as_json: bool, delete_understood: bool, password: str, data_dir: Path | None
) -> None:
    """Read MAILBOX: a maildir, an mbox file, a folder of .eml files, or imaps://user@host/folder.

    Mail that is not understood always stays where it is.
    """
    said = _Said(as_json)
    word = password or settings_with(data_dir=data_dir).bounces_password.get_secret_value()
    with ExitStack() as open_things:
        service = None if dry_run else _open(open_things, data_dir)
        open_token = service.links.open_message_id if service else _opener_if_any(data_dir)
        try:
            box = open_things.enter_context(closing(open_mailbox(mailbox, password=word, change=not dry_run)))
            for mail in box.mails():
                reading, outcome = _take(service, open_token, mail)
                said.add(mail, reading, outcome)
                if service is not None and reading is not None and reading.understood:
                    (box.delete if delete_understood and outcome != "ignored" else box.done)(mail)
        except MailboxError as error:
            raise CannotStart(str(error)) from None
    said.end(dry_run)


class _ComeAgain(click.UsageError):
    exit_code = _TEMPFAIL


class _ForAMailServer(click.Command):
    """A wrong command line exits with 75 too: after 2 a mail server would drop the mail, and a bounce would be lost."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        try:
            return super().make_context(*arguments, **more)
        except click.UsageError as error:
            raise _ComeAgain(error.format_message(), error.ctx) from None


@command.command(cls=_ForAMailServer, epilog="Example: funnel bounces pipe --data-dir /var/lib/funnel < bounce.eml")
@_data_dir
def pipe(data_dir: Path | None) -> None:
    """Take in one mail from standard input, as Postfix and Exim hand it to a program.

    Exit code 0: it was handled, or is no bounce. 75: come again later, for it could not be recorded now.
    """
    raw = sys.stdin.buffer.read(MAX_MAIL_BYTES + 1)
    try:
        with ExitStack() as open_things:
            service = _open(open_things, data_dir)
            _, outcome = _take(service, service.links.open_message_id, WaitingMail("standard input", "", raw))
    except Exception as error:  # noqa: BLE001 - whatever it is: a mail that was not recorded must come again
        # One line, because the mail server writes it into its log.
        why = str(error) if isinstance(error, (CannotStart, SettingsError)) else f"{type(error).__name__}: {error}"
        click.echo(f"funnel: the mail is not recorded yet. {why.splitlines()[0]}", err=True)
        sys.exit(_TEMPFAIL)
    click.echo(outcome)


@command.command(epilog="Example: FUNNEL_LMTP=127.0.0.1:2424 funnel bounces lmtp")
@_data_dir
def lmtp(data_dir: Path | None) -> None:
    """Take mail that comes back from the mail server of this machine, by LMTP, until it is stopped.

    `funnel up` runs this by itself where FUNNEL_LMTP is set. A mail that was taken is on disk, and is recorded when the
    database is there.
    """
    service = open_service(settings_with(data_dir=data_dir))
    set_up_logs(service.settings.log_format, "bounces")
    from workers.returned import run_returned  # the other commands need no server

    run_returned(service)


def _open(open_things: ExitStack, data_dir: Path | None) -> Service:
    settings = settings_with(data_dir=data_dir)
    if not _has_key(settings):
        # Otherwise a new key would be made, and no bounce would seem to be ours.
        raise CannotStart(
            f"There is no secret key in {settings.data_dir}: name the folder with --data-dir, or set FUNNEL_SECRET_KEY "
            "as it is for the service"
        )
    service = open_service(settings)
    open_things.callback(service.db.close)
    return service


def _take(service: Service | None, open_token: OpenToken | None, mail: WaitingMail) -> tuple[BounceReading | None, str]:
    """Reads one mail and, unless this is a dry run, records it."""
    try:
        reading = read_bounce(mail.raw, open_token)
    except TooLarge:
        return None, _TOO_LARGE
    if service is None:
        return reading, ""
    from funnel.bounces.mails import record_mail  # slow to import, and a dry run does not need it

    return reading, record_mail(service, mail.raw, reading, service.clock.now()).value


def _opener_if_any(data_dir: Path | None) -> OpenToken | None:
    """Opens our tokens in a dry run too, if there is a key; without one everything else is still read."""
    try:
        settings = settings_with(data_dir=data_dir)
        keys = tuple(with_secret_key(settings).secret_keys) if _has_key(settings) else ()
    except (SettingsError, OSError, UnicodeDecodeError):
        return None
    return Links(settings.site_url, keys).open_message_id if keys else None


def _has_key(settings: Settings) -> bool:
    return bool(settings.secret_key.get_secret_value()) or (settings.data_dir / "secret-key").is_file()


@dataclass
class _Said:
    """The output: a line for each mail, and a summary at the end for people."""

    as_json: bool
    counts: Counter[str] = field(default_factory=Counter)
    held: dict[str, Any] | None = None

    def add(self, mail: WaitingMail, reading: BounceReading | None, outcome: str) -> None:
        self.counts[outcome or _what(reading)] += 1
        line = as_line(mail.name, reading, outcome)
        if not self.as_json:
            click.echo(_sentence(line))
            return
        # A file with several mails gets one line, so that it can be looked up by its name.
        if (
            self.held is not None
            and self.held["file"] == line["file"]
            and "\0" in mail.key
            and mail.name.endswith(".eml")
        ):
            self.held["is_bounce"] = self.held["is_bounce"] or line["is_bounce"]
            self.held["recipients"] += line["recipients"]
            return
        self._flush()
        self.held = line

    def end(self, dry_run: bool) -> None:
        self._flush()
        if not self.as_json:
            found = (
                ", ".join(f"{number} {what}" for what, number in sorted(self.counts.items())) or "the mailbox is empty"
            )
            click.echo(f"{found}." + (" Nothing was changed." if dry_run else ""))

    def _flush(self) -> None:
        if self.held is not None:
            click.echo(json.dumps(self.held, ensure_ascii=True))
            self.held = None


def as_line(name: str, reading: BounceReading | None, outcome: str) -> dict[str, Any]:
    """The line about one mail, for a program."""
    line: dict[str, Any] = {"file": name, "is_bounce": bool(reading and reading.is_bounce), "recipients": []}
    if reading is None:
        return line | {"problem": outcome}
    line["recipients"] = [
        {
            "address": each.address,
            "status": each.status,
            "reply_code": each.reply_code,
            "reason": each.reason,
            "kind": each.kind.value,
            "hard": each.hard,
            "confidence": round(each.confidence, 2),
            "feedback": reading.feedback,
        }
        for each in reading.recipients
    ]
    line |= {
        "is_complaint": reading.is_complaint,
        "is_auto_reply": reading.is_auto_reply,
        "is_delay": reading.is_delay,
        "delivery": reading.delivery_id,
    }
    return line | ({"outcome": outcome} if outcome else {})


def _what(reading: BounceReading | None) -> str:
    if reading is None:
        return "too large"
    for name in ("is_bounce", "is_complaint", "is_auto_reply", "is_delay"):
        if getattr(reading, name):
            return name.removeprefix("is_").replace("_", " ")
    return "delivered" if reading.recipients else "something else"


def _sentence(line: dict[str, Any]) -> str:
    if "problem" in line:
        return f"{line['file']}: {line['problem']}"
    waits = " (delayed)" if line["is_delay"] else ""
    people = "; ".join(
        f"{each['address']} {each['reason']}{' (hard)' if each['hard'] else waits}" for each in line["recipients"]
    )
    return f"{line['file']}: {people or 'no bounce and no complaint'}" + (
        f" → {line['outcome']}" if "outcome" in line else ""
    )
