"""Markdown as a practice writes it: one reading for lessons, pages, offers, the e-book and their check."""

from funnel.curriculum.markdown.odd import Oddity, oddities
from funnel.curriculum.markdown.parser import new_parser

__all__ = ["Oddity", "new_parser", "oddities"]
