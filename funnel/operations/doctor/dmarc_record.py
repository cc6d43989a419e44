"""DMARC (RFC 9989): the record that counts for a domain, found by walking up the tree, and whether domains align."""

from __future__ import annotations

import re
from dataclasses import dataclass

from funnel.operations.doctor.names import Names

_MOST_QUESTIONS = 8  # RFC 9989, 4.10: names with more labels are cut short after the first question
_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """A record and where it stands; `tags` by name in lower case."""

    domain: str
    text: str
    tags: dict[str, str]

    @property
    def policy(self) -> str:
        return self.tags.get("p", "").lower()


def dmarc_at(names: Names, domain: str) -> list[DmarcRecord]:
    """The DMARC records at one name; with more than one none of them counts. Raises NameTrouble."""
    found = []
    for text in names.texts(f"_dmarc.{domain}"):
        if re.match(r"\s*v\s*=\s*DMARC1\s*(;|$)", text):
            pairs = (part.partition("=") for part in text.split(";"))
            tags = {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}
            found.append(DmarcRecord(domain, text, tags))
    return found


def tree_walk(names: Names, domain: str) -> list[DmarcRecord]:
    """The records from the domain upwards, the nearest first, up to one that says where domains begin (psd=y or n)."""
    found: list[DmarcRecord] = []
    for name in _upwards(domain):
        here = dmarc_at(names, name)
        if len(here) == 1:
            found.append(here[0])
            if here[0].tags.get("psd", "").lower() in ("y", "n"):
                break
    return found


def organisational(walked: list[DmarcRecord], domain: str) -> str:
    """The domain to which this one belongs, by what the walk found; itself if that is nothing (RFC 9989, 4.10.2)."""
    for record in walked:
        psd = record.tags.get("psd", "").lower()
        if psd == "n":
            return record.domain
        if psd == "y" and record.domain != domain:
            above = record.domain.count(".") + 1
            return ".".join(domain.split(".")[-above - 1 :])
    return walked[-1].domain if walked else domain


def aligned(names: Names, sender: str, other: str, mode: str) -> bool:
    """Whether `other` (SPF's or DKIM's domain) counts for the sender's; `mode` is "s" for the same domain only."""
    if sender == other:
        return True
    if mode.lower() == "s":
        return False
    return organisational(tree_walk(names, sender), sender) == organisational(tree_walk(names, other), other)


def said_policy(record: DmarcRecord, domain: str) -> str:
    """What the record asks receivers to do with mail of `domain`; "" where it says nothing known."""
    asked = record.policy if record.domain == domain else record.tags.get("sp", record.policy).lower()
    # An unknown p counts as none where reports are asked for (RFC 9989, 4.7).
    return asked if asked in _POLICIES else ("none" if "rua" in record.tags and asked else "")


def _upwards(domain: str) -> list[str]:
    labels = domain.lower().rstrip(".").split(".")
    names = [labels]
    rest = labels[1:] if len(labels) <= _MOST_QUESTIONS else labels[-(_MOST_QUESTIONS - 1) :]
    while rest:
        names.append(rest)
        rest = rest[1:]
    return [".".join(each) for each in names if each]
