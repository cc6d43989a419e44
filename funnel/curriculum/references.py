"""Where a text of the folder names a sequence, and the same text with the name it got."""

from __future__ import annotations

import re


def with_trigger(text: str, old: str, new: str) -> str:
    """The text of a sequence.md, which begins where `new` ends if it did where `old` ended."""
    return _in_front_matter(text, rf"(?<![a-z0-9-])(finished:){re.escape(old)}(?![a-z0-9-])", new)


def with_follower(text: str, old: str, new: str) -> str:
    """The text of an offer, which is followed by `new` if it was by `old`."""
    return _in_front_matter(text, rf"^(followed_by:[ \t]*[\"']?){re.escape(old)}(?![a-z0-9-])", new)


def with_beginning(text: str, old: str, new: str) -> str:
    """Any text with links, which begin the sequence `new` if they began `old`."""
    return re.sub(rf"\b(begin\(\s*[\"']){re.escape(old)}(?=[\"']\s*\))", rf"\g<1>{new}", text)


def begun_in(text: str) -> set[str]:
    """The sequences that a lesson's links begin."""
    return set(re.findall(r"\bbegin\(\s*[\"']([a-z0-9-]+)[\"']\s*\)", text))


def _in_front_matter(text: str, named: str, new: str) -> str:
    head, fence, rest = text.removeprefix("---").partition("\n---")
    if not text.startswith("---") or not fence:
        return text
    said = re.sub(named, rf"\g<1>{new}", head, flags=re.MULTILINE)
    return f"---{said}{fence}{rest}"
