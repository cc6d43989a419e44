"""Bounces in an IMAP folder (RFC 9051), over TLS only. Mails are fetched without being marked as read."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from time import mktime
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from funnel.bounces.model import MAX_MAIL_BYTES
from funnel.bounces.waiting_mail import MailboxError, WaitingMail

_TIMEOUT = 60  # seconds for every answer of the server
_FIRST_LOOK = timedelta(days=2)
_MONTHS = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]  # RFC 9051, in any locale


class Mark(NamedTuple):
    """How far a folder was read: up to the mail with this number, in the folder with this UIDVALIDITY."""

    validity: int
    uid: int


class ImapMailbox:
    """Gives the unread mails of a folder; `done` marks one as read, so that it is not asked for again."""

    def __init__(  # nosec B107 # none is given where it stands in the address
        self,
        url: str,
        password: str = "",
        *,
        change: bool = False,
        context: ssl.SSLContext | None = None,
        token: Callable[[], str] | None = None,
    ) -> None:
        """`token` gives an access token, in place of a password (RFC 7628). Raises MailboxError."""
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._change = change
        user, word = unquote(parts.username or ""), unquote(parts.password or "") or password
        if not self._host or not user or not (word or token):
            raise MailboxError(
                "An IMAP mailbox is written imaps://user@mail.example.org/INBOX, and its password is given "
                "in FUNNEL_BOUNCES_PASSWORD, or FUNNEL_REPLIES_PASSWORD for the mailbox of answers"
            )
        context = context or ssl.create_default_context()
        with ExitStack() as opened:
            try:
                port = parts.port or (993 if parts.scheme == "imaps" else 143)
                if parts.scheme == "imaps":
                    self._server: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                        self._host, port, ssl_context=context, timeout=_TIMEOUT
                    )
                else:
                    self._server = imaplib.IMAP4(self._host, port, timeout=_TIMEOUT)
                opened.callback(self._server.shutdown)
                if parts.scheme == "imap":
                    self._server.starttls(context)  # raises where it is not offered: nothing is said in the clear
                if token is not None:
                    self._sign_in_by_token(user, port, token())
                else:
                    self._server.login(user, word)
                self._select(unquote(parts.path.strip("/")) or "INBOX")
            except (imaplib.IMAP4.error, OSError, ValueError) as error:
                raise self._wrong(error) from None
            opened.pop_all()

    def mails(self) -> Iterator[WaitingMail]:
        try:
            _, found = self._server.uid("SEARCH", "UNSEEN", "UNDELETED")
            for uid in (found[0] or b"").split():
                number = uid.decode("ascii")
                raw = self._fetch(number)
                if raw is not None:
                    yield WaitingMail(f"{self._host}:{number}", number, raw)
        except (imaplib.IMAP4.error, OSError) as error:
            raise self._wrong(error) from None

    def mails_after(self, mark: Mark | None, now: datetime) -> Iterator[tuple[Mark, WaitingMail, datetime]]:
        """The mails that came after `mark`, read or not, each with its own mark and when it came (aware, UTC).

        Without a mark, or where the folder is another now (RFC 9051, 2.3.1.1), those of the two days before `now`.
        Raises MailboxError.
        """
        try:
            validity = int((self._server.response("UIDVALIDITY")[1] or [b"0"])[0] or b"0")
            known = mark.uid if mark is not None and mark.validity == validity else 0
            since = now - _FIRST_LOOK
            day = f"{since.day:02}-{_MONTHS[since.month - 1]}-{since.year}"
            asked = ("UID", f"{known + 1}:*") if known else ("SINCE", day)
            _, found = self._server.uid("SEARCH", *asked)
            for uid in sorted(map(int, (found[0] or b"").split())):
                if uid <= known:
                    continue  # "5:*" names the last mail also where its number is lower than 5
                raw, at = self._fetch_dated(str(uid), now)
                if raw is not None:
                    yield Mark(validity, uid), WaitingMail(f"{self._host}:{uid}", str(uid), raw), at
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            raise self._wrong(error) from None

    def done(self, mail: WaitingMail) -> None:
        self._flag(mail, r"(\Seen)")

    def delete(self, mail: WaitingMail) -> None:
        """Flagged, and removed at once only where the server can remove this one alone (UIDPLUS, RFC 4315)."""
        self._flag(mail, r"(\Seen \Deleted)")
        if self._change and "UIDPLUS" in self._server.capabilities:
            self._server.uid("EXPUNGE", mail.key)

    def close(self) -> None:
        try:
            self._server.logout()
        except (imaplib.IMAP4.error, OSError):
            return  # the server hung up first, which is all that was wanted

    def _fetch(self, number: str) -> bytes | None:
        """Only the beginning of a mail that is too large is fetched, enough to say so."""
        _, data = self._server.uid("FETCH", number, f"(BODY.PEEK[]<0.{MAX_MAIL_BYTES + 1}>)")
        return next((each[1] for each in data if isinstance(each, tuple) and isinstance(each[1], bytes)), None)

    def _fetch_dated(self, number: str, now: datetime) -> tuple[bytes | None, datetime]:
        _, data = self._server.uid("FETCH", number, f"(INTERNALDATE BODY.PEEK[]<0.{MAX_MAIL_BYTES + 1}>)")
        heads = [each[0] if isinstance(each, tuple) else each for each in data if each]
        dates = [imaplib.Internaldate2tuple(head) for head in heads if isinstance(head, bytes)]
        at = next((datetime.fromtimestamp(mktime(date), UTC) for date in dates if date), now)
        raw = next((each[1] for each in data if isinstance(each, tuple) and isinstance(each[1], bytes)), None)
        return raw, at

    def _flag(self, mail: WaitingMail, flags: str) -> None:
        if not self._change:
            return
        try:
            self._server.uid("STORE", mail.key, "+FLAGS.SILENT", flags)
        except (imaplib.IMAP4.error, OSError) as error:
            raise self._wrong(error) from None

    def _sign_in_by_token(self, user: str, port: int, token: str) -> None:
        """OAUTHBEARER (RFC 7628, 3.1) where it is offered, else Google's XOAUTH2, which Microsoft speaks as well.

        A refusal comes as a challenge that has to be answered before the server says no.
        """
        bearer = "AUTH=OAUTHBEARER" in self._server.capabilities
        if bearer:
            said = f"n,a={user},\1host={self._host}\1port={port}\1auth=Bearer {token}\1\1"
        else:
            said = f"user={user}\1auth=Bearer {token}\1\1"
        answers = iter([said.encode()])
        refused = b"\1" if bearer else b""
        self._server.authenticate("OAUTHBEARER" if bearer else "XOAUTH2", lambda _: next(answers, refused))

    def _select(self, folder: str) -> None:
        quoted = '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        answer, _ = self._server.select(quoted, readonly=not self._change)
        if answer != "OK":
            raise MailboxError(f"{self._host} has no folder {folder}: look up its name in your mail program")

    def _wrong(self, error: Exception) -> MailboxError:
        return MailboxError(
            f"The mailbox at {self._host} cannot be read ({type(error).__name__}): see that the address, the name and "
            "the password are right, and that the server offers TLS"
        )
