"""Merge tags of other tools: `{first_name}`, `*|FNAME|*`, `%%name%%`. Here they would be sent as typed.

Some delimiters never occur in prose, so anything between them is reported. Between others, such as square brackets,
only words that other tools use for a reader's name, an address or a link are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from funnel.curriculum.lint.seen import Piece, pieces_in
from funnel.curriculum.names import PRACTICE_VARIABLES
from funnel.curriculum.parse.report import Report, printable
from funnel.curriculum.problem import Location

_LONGEST = 100_000
_WORDS = r"[A-Za-zÀ-ÿ][\wÀ-ÿ .:|,='\"“”‘’-]{0,60}"
# Mailchimp; Salesforce and Constant Contact; MailerLite and Smarty; ActiveCampaign. These never occur by chance.
_ALWAYS = (
    r"\*\|[A-Za-z][\w:., -]{0,60}\|\*",
    r"%%[A-Za-z][\w:. -]{0,60}%%",
    r"(?<!\{)\{[$!]\w[\w.:|'\"-]{0,60}\}(?!\})",
    r"(?<![\w{%])%[A-Z_]{4,40}%(?![\w}%])",
    r"<%=?[^<>%\n]{1,60}%>",
)
_WITH_A_KNOWN_WORD = (
    rf"(?<!\{{)\$?\{{ ?{_WORDS}\}}(?!\}})",
    r"(?<![\w{%])%[A-Za-z][A-Za-z_.]{2,40}%(?![\w}%])",
    r"(?<!~)~[A-Za-z]{2,20}\.[A-Za-z]{2,30}~(?!~)",
    rf"\[\[{_WORDS}\]\]",
    rf"(?<![\]\[!\\])\[{_WORDS}\](?![(\[\]:])",
    rf"<<{_WORDS}>>|«{_WORDS}»",
    r"##[A-Za-z][\w .-]{0,40}##|@@[A-Za-z][\w .-]{0,40}@@",
)
_TAGS = re.compile("|".join((f"(?P<sure>{'|'.join(_ALWAYS)})", *_WITH_A_KNOWN_WORD)))
_EDGE = re.compile(r"^[^A-Za-zÀ-ÿ]+|[^A-Za-zÀ-ÿ]+$")
_FIRST_NAMES = ("firstname", "fname", "givenname", "forename", "vorname", "voornaam", "prenom", "prénom")
_NAMES = ("name", "fullname", "contactname", "subscribername", "username", "customername", "leadname", "recipientname")
_LAST_NAMES = ("lastname", "lname", "surname", "familyname", "nachname")
_MAILS = ("email", "emailaddress", "emailaddr", "subscriberemail", "contactemail", "useremail")
_STOPS = ("unsub", "unsubscribe", "unsubscribelink", "unsubscribeurl", "optout", "optouturl")
_WEBS = ("archive", "webversion", "webview", "viewonline", "viewinbrowser", "browserlink", "webcopy")
_CHOICES = ("updateprofile", "updateprofileurl", "preferences", "preferencecenter", "subscriptioncenter")
_OURS = ("company", "companyname", "listcompany", "sendername", "fromname", "organization", "organisation")
NAME = '{{ lead.first_name or "reader" }}'


def check_merge_tags(texts: Mapping[str, str], report: Report) -> None:
    """Reports every merge tag of another tool that readers would see; `texts` holds a folder's files by path."""
    for piece in pieces_in(texts):
        if piece.key and piece.path.endswith((".toml", "/sequence.md")) and ("{{" in piece.text or "{%" in piece.text):
            report.error(
                Location(piece.path, piece.line, piece.column), "merge-tag",
                f"{piece.key} would be shown as it is typed: {printable(piece.text, 40)}",
                "Nothing is filled in here: write it out.",
            )  # fmt: skip
            continue
        for offset, tag, fix in merge_tags(piece.text[:_LONGEST], for_reader=_has_a_reader(piece)):
            line, column = piece.at(offset)
            report.error(
                Location(piece.path, line, column),
                "merge-tag",
                f"{printable(tag, 40)} would be sent as it is typed",
                fix,
            )


def merge_tags(text: str, *, for_reader: bool = True) -> Iterator[tuple[int, str, str]]:
    """(place from 0, what was typed, what to write instead) for each; `for_reader`: the text may use the reader's own
    words.
    """
    for match in _TAGS.finditer(text):
        right = right_spelling(match[0], for_reader=for_reader)
        if right:
            yield match.start(), match[0], right
        elif match["sure"]:
            yield match.start(), match[0], "Nothing here fills this in: write it out, or take it out."


def right_spelling(tag: str, *, for_reader: bool = True) -> str:
    """What to write for another tool's `tag`; "" where its words are unknown."""
    inner = _EDGE.sub("", tag)
    words = re.split(r"[|,=]|\b(?:default|fallback|or)\b", inner, maxsplit=1)[0]
    if words.strip() in PRACTICE_VARIABLES:
        return f"Write {{{{ {words.strip()} }}}}, with two brackets on each side."
    last = re.sub(r"[^a-zà-ÿ]", "", re.split(r"[.:]", words.strip(" '\""))[-1].lower())
    # In running text, square brackets around such a word are a blank for the reader to fill in, or a missing link.
    if (
        tag.startswith(("[", "«"))
        and not tag.isupper()
        and last in (*_OURS, *_NAMES, *_MAILS, "archive", "preferences")
    ):
        return ""
    if last in _OURS:
        return "Write {{ practice.name }}."
    if last in (*_FIRST_NAMES, *_NAMES, *_LAST_NAMES, *_MAILS):
        return _about_a_reader(last, for_reader)
    for known, page in ((_STOPS, "unsubscribe"), (_WEBS, "web"), (_CHOICES, "preferences")):
        if last in known:
            return f'Write {{{{ page("{page}") }}}} as the address of a link.' if for_reader else _NOBODY
    return ""


_NOBODY = "Nobody's name or link is known here: write it without."


def _about_a_reader(word: str, for_reader: bool) -> str:
    if not for_reader:
        return _NOBODY
    if word in (*_LAST_NAMES, *_MAILS):
        return f"Only the first name is known: write {NAME}, or take it out."
    return f"Write {NAME}."


def _has_a_reader(piece: Piece) -> bool:
    """Whether the text is filled for one reader: only lessons are."""
    folder, slash, file = piece.path.partition("/")
    return bool(slash) and folder not in ("offers", "pages", "assets") and file != "sequence.md"
