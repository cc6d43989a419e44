"""Compiles one lesson when it is published. The result holds all that a worker needs to fill it for a reader."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import nodes
from markupsafe import Markup

from funnel.compose import sandbox
from funnel.compose.conditionals import MarkdownSource
from funnel.compose.errors import CompileError
from funnel.compose.html import to_html
from funnel.compose.layout import Layout
from funnel.compose.markup import number_links, read
from funnel.compose.picture import Picture
from funnel.compose.placeholders import Placeholders
from funnel.compose.plain import to_text
from funnel.compose.untracked import STRAIGHT, Untracked
from funnel.curriculum.asking import condition_answers, condition_asks_result, template_answers, template_asks_result
from funnel.curriculum.model import Lesson, Page, Sequence
from funnel.curriculum.practice import Practice
from funnel.curriculum.references import with_beginning
from funnel.language import _, speaking


@dataclass(frozen=True, slots=True)
class CompiledLesson:
    """A lesson of an edition, ready to be filled.

    `html`, `text`, `subjects`, `subject_discreet` and `preheader` are sandboxed Jinja templates. `links[n]` is where
    link n leads: an http(s) address, or `book:<name>`, `begin:<slug>`, `download:<name>`, `read:<name>`,
    `watch:<name>`, `session:<slug>`, `page:<slug>`. `lines` says where a variable is first used, for errors.
    `list_host` is the domain of List-Id.
    """

    lesson_id: str
    path: str
    sequence_slug: str
    sequence_title: str
    subjects: tuple[str, ...]
    subject_discreet: str
    preheader: str
    html: str
    text: str
    links: tuple[str, ...]
    lines: tuple[tuple[str, int], ...]
    practice_name: str
    sender: str
    sender_discreet: str
    from_address: str
    reply_to: str
    list_host: str
    # Whether the mail, in any language, depends on the result of a quiz, so that it has to be looked up.
    asks_result: bool = False
    asks_answers: tuple[str, ...] = ()  # likewise, the questions whose answers it depends on
    translations: Mapping[str, CompiledLesson] = field(default_factory=dict)  # by language; all share `links`

    @property
    def name(self) -> str:
        """What it is called among all of the practice's: `anxious-attachment/week-1`."""
        return f"{self.sequence_slug}/{self.lesson_id}"

    def in_language(self, language: str) -> CompiledLesson:
        """The lesson in this language, or as it is where it is not written in it."""
        return self.translations.get(language, self) if self.translations else self

    def beginning(self, old: str, new: str) -> CompiledLesson:
        """The same, with links that begin the sequence `new` where they began `old`."""
        return dataclasses.replace(
            self,
            html=with_beginning(self.html, old, new),
            text=with_beginning(self.text, old, new),
            links=tuple(
                entry.removesuffix(f"begin:{old}") + f"begin:{new}"
                if entry in (f"begin:{old}", f"{STRAIGHT}begin:{old}")
                else entry
                for entry in self.links
            ),
            translations={code: said.beginning(old, new) for code, said in self.translations.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data that `json` can write."""
        data: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        if not self.translations:
            del data["translations"]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CompiledLesson:
        """The lesson that `to_json` wrote. Raises KeyError or TypeError for any other data."""
        # Editions from before it was kept whether one asks for a result: those look it up, needed or not.
        # And those from before there was a discreet sender have one for all mail.
        data = {"asks_result": True, "asks_answers": (), "sender_discreet": data["sender"], **data}
        values = {each.name: data[each.name] for each in dataclasses.fields(cls) if each.name != "translations"}
        values["translations"] = {code: cls.from_json(said) for code, said in data.get("translations", {}).items()}
        for name in ("subjects", "links", "asks_answers"):
            values[name] = tuple(values[name])
        values["lines"] = tuple((name, line) for name, line in values["lines"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class HouseStyle:
    """All that a lesson's mail depends on beside the lesson and its sequence.

    `site_host` is the host of the service's addresses, for List-Id. `pages` are the practice's own; `pictures` maps
    each name as written, such as `assets/me.jpg`, to its picture. `help_addresses`: see `Compiler`.
    """

    practice: Practice
    templates_dir: Path
    site_host: str
    pages: Mapping[str, Page] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    help_addresses: tuple[str, ...] = ()
    sensitive: frozenset[str] = frozenset()  # names of questions


def compile_lesson(sequence: Sequence, lesson: Lesson, style: HouseStyle) -> CompiledLesson:
    """The lesson as templates with only placeholders left. Raises CompileError with file, line and what to do.

    1. Check its Jinja and replace it with words.
    2. Parse the markdown.
    3. Number the links.
    4. Put the HTML into the layout and inline the CSS.
    5. Make the text part.
    6. Put the Jinja back.

    The words of its frame are in the language it is written in, and so is each of its siblings. They share one table of
    links, so that a pressed link is the same one in every language.
    """
    links: list[str] = []
    made = {code: _compiled(sequence, said, style, code, links) for code, said in _in_languages(lesson, style.practice)}
    whole = {code: dataclasses.replace(each, links=tuple(links)) for code, each in made.items()}
    trees = [sandbox.TEXT.parse(text) for each in whole.values() for text in _written(each)]
    asks = any(template_asks_result(tree) for tree in trees)
    answers = sorted({name for tree in trees for name in template_answers(tree)})
    own = whole.pop(style.practice.language)
    return dataclasses.replace(own, translations=whole, asks_result=asks, asks_answers=tuple(answers))


def _written(compiled: CompiledLesson) -> tuple[str, ...]:
    """What is filled of it: looked through for what the mail asks, for a layout of the practice's may ask too."""
    return *compiled.subjects, compiled.subject_discreet, compiled.preheader, compiled.html, compiled.text


def _in_languages(lesson: Lesson, practice: Practice) -> list[tuple[str, Lesson]]:
    """The lesson by language, its own first; siblings in languages in which nobody is served are left out."""
    offered = [(code, said) for code, said in lesson.translations if code in practice.languages]
    return [(practice.language, lesson), *offered]


def _compiled(sequence: Sequence, lesson: Lesson, style: HouseStyle, code: str, links: list[str]) -> CompiledLesson:
    """The lesson in one language; what it links to is added to `links`."""
    with speaking(code):
        return _compiled_here(sequence, lesson, _styled(style, code), links)


def _styled(style: HouseStyle, code: str) -> HouseStyle:
    return dataclasses.replace(style, practice=style.practice.in_language(code))


def _compiled_here(sequence: Sequence, lesson: Lesson, style: HouseStyle, links: list[str]) -> CompiledLesson:
    practice, pages = style.practice, style.pages
    tree = sandbox.parse(lesson.body, lesson.path, lesson.body_line, pages)
    _check_bookings(tree, lesson, practice)
    sender_discreet = practice.sender_of(discreet=True)
    subject_discreet = lesson.subject_discreet or _("A letter from %(practice)s", practice=sender_discreet).replace(
        "{", "("
    ).replace("}", ")")
    for line in (*lesson.subjects, subject_discreet, lesson.preheader):
        sandbox.parse(line, lesson.path, 1, pages)
    title = sequence.said_title
    placeholders = Placeholders("\n".join((lesson.body, repr(practice), title, lesson.content_note or "")))
    protected, lines = placeholders.protect(lesson.body)
    source = MarkdownSource(lesson.path, lesson.body_line, lines, placeholders, style.sensitive)
    tokens = read(protected, source, practice.language)
    untracked = Untracked(pages, practice.helplines, others=style.help_addresses, everything=_is_told(lesson, style))
    table = number_links(tokens, source, style.pictures, untracked, links)
    for function, name, *_where in sandbox.calls(tree):
        if function != "page" and f"{function}:{name}" not in table:
            table.append(f"{function}:{name}")
    layout = Layout(style.templates_dir, practice)
    frame = {"content_note": lesson.content_note or "", "sequence_title": title}
    return CompiledLesson(
        lesson_id=lesson.id,
        path=lesson.path,
        sequence_slug=sequence.slug,
        sequence_title=title,
        subjects=lesson.subjects,
        subject_discreet=subject_discreet,
        preheader=lesson.preheader,
        html=layout.html(
            "lesson/body.html",
            placeholders,
            content=Markup(to_html(tokens, placeholders)),  # noqa: S704 - HTML in a text is escaped there
            **frame,
        ),
        text=layout.text("lesson/body.txt", placeholders, content=to_text(tokens, placeholders), **frame),
        links=tuple(table),
        lines=_first_lines(tree, lesson.body_line),
        practice_name=practice.name,
        sender=practice.sender,
        sender_discreet=sender_discreet,
        from_address=practice.from_address,
        reply_to=practice.reply_to,
        list_host=style.site_host.partition(":")[0].lower(),
    )


def _is_told(lesson: Lesson, style: HouseStyle) -> bool:
    """Whether getting this lesson at all tells a result or a sensitive answer."""
    return condition_asks_result(lesson.only_if) or bool(condition_answers(lesson.only_if) & style.sensitive)


def _check_bookings(tree: nodes.Template, lesson: Lesson, practice: Practice) -> None:
    for function, name, line in sandbox.calls(tree):
        if function == "book" and name not in practice.bookings:
            known = ", ".join(practice.bookings) or "none"
            message = f'There is no [booking.{name}] in practice.toml: book("…") takes one of {known}'
            raise CompileError(lesson.path, lesson.body_line + line - 1, message)


def _first_lines(tree: nodes.Template, body_line: int) -> tuple[tuple[str, int], ...]:
    first: dict[str, int] = {}
    for name, line in sandbox.names(tree):
        first.setdefault(name, body_line + line - 1)
    return tuple(sorted(first.items()))
