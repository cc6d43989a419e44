"""The catcher's folder, read as its owners would read their mailboxes: new mail, its links, its pixel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit

from funnel.demo.evidence import CaughtFile
from funnel.demo.markup import Link, ParsedPage, parse_page

# What the catcher notes about the envelope, since the header `To` is only what the sender wrote.
_ENVELOPE_TO = "X-Envelope-To"
_ADDRESS = re.compile(r"<([^<>]+)>")


class UnreadableMailError(Exception):
    """A file in the folder that is no complete mail; says which and why."""


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail as a reader sees it. `links` are those of its HTML, each address once; `pixels` the pictures it loads.

    `one_click` is where one POST unsubscribes (RFC 8058), where the mail says so.
    """

    caught: CaughtFile
    subject: str
    links: tuple[Link, ...]
    pixels: tuple[str, ...]
    one_click: str | None

    @property
    def texts(self) -> tuple[str, ...]:
        """What was written, paragraph by paragraph, without the footer."""
        return self.caught.texts

    @property
    def is_lesson(self) -> bool:
        """Whether it is one of a course: only these can be read on the web as well."""
        return any(urlsplit(link.href).path.startswith("/r/") for link in self.links)


class MailFolder:
    """The folder of caught mail. `new` hands out each mail once, in the order in which it came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: set[str] = set()
        self._known: dict[str, CaughtFile] = {}

    def new(self) -> tuple[list[ReceivedMail], list[str]]:
        """The mails that came since last time, and a sentence for each that cannot be read."""
        letters: list[ReceivedMail] = []
        unreadable: list[str] = []
        for path in self._files():
            if path.name in self._seen:
                continue
            self._seen.add(path.name)
            try:
                letter = read_letter(path)
                self._known[path.name] = letter.caught
                letters.append(letter)
            except UnreadableMailError as error:
                unreadable.append(str(error))
        return letters, unreadable

    def caught(self) -> list[CaughtFile]:
        """Every mail that lies in the folder now. Raises UnreadableMailError."""
        found = []
        for path in self._files():
            if path.name not in self._known:
                message = _read(path)
                self._known[path.name] = _caught(path, message, _page(message))
            found.append(self._known[path.name])
        return found

    def _files(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(self.folder.glob("*.eml"))


def read_letter(path: Path) -> ReceivedMail:
    """One mail, from its file. Raises UnreadableMailError."""
    message = _read(path)
    page = _page(message)
    if page is None:
        raise UnreadableMailError(f"{path.name} has no HTML part")
    return ReceivedMail(
        caught=_caught(path, message, page),
        subject=str(message["Subject"]),
        links=tuple({link.href: link for link in page.links if link.href.startswith("http")}.values()),
        pixels=tuple(dict.fromkeys(source for source in page.images if source.startswith("http"))),
        one_click=_one_click(message),
    )


def _read(path: Path) -> EmailMessage:
    try:
        with path.open("rb") as file:
            return BytesParser(policy=policy.default).parse(file)
    except OSError as error:
        raise UnreadableMailError(f"{path.name} cannot be read: {error.strerror}") from None


def _page(message: EmailMessage) -> ParsedPage | None:
    html = message.get_body(("html",))
    return None if html is None else parse_page(str(html.get_content()))


def _caught(path: Path, message: EmailMessage, page: ParsedPage | None) -> CaughtFile:
    message_id = str(message["Message-ID"] or "").strip()
    recipient = str(message[_ENVELOPE_TO] or "").strip()
    if not message_id or not recipient:
        raise UnreadableMailError(f"{path.name} names no {'Message-ID' if not message_id else _ENVELOPE_TO}")
    subject = str(message["Subject"] or "")
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    language, texts = (page.language, tuple(page.letter)) if page else ("", ())
    return CaughtFile(message_id, recipient, at, path.name, subject, recipient, language, texts)


def _one_click(message: EmailMessage) -> str | None:
    if "one-click" not in str(message["List-Unsubscribe-Post"] or "").lower():
        return None
    return next(_web_addresses(str(message["List-Unsubscribe"] or "")), None)


def _web_addresses(header: str) -> Iterator[str]:
    return (address for address in _ADDRESS.findall(header) if address.startswith("http"))
