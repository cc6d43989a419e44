"""Where bounces wait: a maildir, an mbox, a folder of .eml files, or IMAP. Reading changes nothing.

What was understood can be taken out with `delete`; nothing else ever is.
"""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from pathlib import Path

from funnel.bounces.imap import ImapMailbox
from funnel.bounces.model import MAX_MAIL_BYTES
from funnel.bounces.waiting_mail import Mailbox, MailboxError, WaitingMail


def open_mailbox(where: str, *, password: str = "", change: bool = False) -> Mailbox:
    """The mailbox at a path or an imaps:// address. Raises MailboxError."""
    if where.startswith(("imap://", "imaps://")):
        return ImapMailbox(where, password, change=change)
    path = Path(where).expanduser()
    if not path.exists():
        raise MailboxError(
            f"There is no mailbox {where}: give a maildir, an mbox file, a folder of .eml files or imaps://…"
        )
    if path.is_file():
        return MboxMailbox(path) if _is_mbox(path) else FolderMailbox([path])
    if (path / "new").is_dir() and (path / "cur").is_dir():
        return FolderMailbox(sorted([*_files(path / "new"), *_files(path / "cur")], key=lambda file: file.name))
    return FolderMailbox(sorted(path.rglob("*.eml")) or _files(path))


class FolderMailbox:
    """One file, one mail: a maildir, or .eml files. An .eml file that holds an mbox gives all its mails."""

    def __init__(self, files: list[Path]) -> None:
        self._files = files

    def mails(self) -> Iterator[WaitingMail]:
        for file in self._files:
            try:
                if _is_mbox(file) and len(entries := list(MboxMailbox(file).mails())) > 1:
                    yield from entries
                    continue
                with file.open("rb") as opened:
                    yield WaitingMail(file.name, str(file), opened.read(MAX_MAIL_BYTES + 1))
            except FileNotFoundError:
                continue  # a maildir is read while others move its files; a moved one is met again next time
            except OSError as error:
                raise MailboxError(f"{file} cannot be read ({type(error).__name__}): mend its rights") from None

    def done(self, mail: WaitingMail) -> None:
        """A file is known by what is in it: nothing to note."""

    def delete(self, mail: WaitingMail) -> None:
        if "\0" not in mail.key:  # an entry of a file with several mails stays: the others may not be understood
            Path(mail.key).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is kept open."""


class MboxMailbox:
    """One file with many mails, each beginning with a `From ` line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gone: set[str] = set()

    def mails(self) -> Iterator[WaitingMail]:
        box = self._open()
        try:
            for key in list(box.iterkeys()):
                with box.get_file(key) as file:
                    raw = file.read(MAX_MAIL_BYTES + 1)
                yield WaitingMail(self._path.name, f"{self._path}\0{key}", raw)
        except OSError as error:
            raise MailboxError(f"{self._path} cannot be read ({type(error).__name__}): mend its rights") from None
        finally:
            box.close()

    def done(self, mail: WaitingMail) -> None:
        """A mail is known by what is in it: nothing to note."""

    def delete(self, mail: WaitingMail) -> None:
        self._gone.add(mail.key.partition("\0")[2])

    def close(self) -> None:
        """Rewrites the file without what was deleted; the file is locked while that happens."""
        if not self._gone:
            return
        box = self._open()
        try:
            box.lock()
            for key in self._gone:
                box.discard(int(key))  # type: ignore[arg-type]  # its keys are numbers
            box.flush()
            box.unlock()
        except (OSError, mailbox.Error) as error:
            raise MailboxError(
                f"{self._path} cannot be changed ({type(error).__name__}): nothing was deleted"
            ) from None
        finally:
            box.close()

    def _open(self) -> mailbox.mbox:
        try:
            return mailbox.mbox(self._path, create=False)
        except (OSError, mailbox.Error) as error:
            raise MailboxError(f"{self._path} cannot be read ({type(error).__name__}): mend its rights") from None


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))


def _is_mbox(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(5) == b"From "
    except OSError as error:
        raise MailboxError(f"{path} cannot be read ({type(error).__name__}): mend its rights") from None
