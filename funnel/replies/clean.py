"""Server texts made comparable: lower case, one line, without links, addresses, hosts and repeated codes."""

from __future__ import annotations

import re

_LINK = re.compile(r"(?:https?|ftp)://[^\s<>\"')\]]{1,500}|\bwww\.[\w./?=&%-]{1,300}")
# Who runs public lists of senders. Only in an answer's own words: a mail that came back may link to anything.
_BLOCKLIST = re.compile(
    r"(?:https?://|\bwww\.)(?:[\w-]+\.)*(?:spamhaus\.(?:org|com)|spamcop\.net|barracudacentral\.org|sorbs\.net|abuseat\.org"
    r"|uceprotect\.net|mailspike\.(?:net|org)|invaluement\.com|psbl\.org|spamrats\.com|dnsbl\.[\w.-]{2,60})\b"
)
_LOOKED_UP = re.compile(
    r"(?:https?://|\bwww\.)[^\s<>\"']{0,300}(?:(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|rbl|dnsbl|black-?list"
    r"|block-?list|deny-?list|delist|unblock|\bip[=/])"
)
_ADDRESS = re.compile(r"<?[^\s<>()\[\]:;,\"']{1,64}@[\w.-]{1,255}>?|\"[^\"\n]{1,64}\"@[\w.-]{1,255}")
_IP = re.compile(r"\[?(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])\]?|\[(?:ipv6:)?[0-9a-f:.]{4,45}\]")
_CODES = re.compile(
    r"(?<![\d.])[245]\d\d[ -]+#?[245]\.\d{1,3}\.\d{1,3}\b|(?<=\s)[245]\d\d-(?=[\s\w])"
    r"|(?<![\d.])#?[245]\.\d{1,3}\.\d{1,3}(?![.\d])"
)
_TYPE = re.compile(r"^\s*(?:smtp|x-[\w-]{1,40}|unknown|dns)\s*;\s*", re.I)
# Postfix and its kin lead with this; the reason is what stands behind it.
_LEAD = re.compile(r"recipient address rejected: (?=\w{3})")
_MOST = 4000


def names_blocklist(text: str) -> bool:
    """Whether a server's answer leads to a public list of blocked senders, which is all some say."""
    return _BLOCKLIST.search(lowered(text)) is not None


def looks_up_a_sender(text: str) -> bool:
    """Whether it leads to a page about an IP address, or to one that is called a list of senders."""
    return _LOOKED_UP.search(lowered(text)) is not None


def lowered(text: str) -> str:
    """On one line, lower case, at most 4,000 characters: what provider rules look at."""
    return " ".join(_TYPE.sub("", text[: 2 * _MOST]).split()).lower()[:_MOST]


def cleaned(text: str) -> str:
    """What phrase rules look at: nothing in it that a stranger chose (addresses, links) can look like a reason."""
    text = _LINK.sub(" ", lowered(text))
    text = _ADDRESS.sub("<>", text)
    text = _IP.sub("ip", text)
    text = _LEAD.sub("", _CODES.sub(" ", text))
    return " ".join(text.replace("’", "'").replace("<<>>", "<>").split())


def without_names(text: str) -> str:
    """Without links, and with `<>` and `#` for addresses and IP addresses: any word can stand in those."""
    return _IP.sub("#", _ADDRESS.sub("<>", _LINK.sub(" ", text))).replace("’", "'")
