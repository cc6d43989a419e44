"""Every address and every token of the service. A token opens one purpose only (promise 8) and names a row.

No address says anything about the reader: no e-mail, no name, only numbers and a signature. A row is named by its
number and its nonce, for a database that was restored from a backup gives the same numbers to other people.
"""

from __future__ import annotations

from funnel.links.links import Links as Links
from funnel.links.names import links_mark as links_mark
from funnel.links.names import new_nonce as new_nonce
from funnel.links.names import number_of as number_of
from funnel.links.purposes import EXPIRES as EXPIRES
from funnel.links.purposes import IN_EVERY_MAIL as IN_EVERY_MAIL
from funnel.links.purposes import ClickToken as ClickToken
from funnel.links.purposes import ConfirmToken as ConfirmToken
from funnel.links.purposes import Purpose as Purpose
from funnel.links.purposes import RowRef as RowRef
