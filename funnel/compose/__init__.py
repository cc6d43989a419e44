"""From a lesson to an e-mail. See README.md."""

from funnel.compose.errors import CompileError, FillError
from funnel.compose.fill import fill_lesson, render_web_copy, resolve_link
from funnel.compose.lesson import CompiledLesson, compile_lesson
from funnel.compose.reader import Reader
from funnel.compose.transactional import Transactional

__all__ = [
    "CompileError",
    "CompiledLesson",
    "FillError",
    "Reader",
    "Transactional",
    "compile_lesson",
    "fill_lesson",
    "render_web_copy",
    "resolve_link",
]
