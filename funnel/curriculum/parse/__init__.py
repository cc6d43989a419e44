"""From the files of a practice's folder to a `Library`, with every problem at once."""

from funnel.curriculum.parse.library import Parts, Source, parse_library, read_parts

__all__ = ["Parts", "Source", "parse_library", "read_parts"]
