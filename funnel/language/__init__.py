"""What readers see and get, in their language. English is the msgid, so a template and a line of code read as they are.

`_("Dear %(name)s,", name=…)` and `ngettext("one mail", "%(number)s mails", n, number=…)` say a text in the language
that is spoken; `N_("…")` marks a text that is said later, by `_`.
"""

from __future__ import annotations

from funnel.language.catalogues import has_catalogue as has_catalogue
from funnel.language.catalogues import known_catalogues as known_catalogues
from funnel.language.catalogues import use_catalogues as use_catalogues
from funnel.language.dates import date_in_words as date_in_words
from funnel.language.dates import date_of as date_of
from funnel.language.dates import day_without_year as day_without_year
from funnel.language.dates import time_in_words as time_in_words
from funnel.language.dates import weekday_in_words as weekday_in_words
from funnel.language.dates import weekday_of as weekday_of
from funnel.language.words import N_ as N_
from funnel.language.words import SOURCE as SOURCE
from funnel.language.words import _ as _
from funnel.language.words import direction as direction
from funnel.language.words import install_into as install_into
from funnel.language.words import language as language
from funnel.language.words import ngettext as ngettext
from funnel.language.words import own_name as own_name
from funnel.language.words import speak as speak
from funnel.language.words import speaking as speaking
from funnel.language.words import spoken as spoken
