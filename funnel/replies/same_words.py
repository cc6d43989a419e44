"""What many servers said alike: a text without what differs from one mail to the next."""

from __future__ import annotations

import re

LONGEST = 200
# The type of a Diagnostic-Code (RFC 3464, 2.3.6), with a space behind it or none.
_TYPE = re.compile(r"^\s*(?:smtp|x-[\w-]{1,40}|unknown|dns)\s*;\s*", re.IGNORECASE)
_VARYING = re.compile(
    r"(?:https?|ftp)://\S{1,500}"
    r"|<?[^\s<>()\[\]:;,\"']{1,64}@[\w.-]{1,255}>?"  # an address
    r"|\[?(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])\]?|\[(?:ipv6:)?[0-9a-f:.]{4,45}\]"  # an IP address
    r"|\b(?:[\w-]{1,63}\.){2,8}[a-z]{2,24}\b(?!\.\d)"  # a host
    r"|\b(?=[\w.-]{0,63}\d)(?=[\w.-]{0,63}[a-z])[\w.-]{8,}"  # the number of a mail in a queue
    r"|\b\d{4,}\b",
    re.IGNORECASE,
)


def same_words(text: str) -> str:
    """On one line, at most `LONGEST` characters, with … for addresses, hosts, links and numbers of mails.

    Reply codes and enhanced codes stay: `550 5.1.1 … User unknown`.
    """
    one_line = " ".join(_TYPE.sub("", text[: 10 * LONGEST]).split())
    return re.sub(r"…(?:\s*…)+", "…", _VARYING.sub("…", one_line))[:LONGEST].strip()
