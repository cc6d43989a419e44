"""`check_library`: everything that is wrong with a folder, and everything worth a second look, at once."""

from funnel.curriculum.lint.check import check_library

__all__ = ["check_library"]
