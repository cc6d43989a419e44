"""The only way to the database: transactions, statements that change many rows, and column types."""

from __future__ import annotations

from funnel.db.columns import Base as Base
from funnel.db.columns import Key as Key
from funnel.db.columns import UTCDateTime as UTCDateTime
from funnel.db.database import Database as Database
from funnel.db.database import WriteAgain as WriteAgain
from funnel.db.encrypted import Encrypted as Encrypted
from funnel.db.named import find as find
from funnel.db.update_each import UpdateEach as UpdateEach
from funnel.db.value_lists import among as among
