"""What a tag may be called, and how a sequence asks for one: the rule for files, commands and pages alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_TAG = 60
TAG_RULE = (
    f"A tag is of small letters, digits and single hyphens, with a colon at most between two words: evening, "
    f"group:spring; at most {LONGEST_TAG} characters."
)
TAG_TRIGGER = "tag:"
"""What stands before a tag's name in `start_on` and `stop_when`."""
_WORD = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_TAG = re.compile(rf"{_WORD}(?::{_WORD})?")


def is_tag(text: str) -> bool:
    """Whether a tag may be called this."""
    return len(text) <= LONGEST_TAG and _TAG.fullmatch(text) is not None


def asks_for_tag(text: str) -> bool:
    """Whether a word of `start_on` or `stop_when` asks for a tag, well named or not."""
    return text.startswith(TAG_TRIGGER)


def asked_tag(text: str) -> str:
    """The tag that `tag:evening` asks for; "" where its name is none."""
    name = text.removeprefix(TAG_TRIGGER)
    return name if asks_for_tag(text) and is_tag(name) else ""


def asked_tags(words: Iterable[str]) -> list[str]:
    """The tags that these words of `start_on` or `stop_when` ask for."""
    return [name for each in words if (name := asked_tag(each))]


def tag_trigger(name: str) -> str:
    """`tag:evening` for the tag evening."""
    return f"{TAG_TRIGGER}{name}"
