"""What a provider writes down of a person who opens, presses or leaves: her network address, her program, the link.

Of such things we keep what we measured ourselves, as she lets herself be measured, and nothing that a provider did. So
they are cut from a stored request as soon as it was worked on:

* an event that tells of an open or a click is cut down to its name: what may be kept of it stands in our own event;
* from all others goes every field that names a network address, a place, a program, a device or a link.
"""

from __future__ import annotations

import json
import re

from funnel.webhooks.provider import Unreadable
from funnel.webhooks.reading import parse_json

_NAMES = ("event", "type", "RecordType", "eventType")  # where the eight providers say what happened
_TRACKED = re.compile(r"open|click", re.IGNORECASE)
# Without case and hyphens, from the documentation of all eight: opens, clicks, unsubscriptions and complaints.
_TELLING = frozenset(
    {"ip", "ipaddress", "geo", "geolocation", "geoip", "agent", "useragent", "useragentparsed", "client", "clientinfo",
     "os", "platform", "device", "devicetype", "deviceused", "referer", "link", "linktags", "mirrorlink", "url",
     "urloffset", "originallink", "targetlinkname", "targetlinkurl", "clicklocation"}
)  # fmt: skip
_NOT_LETTERS = re.compile(r"[^a-z]")


def without_traces(body: bytes) -> bytes:
    """The body without them. One that is no JSON is given back as it is: nobody knows what stands in it."""
    try:
        data = parse_json(body)
        return json.dumps(data).encode() if _cut(data) else body
    except Unreadable:
        return body
    except RecursionError:
        return b""  # too deep to be written again, so too deep to be kept


def _cut(data: object) -> bool:
    """Takes them out of the value itself; whether there were any."""
    found, waiting = False, [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            found |= _cut_object(value)
            waiting.extend(value.values())
    return found


def _cut_object(value: dict[str, object]) -> bool:
    before = len(value)
    named = [name for name in _NAMES if isinstance(value.get(name), str) and _TRACKED.search(str(value[name]))]
    gone = [name for name in value if (named and name not in named) or _NOT_LETTERS.sub("", name.lower()) in _TELLING]
    for name in gone:
        del value[name]
    inside = [name for name, text in value.items() if _cut_text(value, name, text)]
    return bool(inside) or len(value) != before


def _cut_text(holder: dict[str, object], name: str, text: object) -> bool:
    """The same in an object that is written as text, as SNS wraps the events of SES."""
    if not (isinstance(text, str) and text.lstrip().startswith("{")):
        return False
    try:
        inner = parse_json(text)
    except Unreadable:
        return False
    if not _cut(inner):
        return False
    holder[name] = json.dumps(inner)
    return True
