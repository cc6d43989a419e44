"""From a lesson to an e-mail. See README.md."""

from funnel.compose.errors import CompileError, FillError
from funnel.compose.fill import fill_lesson, render_web_copy
from funnel.compose.lesson import CompiledLesson, HouseStyle, compile_lesson
from funnel.compose.reader import Reader, nameless
from funnel.compose.transactional import MailHead, Transactional

__all__ = [
    "CompileError",
    "CompiledLesson",
    "FillError",
    "HouseStyle",
    "MailHead",
    "Reader",
    "Transactional",
    "compile_lesson",
    "fill_lesson",
    "nameless",
    "render_web_copy",
]
