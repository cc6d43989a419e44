"""The page with a result of a quiz, as a visitor gets it who answered so; without the form beneath it."""

from __future__ import annotations

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import funnel.web
from funnel.compose.layout import CompiledTemplates
from funnel.curriculum.model import Offer
from funnel.curriculum.practice import Practice
from funnel.curriculum.quiz import score
from funnel.curriculum.quiz_examples import answers_for
from funnel.language import install_into
from funnel.settings import starter
from funnel.web.colours import practice_css
from funnel.web.site.quiz_drawing import result_values

_COMPILED = CompiledTemplates()
_SITE_CSS = Path(funnel.web.__path__[0]) / "static" / "site.css"


def result_page(offer: Offer, region: str, practice: Practice, templates_dir: Path) -> str:
    """Its HTML, in the practice's colours and the language that is spoken, with styles inside and no script.

    Raises ValueError where nobody can have this result, and Jinja's TemplateError.
    """
    quiz = offer.quiz
    answers = None if quiz is None else answers_for(quiz, region)
    if quiz is None or answers is None:
        raise ValueError(f"nobody can have the result {region}")
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(templates_dir), FileSystemLoader(starter("templates"))]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
    install_into(environment)
    styles = practice_css(practice.colours) + _SITE_CSS.read_text(encoding="utf-8")
    return environment.get_template("preview/quiz_result.html").render(
        **result_values(quiz, score(quiz, answers)),
        offer=offer,
        practice=practice,
        styles=Markup(styles),  # noqa: S704 - our own file, and colours that were checked
        url_for=lambda *_, **__: "#",
    )
