"""`check_library`: everything that is wrong with a folder, or worth a second look.

`before_real_mail`: what is still the starter's and must be replaced before mail goes to real people.
`before_measuring`: what is measured though nobody there is asked.
"""

from funnel.curriculum.lint.agreement import before_measuring
from funnel.curriculum.lint.check import check_library
from funnel.curriculum.lint.readiness import before_real_mail, before_real_mail_from, is_made_up
from funnel.curriculum.lint.seen import as_written

__all__ = [
    "as_written", "before_measuring", "before_real_mail", "before_real_mail_from", "check_library", "is_made_up",
]  # fmt: skip
