"""The catalogues hold what readers see: every text, with its placeholders, and nothing stands beside them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from funnel.language import catalogues
from funnel.language.extracting import missing, texts_of
from tests.language.hard_coded import hard_coded

_ROOT = Path(__file__).parents[2]
_TEMPLATES = _ROOT / "templates"
_PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|</?[a-z][^>]*>")
_QUOTES = re.compile(r'[“”"]')
# Seen by colleagues alone: they are in English.
_FOR_COLLEAGUES = {"outbox.html", "outbox_mail.html"}
_IN_THE_MAKING: set[str] = set()
_READ_BY_READERS = sorted(
    path
    for folder in ("pages", "email", "embed", "export")
    for path in (_TEMPLATES / folder).rglob("*.*")
    if path.name not in _FOR_COLLEAGUES | _IN_THE_MAKING
)


@cache
def texts() -> Catalog:
    return texts_of(_ROOT / "funnel", _TEMPLATES)


def german() -> Catalog:
    with (catalogues.OURS / "de.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def forms(message: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [message or ""] if isinstance(message, str | None) else list(message)


def translated() -> list[Message]:
    return [message for message in german() if message.id]


def test_german_has_every_text_and_no_other() -> None:
    catalog = german()
    assert missing(catalog) == []
    known = {tuple(forms(message.id)) for message in catalog if message.id}
    assert known == {tuple(forms(message.id)) for message in texts() if message.id}, "run: funnel words de"


def test_every_placeholder_and_tag_is_in_the_translation_too() -> None:
    for message in translated():
        wanted = {mark for form in forms(message.id)[-1:] for mark in _PLACEHOLDER.findall(form)}
        for said in forms(message.string)[-1:]:
            assert set(_PLACEHOLDER.findall(said)) == wanted, message.id


def test_german_has_a_form_for_one_and_a_form_for_more() -> None:
    for message in translated():
        assert len(forms(message.string)) == len(forms(message.id)), message.id


def test_german_has_its_own_quotation_marks_and_no_exclamation() -> None:
    for message in translated():
        for said in forms(message.string):
            bare = re.sub(r'<[^>]*>|\{.*\}|"sure": true', "", said)
            assert bare.count("„") == bare.count("“"), said
            assert not re.search(r'[”"!]|\bdu\b|\bdein', bare), said


@pytest.mark.parametrize("path", _READ_BY_READERS, ids=lambda path: str(path.relative_to(_TEMPLATES)))
def test_no_word_stands_in_a_template_beside_the_catalogues(path: Path) -> None:
    assert hard_coded(path) == []


def test_a_word_beside_the_catalogues_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<p title="Seen">{{ _("Said") }} and bare</p>{% trans %}<b>Said</b>{% endtrans %}'
        '<i class="row">{{ x or "two words" }}</i>'
    )
    assert hard_coded(page) == ["Seen", "… and bare", "two words"]
