"""Why a mail came back: rules as data, each with the RFC or provider page it comes from, and one judge.

Data only but for `judge.py`; nothing here knows a database, a clock or a file.
"""

from funnel.bounces.rules.judge import RULES_VERSION, judge

__all__ = ["RULES_VERSION", "judge"]
